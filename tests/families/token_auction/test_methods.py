"""Texts, expectations, samplers, limits: every method against another, and against plain loops."""

from __future__ import annotations

import json
import math
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st

from eqsolve import (
    Deadline,
    InstanceError,
    Limit,
    Limits,
    Status,
    TokenAuction,
    UnsupportedError,
    brand_words,
    is_monotone,
    load,
    misreport_gain,
    replay,
    second_price,
    solve,
    stable_sample,
    sweep_bids,
    universally_stable,
    vcg,
    verify,
)
from eqsolve.cli.__main__ import main
from eqsolve.families.token_auction.aggregation import mixture, without_each
from eqsolve.families.token_auction.convert import book_of
from eqsolve.families.token_auction.generate import Chains, OneStep
from eqsolve.families.token_auction.models.ngram import NGramModel
from eqsolve.families.token_auction.payments import distances, growth
from eqsolve.families.token_auction.sampling import clocks, inverse, inverses, race
from eqsolve.testing import token_chains
from tests.families.token_auction import oracle

HALVES = [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]


def letters(*texts: str, order: int = 3, **fields: Any) -> TokenAuction:
    models = [{"ngram": {"text": text, "order": order, "unit": "char"}} for text in texts]
    return TokenAuction(fields.pop("bids", [1] * len(texts)), models=models, **fields)


@settings(max_examples=60)
@given(
    text=st.text("abc", min_size=1, max_size=12),
    context=st.lists(st.integers(-1, 2), max_size=5),
    order=st.integers(1, 5),
)
def test_ngrams_are_witten_bell_counts(text: str, context: list[int], order: int) -> None:
    vocabulary = "abc"
    tokens = np.array([vocabulary.index(c) for c in text])
    model = NGramModel(tokens, order, 3)
    shown = ["?" if c < 0 else vocabulary[c] for c in context]
    wanted = oracle.ngram(text, shown, order, vocabulary)
    assert model.after(context) == pytest.approx(wanted, abs=1e-12)
    width = order - 1
    window = np.array([([-1] * width + context)[len(context) :]])
    if width:
        assert model.of(window)[0] == pytest.approx(wanted, abs=1e-12)


def test_ngrams_are_those_of_nltk_but_for_the_level_of_single_tokens() -> None:
    lm = pytest.importorskip("nltk.lm", reason="nltk is not installed (extra bench)")
    from nltk.util import everygrams

    text = "to be or not to be, that is the question: whether 'tis nobler in the mind " * 3
    words = sorted(set(text))
    for order in (2, 3, 5):
        theirs = lm.WittenBellInterpolated(order)
        theirs.fit([everygrams(list(text), max_len=order)], words)
        single = {w: (text.count(w) + 1) / (len(text) + len(words)) for w in words}
        theirs.estimator.unigram_score = single.__getitem__
        ours = NGramModel(np.array([words.index(c) for c in text]), order, len(words))
        for context in ("to b", "the ", "mind", "xxxx", "qto "):
            found = ours.after([words.index(c) if c in words else -1 for c in context])
            assert found == pytest.approx([theirs.score(w, list(context)) for w in words], abs=1e-9)


def test_many_tokens_are_looked_up_as_one() -> None:
    rng = np.random.default_rng(5)
    q = rng.dirichlet(np.full(7, 0.3), 4) * rng.integers(0, 2, (4, 7))
    q[:, 3] += 1e-3
    q /= q.sum(axis=1, keepdims=True)
    rows = rng.integers(0, 4, 300)
    u = np.append(rng.random(298), [0.0, 1 - 2**-53])
    assert inverses(q, rows, u).tolist() == [inverse(q[r], x) for r, x in zip(rows, u, strict=True)]
    sums = q.cumsum(axis=1)  # a number at a border belongs to the token after it
    assert inverses(q, rows, sums[rows, 3]).tolist() == [inverse(q[r], sums[r, 3]) for r in rows]


