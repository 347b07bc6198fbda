"""Models behind addresses, as a user meets them; the server is the one of the endpoint tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from eqsolve import InstanceError, Status, TokenAuction, solve
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import BackendError
from eqsolve.core.status import Limit
from eqsolve.endpoints import client as module
from eqsolve.endpoints.store import Store
from eqsolve.families.token_auction.models.endpoint import _likeliest
from eqsolve.formats.logprobs import Position
from tests.endpoints import server as fake
from tests.endpoints.server import TOKENS, FakeServer, chances
from tests.families.token_auction import oracle

pytest.importorskip("httpx", reason="httpx is not installed (extra chat)")

CANARY = "canary-77e1c9f3"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)


def fields(url: str, top: int = 3, **others: Any) -> dict[str, Any]:
    models = [
        {"endpoint": {"url": url, "model": name, "top": top}, "prompt": f"{name} says"}
        for name in ("a", "b")
    ]
    return {"bids": [1, 2], "models": models, "length": 6, **others}


def auction(url: str, top: int = 3, **others: Any) -> TokenAuction:
    return TokenAuction(**fields(url, top, **others))


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def written(path: Path, url: str, **others: Any) -> Path:
    path.write_text(json.dumps({"eqsolve": 1, "kind": "token_auction", **fields(url, **others)}))
    return path


@pytest.mark.parametrize("ending", ["", "/", "/completions", "/chat/completions"])
def test_texts_are_those_of_what_the_server_tells(ending: str) -> None:
    with FakeServer() as server:
        result = solve(auction(server.url + ending, prompt=" x"), seed=4)
    solution = result.solution
    assert result.status is Status.FEASIBLE
    assert result.check.valid
    way = "chat/completions" if "chat" in ending else "completions"
    assert {path for path, _, _ in server.requests} == {f"/v1/{way}"}
    text = ""
    for step, token in enumerate(solution.tokens.tolist()):
        rows = [chances(name, f"{name} says x{text}") for name in ("a", "b")]
        for said, row in zip(solution.trace[step], rows, strict=True):
            told = [solution.vocabulary[t] for t in said.tokens.tolist()]
            assert told == sorted(TOKENS, key=lambda name, row=row: -row[name])[:3]
            assert said.probabilities == pytest.approx([row[name] for name in told])
        word = solution.vocabulary[token]
        dense = [[row[name] for name in TOKENS] for row in rows]
        for agent in range(2):
            paid = oracle.critical(agent, TOKENS.index(word), [1, 2], dense, cuts=300)
            low, high = solution.payments_interval[step, agent]
            assert low - 1e-4 <= paid <= high + 1e-4
        text += word
    assert solution.text == text


def test_who_tells_everything_leaves_no_interval() -> None:
    with FakeServer() as server:
        result = solve(auction(server.url, top=6))
    assert (result.status, result.stats.remarks) == (Status.SOLVED, ())
    assert np.ptp(result.solution.payments_interval, axis=2).max() < 1e-9


def test_from_file_to_verdict_without_the_server(tmp_path: Path) -> None:
    out, again, cache = tmp_path / "s.json", tmp_path / "t.json", tmp_path / "answers.sqlite"
    with FakeServer() as server:
        path = written(tmp_path / "a.json", server.url)
        shown = run("solve", path, "--option", f"cache={cache}", "-o", out)
        assert shown.exit_code == 0, shown.output
        assert len(server.requests) == 12
    shown = run("verify", path, out)
    assert shown.exit_code == 4  # nothing is wrong; that the model said so is not proved
    assert "taken from the trace" in " ".join(shown.output.split())
    shown = run(
        "solve", path, "--option", f"cache={cache}", "--option", "offline=true", "-o", again
    )
    assert shown.exit_code == 0, shown.output
    first, second = (json.loads(file.read_text()) for file in (out, again))
    for name in ("text", "tokens", "payments", "payments_interval", "trace", "totals"):
        assert first[name] == second[name]
    document = json.loads(out.read_text())
    document["trace"][2][1]["probabilities"][0] += 1e-3
    out.write_text(json.dumps(document))
    assert run("verify", path, out).exit_code == 1
    other = ("--option", f"cache={tmp_path / 'empty'}", "--option", "offline=true")
    shown = run("solve", path, *other)
    assert (shown.exit_code, "holds no answer to completions" in shown.stderr) == (2, False)
    assert "holds no answer to chat/completions of model 'a', key " in shown.stderr


def test_answers_are_kept_beside_the_solution(tmp_path: Path) -> None:
    with FakeServer() as server:
        path, out = written(tmp_path / "a.json", server.url), tmp_path / "s.json"
        assert run("solve", path, "-o", out).exit_code == 0
        asked = len(server.requests)
        assert run("solve", path, "-o", out).exit_code == 0
        assert len(server.requests) == asked == 12
    assert Store(tmp_path / "s.answers.sqlite").unused() == 12
    shown = run("solve", path, "--method", "tree", "-o", out)  # which keeps no answers
    assert shown.exit_code == 2
    assert "cache" not in shown.stderr


def test_a_server_of_conversations_only_is_found_and_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = str(tmp_path / "answers")
    with FakeServer("404") as server:
        question = auction(server.url, models=fields(server.url)["models"][:1], bids=[1])
        text = solve(question, cache=cache).solution.text
    ways = [path for path, _, _ in server.requests]
    assert ways == ["/v1/completions", *["/v1/chat/completions"] * 6]
    last = server.requests[-1][1]["messages"]
    assert [message["role"] for message in last] == ["user", "assistant"]
    assert solve(question, cache=cache, offline=True).solution.text == text


@pytest.mark.parametrize("trouble", ["silent", "no logprobs allowed"])
def test_an_endpoint_without_log_probabilities_is_refused(trouble: str, tmp_path: Path) -> None:
    cache = tmp_path / "answers"
    with FakeServer("good", trouble) as server:
        path = written(tmp_path / "a.json", server.url)
        shown = run("solve", path, "--option", f"cache={cache}")
        assert shown.exit_code == 2
        assert f"models[1, endpoint] = '{server.url}'" in shown.stderr
        assert "vLLM: --max-logprobs 3" in shown.stderr
        # Once the server is set right, the same command works: the useless answer is not kept.
        assert run("solve", path, "--option", f"cache={cache}").exit_code == 0


def test_fewer_entries_than_asked_widen_the_intervals() -> None:
    with FakeServer() as server:
        whole = solve(auction(server.url, length=1), seed=4).solution
    with FakeServer("few", "few") as server:
        few = solve(auction(server.url, length=1), seed=4)
    assert few.check.valid
    assert [len(said.tokens) for said in few.solution.trace[0]] == [1, 1]
    for short, full in zip(few.solution.trace[0], whole.trace[0], strict=True):
        assert short.rest > full.rest > 0


def test_a_token_beside_the_likeliest_ones_is_none_of_them() -> None:
    with FakeServer("more", "more") as server:
        solution = solve(auction(server.url, length=1)).solution
    assert [len(said.tokens) for said in solution.trace[0]] == [3, 3]
    listed = Position("c", ("a", "b", "c"), np.array([0.4, 0.3, 0.1]))
    assert _likeliest(listed, 20, beside=True).tokens == ("a", "b")
    assert _likeliest(listed, 20, beside=False).tokens == ("a", "b", "c")
    everything = Position("c", ("a", "b", "c"), np.array([0.5, 0.3, 0.2]))
    assert _likeliest(everything, 20, beside=True).tokens == ("a", "b", "c")


@pytest.mark.parametrize("trouble", ["late", "429", "500", "broken", "dropped"])
def test_what_passes_changes_nothing(trouble: str) -> None:
    with FakeServer("good", trouble) as server:
        question = auction(server.url, length=2)
        shaken = solve(question, seed=1).solution
    with FakeServer() as server:
        assert solve(auction(server.url, length=2), seed=1).solution.text == shaken.text


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (["missing"], "the answer lacks choices"),
        (["401"], "HTTP status 401"),
        (["500"] * 5, "oops (tried 5 times)"),
    ],
)
def test_an_endpoint_that_fails_at_once_ends_with_status_1(
    plan: list[str], words: str, tmp_path: Path
) -> None:
    with FakeServer(*plan) as server:
        shown = run("solve", written(tmp_path / "a.json", server.url))
    assert shown.exit_code == 1
    assert "models[0, endpoint]: " in shown.stderr
    assert words in shown.stderr


def test_an_endpoint_that_dies_leaves_a_checked_text_that_goes_on(tmp_path: Path) -> None:
    cache, out = tmp_path / "answers", tmp_path / "s.json"
    with FakeServer() as server:
        whole = solve(auction(server.url)).solution.text
    with FakeServer(*["good"] * 5, "dies") as server:
        path = written(tmp_path / "a.json", server.url)
        shown = run("solve", path, "--option", f"cache={cache}", "-o", out)
    assert shown.exit_code == 0, shown.output
    document = json.loads(out.read_text())
    assert (document["status"], document["limit"]) == ("feasible", "backend")
    assert whole.startswith(document["text"])
    assert len(document["tokens"]) == 2
    assert run("verify", path, out).exit_code == 4
    with pytest.raises(BackendError, match="refused"):
        solve(auction(server.url))
    with FakeServer() as server:
        path = written(path, server.url)
        run("solve", path, "--option", f"cache={cache}", "-o", out)
        assert len(server.requests) == 12 - 5
    assert json.loads(out.read_text())["text"] == whole


def test_it_stops_before_too_much_is_paid(tmp_path: Path) -> None:
    with FakeServer() as server:
        models = fields(server.url)["models"]
        for model in models:
            model["endpoint"]["price_in"] = 1e6
        question = auction(server.url, models=models)
        one = 210  # what is sent is about 90 bytes, and 100 more may come around it
        result = solve(question, max_cost=one)
        assert (result.status, result.limit) == (Status.FEASIBLE, Limit.COST)
        assert 0 < len(result.solution.tokens) < 6
        assert 0 < result.stats.counts["cost"] <= one
        nothing = solve(question, max_cost=1)
        assert (nothing.status, nothing.limit, nothing.solution) == (
            Status.UNKNOWN, Limit.COST, None,
        )  # fmt: skip
        path = written(tmp_path / "a.json", server.url, models=models)
        assert run("solve", path, "--option", "max_cost=1").exit_code == 3


def test_a_time_limit_leaves_what_was_drawn() -> None:
    with FakeServer("good", "good", "late") as server:
        result = solve(auction(server.url), time_limit=fake.LATE / 2)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.TIME)
    assert len(result.solution.tokens) == 1


def test_models_of_other_tokens_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = fake.chances

    def marked(model: str, text: str) -> dict[str, float]:
        table = plain(model, text)
        if model == "a":
            return table
        return {token.replace(" ", "\u2581"): chance for token, chance in table.items()}

    monkeypatch.setattr(fake, "chances", marked)
    labels = {"agents": ["north", "south"]}
    with FakeServer() as server, pytest.raises(InstanceError, match="north and south share no voc"):
        solve(auction(server.url, labels=labels))
    monkeypatch.setattr(fake, "chances", plain)
    whole = fake.answer

    def counted(path: str, body: Any, *rest: Any, **changes: Any) -> dict[str, Any]:
        found = whole(path, body, *rest, **changes)
        found["usage"]["prompt_tokens"] += body["model"] == "b"
        return found

    monkeypatch.setattr(fake, "answer", counted)
    models = [{**model, "prompt": "same"} for model in fields("http://x")["models"]]
    with FakeServer() as server:
        for model in models:
            model["endpoint"] = {**model["endpoint"], "url": server.url}
        with pytest.raises(InstanceError, match="read the same text as 1 and 2 tokens"):
            solve(auction(server.url, models=models))


def test_one_name_at_two_addresses_is_two_models(tmp_path: Path) -> None:
    with FakeServer() as one, FakeServer() as two:
        models = [{"endpoint": {"url": s.url, "model": "m", "top": 2}} for s in (one, two)]
        solve(auction(one.url, models=models, length=2), cache=str(tmp_path / "c"))
        assert (len(one.requests), len(two.requests)) == (2, 2)


def test_a_key_is_sent_and_written_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(*["good"] * 12, "401") as server:
        models = fields(server.url)["models"]
        for model in models:
            model["endpoint"]["key_env"] = "A_KEY"
        path = written(tmp_path / "a.json", server.url, models=models)
        monkeypatch.delenv("A_KEY", raising=False)
        shown = run("solve", path)
        assert (shown.exit_code, "A_KEY is not set" in shown.stderr) == (2, True)
        monkeypatch.setenv("A_KEY", CANARY)
        out = tmp_path / "s.json"
        done = run("solve", path, "--option", f"cache={tmp_path / 'c'}", "-o", out)
        refused = run("solve", path)
        assert (done.exit_code, refused.exit_code) == (0, 1)
        assert CANARY not in done.output + refused.output + refused.stderr
    assert server.requests[0][2]["Authorization"] == f"Bearer {CANARY}"
    for file in tmp_path.iterdir():
        assert CANARY.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"api_key": CANARY}, "unknown field"),
        ({"key_env": f"{CANARY}"}, "must be the name of an environment variable"),
        ({"url": f"http://{CANARY}@127.0.0.1/v1"}, "must hold no name"),
        ({"url": "ftp://x"}, "must begin with http"),
        ({"price_in": -1}, "must be >= 0"),
        ({"top": 0}, "must be a whole number >= 1"),
    ],
)
def test_addresses_in_files_are_checked_and_show_no_key(
    wrong: dict[str, Any], words: str, tmp_path: Path
) -> None:
    models = fields("http://127.0.0.1:1/v1")["models"]
    models[1]["endpoint"] |= wrong
    shown = run("solve", written(tmp_path / "a.json", "", models=models))
    assert shown.exit_code == 2
    assert "models[1, endpoint, " in shown.stderr
    assert words in shown.stderr
    assert CANARY not in shown.output + shown.stderr


def test_files_hold_what_was_given() -> None:
    given = {"url": "http://h/v1/chat/completions/", "model": "m", "top": 2, "key_env": "K"}
    given["price_out"] = 2.5
    model = TokenAuction([1], models=[{"endpoint": given}]).models[0]
    assert model.to_dict() == {"endpoint": given}
    assert (model.source.path, model.source.address.url) == ("chat/completions", "http://h/v1")