def test_generation_is_repeated_by_plain_loops() -> None:
    auction = letters("to be or not to be", "the rest is", bids=[1, 3], length=12, prompt="to ")
    solution = solve(auction, seed=5).require()
    words = auction.vocabulary
    draws = np.random.default_rng(5).random(12)
    assert solution.draws.tolist() == draws.tolist()
    text: list[str] = []
    for k, u in enumerate(draws):
        rows = [oracle.ngram(m.source.text, [*"to ", *text], 3, words) for m in auction.models]
        q = oracle.aggregate("linear", [1, 3], rows)
        token = next(t for t in range(len(q)) if u < math.fsum(q[: t + 1]))
        assert token == solution.tokens[k]
        assert solution.probabilities[k] == pytest.approx(q[token])
        text.append(words[token])
    assert solution.text == "".join(text)
    assert solution.totals == pytest.approx(solution.payments.sum(axis=0))


def test_words_stop_reserve_and_prompts() -> None:
    auction = TokenAuction(
        [1, 1],
        models=[
            {"ngram": {"text": "fly to rome . fly home .", "order": 2, "unit": "word"},
             "prompt": "fly"},
            {"ngram": {"text": "stay at home .", "order": 2, "unit": "word"}},
        ],
        reserve={"bid": 1, "model": {"ngram": {"text": "go . go", "order": 2, "unit": "word"}}},
        prompt="please unheard", stop=".", length=50,
    )  # fmt: skip
    solution = solve(auction).require()
    assert solution.text.endswith(" .") or solution.text == "."
    assert "." not in solution.text.split(" ")[:-1]
    assert solution.payments.shape == (len(solution.tokens), 2)


@settings(max_examples=25)
@given(auction=token_chains())
def test_a_sample_agrees_with_all_texts(auction: TokenAuction) -> None:
    exact = solve(auction, expect="exact").require()
    sample = solve(auction, expect=400)
    assert sample.status is Status.FEASIBLE
    found = sample.solution
    spread = (found.expected_totals_interval[:, 1] - found.expected_totals) / 1.96
    slack = 5 * spread + 1e-9 * float(auction.bids.max())
    rare = 0.02 * float(auction.bids.max()) * auction.length  # a text that no one drew
    assert (np.abs(found.expected_totals - exact.expected_totals) <= slack + rare).all()
    assert found.tokens.tolist() == exact.tokens.tolist()


def test_realized_payments_average_to_the_expected_ones() -> None:
    """Critical bids of drawn tokens: within four standard errors of the closed form."""
    auction = OneStep(agents=3, tokens=5).instance(4)
    table = auction.distributions
    q = mixture(auction.all_bids, table)
    rng = np.random.default_rng(0)
    payments = [[stable_sample(auction, i, rng).payment for _ in range(4000)] for i in range(3)]
    expected = second_price(auction.bids, table)
    mean, spread = np.mean(payments, axis=1), np.std(payments, axis=1) / np.sqrt(4000)
    assert (np.abs(mean - expected) <= 4 * spread).all()
    tokens = [stable_sample(auction, 0, rng).token for _ in range(4000)]
    assert np.bincount(tokens, minlength=5) / 4000 == pytest.approx(q, abs=0.04)


def test_texts_from_samples_have_the_law_of_the_draws() -> None:
    auction = Chains(agents=2, tokens=3, length=2).instance(3)
    exact = solve(auction, expect="exact").require().expected_totals
    totals = [solve(auction, seed=k).require().totals for k in range(300)]
    spread = np.std(totals, axis=0) / np.sqrt(300)
    assert (np.abs(np.mean(totals, axis=0) - exact) <= 4 * spread).all()


def test_samplers() -> None:
    q = np.array([0.25, 0, 0.5, 0.25])
    assert [inverse(q, u) for u in (0, 0.2499, 0.25, 0.74, 0.75, 1.0)] == [0, 0, 2, 2, 3, 3]
    rng = np.random.default_rng(1)
    wins = np.bincount([race(q, rng.random(4)) for _ in range(4000)], minlength=4)
    assert wins[1] == 0
    assert wins / 4000 == pytest.approx(q, abs=0.04)
    assert clocks(1, 2, 3).tolist() == clocks(1, 2, 3).tolist()


def test_sums_without_an_agent_do_not_cancel() -> None:
    terms = np.array([[1e9, 1.0], [1e-9, 1.0], [1.0, 1e9]])
    wanted = [[terms[[j for j in range(3) if j != i], t].sum() for t in range(2)] for i in range(3)]
    assert without_each(terms).tolist() == wanted
    bids, table = np.array([1e9, 1.0]), np.array([[1.0, 0.0], [0.5, 0.5]])
    assert distances(bids, table, mixture(bids, table)) == pytest.approx([0.5, 0.5], rel=1e-15)
    for s in (1e-12, 1e-8, 9e-4, 1.1e-3, 1.0, 1e6, 1e300):
        with localcontext(prec=60):
            whole = Decimal(s) + 1
            exact = whole.ln() - Decimal(s) / whole
        assert float(growth(np.array([s]))[0]) == pytest.approx(float(exact), rel=1e-12)


def test_a_limit_leaves_a_checked_prefix() -> None:
    auction = letters("to be or not to be, that is the question", length=100_000)
    result = solve(auction, time_limit=0.2)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.TIME)
    assert 0 < len(result.solution.tokens) < 100_000
    assert result.check.valid
    late = Deadline(Limits(time=1e-9))
    assert solve(auction, deadline=late).status is Status.UNKNOWN


def test_ctrl_c_leaves_a_checked_prefix() -> None:
    class Pressed(Deadline):
        """A clock that is canceled after some steps."""

        __slots__ = ("looks",)

        @property
        def limit(self) -> Limit | None:
            self.looks = getattr(self, "looks", 0) + 1
            if self.looks == 30:
                self.cancel()
            return super().limit

    result = solve(letters("abracadabra", length=5000), deadline=Pressed())
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.INTERRUPTED)
    assert 0 < len(result.solution.tokens) < 31


def test_support_ends_a_text_and_names_the_agents(tmp_path: Path) -> None:
    models = [
        {"markov": {"start": [1, 0, 0], "next": [[0, 1, 0], [0, 1, 0], [0, 0, 1]]}},
        {"markov": {"start": [1, 0, 0], "next": [[0, 1, 0], [0, 0, 1], [0, 0, 1]]}},
    ]
    fields: dict[str, Any] = {
        "bids": [1, 1], "vocabulary": ["a", "b", "c"], "aggregation": "log_linear",
        "payment": "vcg", "length": 5, "models": models,
    }  # fmt: skip
    result = solve(TokenAuction(**fields))
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.SUPPORT)
    assert result.solution.text == "a b" or result.solution.text == "ab"
    assert "step 2: agent 0 and agent 1 allow no common token" in result.stats.remarks[0]
    models[1]["markov"]["start"] = [0, 1, 0]
    with pytest.raises(InstanceError, match="step 0: agent 0 and agent 1"):
        solve(TokenAuction(**fields))
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"eqsolve": 1, "kind": "token_auction", **fields}))
    shown = CliRunner().invoke(main, ["solve", str(path)])
    assert shown.exit_code == 2
    assert "models: step 0: agent 0 and agent 1 allow no common token" in shown.stderr
    expected = solve(TokenAuction(**{**fields, "models": [models[0], models[0]]}), expect="exact")
    assert expected.status is Status.SOLVED


def test_what_cannot_be_is_refused_before_any_work() -> None:
    chain = Chains(tokens=10, length=6).instance(0)
    with pytest.raises(UnsupportedError, match="more than 200,000 possible texts"):
        solve(chain, expect="exact")
    with pytest.raises(UnsupportedError, match="it has models"):
        solve(chain, method="step")
    with pytest.raises(Exception, match="a text is drawn from models, which needs a seed"):
        solve(chain, seed=None)
    with pytest.raises(UnsupportedError, match="nobody stands against"):
        stable_sample(TokenAuction([1], [[1]]), 0, 0)


def test_seeds_and_options_on_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "s.json"
    run = CliRunner().invoke
    shown = run(main, ["solve", "catalog:three-models", "--option", "seed=none", "-o", str(out)])
    assert shown.exit_code == 0, shown.output
    document = json.loads(out.read_text())
    assert document["aggregate"] == pytest.approx([0.56, 0.44])
    assert (document["seed"], document["tokens"]) == (None, [])
    checked = run(main, ["verify", "catalog:three-models", str(out)])
    assert checked.exit_code == 0, checked.output
    for arguments in (["--seed", "3"], ["--option", "seed=3"]):
        run(main, ["solve", "catalog:two-brands", *arguments, "-o", str(out)])
        document = json.loads(out.read_text())
        assert document["seed"] == 3
        assert document["draws"][0] == np.random.default_rng(3).random()
    options = ["--option", "expect=exact", "--option", "sampler=race"]
    run(main, ["solve", "catalog:token-myopia", *options, "-o", str(out)])
    document = json.loads(out.read_text())
    assert (document["method"], document["expectation"]) == ("tree", "exact")
    assert run(main, ["verify", "catalog:token-myopia", str(out)]).exit_code == 0
    shown = run(main, ["ask", "deviation", "catalog:token-myopia", "--option", "bids=0.75"])
    assert "0.00726331 over the whole text" in shown.output


def test_monotonicity_and_stability_at_known_cases() -> None:
    assert is_monotone("log_linear", [[0.25, 0.75], [0.5, 0.5]]).holds is True
    assert is_monotone("log_linear", [[0.5, 0.5, 0], [0.25, 0.25, 0.5]]).holds is True
    assert is_monotone("log_linear", [[0.5, 0.25, 0.25], [0.25, 0.75, 0]]).holds is False
    three = is_monotone("log_linear", [[0.25, 0.75], [0.5, 0.5], [0.1, 0.9]])
    assert three.holds is None
    found = universally_stable(TokenAuction([1, 1, 1], HALVES), [0, 1])
    assert found.excess == pytest.approx(0.5)
    q = np.array([mixture(row, np.array(HALVES)) for row in found.bids])
    least = float((found.duals * q).sum())
    changes = float(found.law @ [_changes(found.bids, row) for row in found.outcomes])
    assert least == pytest.approx(changes)  # the duals prove that no sampler changes less
    points = TokenAuction([1, 1, 1], np.eye(3))
    assert universally_stable(points, [0, 1]).holds
    pair = TokenAuction([1, 1], HALVES[:2])
    assert universally_stable(pair, [0, 1, 2]).holds


def _changes(bids: Any, row: Any) -> int:
    return sum(
        int(row[a] != row[b])
        for a in range(len(bids))
        for b in range(a)
        if (bids[a] != bids[b]).sum() == 1
    )


def test_log_linear_coordinates_against_a_fine_grid() -> None:
    rng = np.random.default_rng(3)
    for _ in range(60):
        table = rng.integers(0, 4, (2, 3)) + (rng.random() < 0.7)
        if not (table.sum(axis=1) > 0).all() or not (table.min(axis=0) > 0).any():
            continue
        p = table / table.sum(axis=1, keepdims=True)
        strays = False
        for i in range(2):
            for bid in np.geomspace(1e-6, 1e6, 400):
                bids = [0.0, 0.0]
                bids[i], bids[1 - i] = float(bid), 1.0
                q = oracle.aggregate("log_linear", bids, p.tolist())
                low, high = np.minimum(p[0], p[1]), np.maximum(p[0], p[1])
                strays |= bool(((q < low - 1e-9) | (q > high + 1e-9)).any())
        assert is_monotone("log_linear", p).holds is (not strays)


def test_reports_of_distributions_under_vcg() -> None:
    rng = np.random.default_rng(2)
    for rule in ("linear", "log_linear"):
        auction = OneStep(agents=3, tokens=4, aggregation=rule, payment="vcg").instance(1)
        gains = misreport_gain(auction, 1, rng.dirichlet(np.ones(4), 200))
        assert gains.max() <= 1e-12
        assert (vcg(auction) == vcg(rule, auction.bids, auction.distributions)).all()


def test_replays_share_their_randomness() -> None:
    auction = letters("fly to rome. " * 3, "stay at home. " * 3, length=40)
    same = replay(auction, bids=[2, 2], seed=4)
    assert same.first_change is None
    assert same.before.solution.text == same.after.solution.text
    other = replay(auction, bids=[9, 1], seed=4)
    apart = np.flatnonzero(other.before.solution.tokens != other.after.solution.tokens)
    assert other.first_change == apart[0]
    assert verify(auction, other.before).valid


def test_sweeps_turn_from_one_brand_to_the_other() -> None:
    auction = letters("fly to rome. " * 3, "stay at home. " * 3, order=4, length=40, prompt=" ")
    assert brand_words(auction) == (
        frozenset({"fly", "to", "rome"}),
        frozenset({"stay", "at", "home"}),
    )
    points = sweep_bids(auction, 0, [0, 0.25, 1, 4, 1000], texts=150)
    shares = [point.brands[0] for point in points]
    assert shares == sorted(shares)
    assert shares[0] < 0.2 < 0.8 < shares[-1]
    assert all(low <= point.brands[0] <= high for point in points
               for low, high in [point.brands_interval[0]])  # fmt: skip
    assert points[0].second_price == points[0].vcg == 0
    assert points[2].vcg > points[2].second_price > 0
    assert max(point.joint for point in points) == points[2].joint or points[2].joint > 0.3


def test_books_lose_their_frame_and_say_so(tmp_path: Path) -> None:
    frame = "\ufeffHead\r\n*** START OF THIS PROJECT GUTENBERG EBOOK X ***\r\n\r\nAlice.\r\n\r\n"
    (tmp_path / "a.txt").write_bytes((frame + "*** END OF THIS PROJECT ***\r\nTail").encode())
    text, removed = book_of(tmp_path / "a.txt")
    assert text == "Alice.\n"
    assert [line.split(",")[0] for line in removed] == [
        "the byte-order mark", "6 carriage returns at line ends",
        "Project Gutenberg's header and licence",
    ]  # fmt: skip
    (tmp_path / "b.txt").write_text("Bob.")
    out = tmp_path / "out"
    shown = CliRunner().invoke(main, ["convert", str(tmp_path), str(out)])
    assert shown.exit_code == 0, shown.output
    assert "a.txt: the byte-order mark" in shown.stderr
    auction = load(next(out.iterdir()))
    assert auction.labels["agents"] == ("a", "b")
    assert auction.models[1].source.text == "Bob."
    for data, words in ((b"ab\xffc", "is not UTF-8 text (byte 2)"), (b" \n", "holds no text")):
        (tmp_path / "b.txt").write_bytes(data)
        shown = CliRunner().invoke(
            main, ["convert", str(tmp_path), str(out), "--option", "from=brand_texts"]
        )
        assert shown.exit_code == 2
        assert f"b.txt: {words}" in shown.stderr


def test_two_real_books_write_together(real_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = str(real_data / "token_texts")
    shown = CliRunner().invoke(
        main,
        ["convert", folder, str(out), "--option", "from=brand_texts", "--option", "prompt=The "],
    )
    assert shown.exit_code == 0, shown.output
    assert "Project Gutenberg's header and licence" in shown.stderr
    auction = load(next(out.iterdir()))
    assert auction.n_tokens == 72
    assert "GUTENBERG" not in auction.models[0].source.text
    solution = solve(auction).require()
    assert len(solution.text) == 200
    tokens = np.array([auction.vocabulary.index(c) for c in auction.models[0].source.text])
    model = NGramModel(tokens, 5, auction.n_tokens)
    text = auction.models[0].source.text
    for place in (1000, 5000, 90_000):
        context = text[place : place + 4]
        wanted = oracle.ngram(text, context, 5, auction.vocabulary)
        found = model.after([auction.vocabulary.index(c) for c in context])
        assert found == pytest.approx(wanted, abs=1e-12)
