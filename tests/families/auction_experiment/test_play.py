"""What is played: bids by rule, clocks, proxy bidding, functions; nothing depends on how."""

from __future__ import annotations

import gc
import json
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import (
    AuctionExperiment,
    Limit,
    SingleItemAuction,
    Status,
    bidders,
    play,
    solve,
    verify,
)
from eqsolve.core.limits import Deadline, Limits
from eqsolve.families.auction_experiment.bidding.finite import FiniteBeliefs
from eqsolve.families.auction_experiment.instance import ProxyRules
from eqsolve.families.auction_experiment.instance.view import View
from eqsolve.families.auction_experiment.rules.clock import FallingClock, RisingClock
from eqsolve.families.auction_experiment.rules.proxy import ProxyBidding
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Round
from eqsolve.families.auction_experiment.strategies import (
    auction_experiments,
    clock_experiments,
    proxy_experiments,
)
from tests.families.auction_experiment import oracle

VALUES = {"model": "private", "prior": {"integers": [0, 99]}}
GRID = {"min": 0, "max": 99, "increment": 1}
SECOND = {"format": "second_price", "n_bidders": 3, "values": VALUES, "bids": GRID}
TRUTH = {"rule": "truthful"}


def rounds(
    auction: dict[str, Any], seats: list[Any], values: Any, **more: Any
) -> tuple[Round, ...]:
    plan = AuctionExperiment(auction, seats, len(values), values=values, **more)
    return solve(plan, benchmark="none").require().rounds


@settings(max_examples=60)
@given(auction_experiments())
def test_sealed_rounds_are_those_of_the_rules_in_words(plan: AuctionExperiment) -> None:
    auction = plan.auction
    for entry in solve(plan, benchmark="none").require().rounds:
        draw = 0.0 if entry.tie_draw is None else entry.tie_draw
        winner, price, paid = oracle.sealed(
            auction.format, entry.bids, auction.reserve, auction.k, draw
        )
        assert (entry.winner, entry.price) == (winner, price)
        assert list(entry.payments) == paid
        worth = entry.common if auction.values.model == "common" else None
        for seat, profit in enumerate(entry.profits):
            own = entry.values[seat] if worth is None else worth
            assert profit == pytest.approx((own if seat == winner else 0) - paid[seat], abs=1e-12)


@pytest.mark.parametrize("method", ["in_turn", "at_once"])
@given(data=st.data())
@settings(max_examples=40)
def test_clocks_go_on_as_told_in_words(method: str, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    limits = data.draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    top = data.draw(st.integers(0, 5))
    prices = list(range(top + 1))
    up = RisingClock(prices, range(n), in_turn=method == "in_turn")
    while not up.is_over:
        up.hear({i: up.price < limits[i] for i in up.asked})
    ranked = sorted((min(limit, top) for limit in limits), reverse=True)
    assert up.price == (ranked[1] if n > 1 else 0)
    best = max(limits)
    if best <= top or sum(limit > top for limit in limits) == 1:
        assert all(limits[i] == best for i in up.tops)
    else:
        assert set(up.tops) == {i for i in range(n) if limits[i] > top}
    if method == "at_once" and best <= top:
        assert list(up.tops) == [i for i in range(n) if limits[i] == best]
    down = FallingClock(prices[::-1], range(n), in_turn=method == "in_turn")
    while not down.is_over:
        down.hear({i: down.price <= limits[i] for i in down.asked})
    takers = [i for i in range(n) if min(limits[i], top) == min(best, top)]
    assert list(down.tops) == (takers[:1] if method == "in_turn" else takers)
    assert down.price == min(best, top)


def test_who_is_asked_on_a_clock_and_what_it_sees() -> None:
    seen: list[tuple[int, int, tuple[Any, ...]]] = []

    def leaves_at(limit: int) -> Any:
        def bidder(view: View) -> bool:
            assert view.question == "stay"
            seen.append((view.seat, view.price, view.exits))
            return view.price < limit

        return bidder

    auction = {**SECOND, "format": "english", "bids": {"min": 0, "max": 3, "increment": 1}}
    seats = [leaves_at(3), leaves_at(1), leaves_at(2)]
    (entry,) = rounds(auction, seats, [[9, 9, 9]])
    assert seen == [
        (0, 0, ()), (1, 0, ()), (2, 0, ()), (0, 1, ()), (1, 1, ()), (2, 1, (1,)), (0, 2, (1,)),
        (2, 2, (1,)),
    ]  # fmt: skip
    assert (entry.winner, entry.price, entry.exits) == (0, 2, (None, 1, 2))
    seen.clear()
    (entry,) = rounds({**auction, "format": "english_blind", "tick": "at_once"}, seats, [[9, 9, 9]])
    assert {exits for *_, exits in seen} == {()}
    assert (entry.winner, entry.price, entry.bids) == (0, 2, (2, 1, 2))


def test_a_common_value_is_learned_from_who_leaves_first() -> None:
    auction = {
        "format": "english", "n_bidders": 3, "bids": {"min": 0, "max": 20, "increment": 1},
        "values": {"model": "common", "value": {"integers": [5, 15]}, "noise": 4},
    }  # fmt: skip
    seats = [{"rule": "equilibrium"}] * 3
    (entry,) = rounds(auction, seats, [[4, 10, 14]], commons=[9])
    assert entry.exits == (4, 7, None)  # (10 + 4) / 2
    assert (entry.winner, entry.price, entry.profits) == (2, 7, (0, 0, 2))


@pytest.mark.parametrize(
    ("auction", "values", "expected"),
    [
        ({"n_bidders": 1}, [[7]], (0, 0, (7,))),
        ({"n_bidders": 1, "reserve": 3}, [[7]], (0, 3, (4,))),
        ({"n_bidders": 1, "reserve": 8}, [[7]], (None, None, (0,))),
        ({"n_bidders": 2, "reserve": 2.5}, [[2, 3]], (1, 2.5, (0, 0.5))),
        ({"n_bidders": 2}, [[0, 0]], ("tie", 0, (0, 0))),
        ({"n_bidders": 3}, [[5, 5, 5]], ("tie", 5, (0, 0, 0))),
        ({"n_bidders": 2, "format": "first_price"}, [[99, 99]], ("tie", 99, (0, 0))),
        ({"n_bidders": 2, "format": "all_pay"}, [[4, 9]], (1, 9, (-4, 0))),
        ({"n_bidders": 3, "format": "kth_price", "k": 3}, [[4, 9, 6]], (1, 4, (0, 5, 0))),
        ({"n_bidders": 2, "bids": {"min": 0, "max": 5, "increment": 2.5}}, [[3.7, 1]],
         (0, 0, (3.7, 0))),
    ],
)  # fmt: skip
def test_small_cases(auction: dict[str, Any], values: Any, expected: Any) -> None:
    winner, price, profits = expected
    held = {**SECOND, **auction}
    (entry,) = rounds(held, [TRUTH] * held["n_bidders"], values)
    assert entry.price == price
    assert entry.profits == pytest.approx(profits)
    if winner == "tie":
        assert entry.tie_draw is not None
        tops = [i for i, value in enumerate(values[0]) if value == max(values[0])]
        assert entry.winner == tops[int(entry.tie_draw * len(tops))]
    else:
        assert (entry.winner, entry.tie_draw) == (winner, None)


def test_rules_bid_by_their_formulas() -> None:
    values = [[v] for v in (0, 1, 7, 50, 99)]
    first = {**SECOND, "format": "first_price", "n_bidders": 1}

    def bids(seat: Any, auction: dict[str, Any] = first) -> list[Any]:
        return [entry.bids[0] for entry in rounds(auction, [seat], values)]

    assert bids(TRUTH) == [0, 1, 7, 50, 99]
    assert bids({"rule": "shade", "factor": 0.5}) == [0, 0, 3, 25, 49]
    assert bids({"rule": "shade", "factor": 2}) == [0, 2, 14, 99, 99]
    assert bids({"rule": "fixed", "bids": [3, None, 0, 7, 9]}) == [3, None, 0, 7, 9]
    assert bids({"rule": "noisy", "of": TRUTH, "sd": 0}) == [0, 1, 7, 50, 99]
    coarse = {**first, "bids": {"min": 1, "max": 89, "increment": 2}}
    assert bids(TRUTH, coarse) == [None, 1, 7, 49, 89]
    assert bids({"rule": "shade", "factor": 0.1}, coarse) == [None, None, None, 5, 9]


def test_averse_and_equilibrium_bidders_follow_auc_2() -> None:
    values = {"model": "private", "prior": {"uniform": [0, 99]}}
    auction = {"format": "first_price", "n_bidders": 3, "values": values}
    seats = [{"rule": "crra", "rho": 0.5}, {"rule": "equilibrium"}, TRUTH]
    for entry in play(auction, seats, rounds=20, seed=3).rounds:
        assert entry.bids[0] == pytest.approx(2 / 2.5 * entry.values[0], abs=1e-3)
        assert entry.bids[1] == pytest.approx(2 / 3 * entry.values[1], abs=1e-3)


@pytest.mark.parametrize("reserve", [0, 12, 99])
def test_averse_bidders_of_whole_numbers_are_read_as_they_were_written(reserve: int) -> None:
    auction = {**SECOND, "format": "first_price", "reserve": reserve}
    seats = [bidders.crra(0.5), bidders.noisy(bidders.crra(0), sd=2), bidders.equilibrium()]
    plan = AuctionExperiment(auction, seats, 20, seed=3)
    record = solve(plan, benchmark="truthful").require()
    again = ExperimentRecord.from_dict(record.to_dict(), plan)
    assert again.strategies == record.strategies
    assert verify(plan, again).valid


def test_noise_is_normal_and_bids_are_spread_over_the_grid() -> None:
    seats = [bidders.noisy(TRUTH_, sd=10), bidders.random(), bidders.noisy(TRUTH_, log_sd=0.2)]
    plan = AuctionExperiment(
        {**SECOND, "bids": {"min": 0, "max": 200, "increment": 1}}, seats, 2000,
        values=np.full((2000, 3), 100),
    )  # fmt: skip
    bids = np.array([entry.bids for entry in solve(plan, benchmark="none").require().rounds])
    assert abs(bids[:, 0].mean() - 100) < 1
    assert abs(bids[:, 0].std() - 10) < 0.7
    assert abs(bids[:, 1].mean() - 100) < 5
    assert set(bids[:, 1]) >= {0, 200}
    assert abs(np.log(bids[:, 2] / 100).std() - 0.2) < 0.02


TRUTH_ = bidders.truthful()


@pytest.mark.parametrize("format", ["first_price", "second_price", "all_pay", "kth_price"])
@pytest.mark.parametrize("reserve", [0, 1])
def test_levels_and_quantal_responses_against_all_profiles(format: str, reserve: int) -> None:
    n, values, bids = 3, [0, 1, 3], [0, 1, 2, 3]
    more = {"k": 3} if format == "kth_price" else {}
    prior = {"points": values}
    auction = SingleItemAuction(
        format, n, {"model": "private", "prior": prior}, reserve=reserve,
        bids={"min": 0, "max": 3, "increment": 1}, **more,
    )  # fmt: skip
    beliefs = FiniteBeliefs(auction)
    rng = np.random.default_rng(5)
    table = rng.dirichlet(np.ones(4), size=3) * np.array([[1.0], [0.5], [1.0]])
    exact = {
        value: {bid: Fraction(float(table[row, place])) for place, bid in enumerate(bids)}
        for row, value in enumerate(values)
    }
    wanted = oracle.utilities(format, values, bids, exact, n, more.get("k"), reserve)
    found = beliefs.utilities(table)
    for row, value in enumerate(values):
        assert found[row] == pytest.approx([float(it) for it in wanted[value]], abs=1e-9)
    reply = beliefs.strategy(beliefs.best_reply(table))
    for value in values:
        best = max(wanted[value])
        bid = reply.bid(value)
        if bid is None:
            assert best < 0
        else:
            assert wanted[value][bids.index(bid)] == pytest.approx(float(best), abs=1e-9)
    seats = [{"rule": "level_k", "k": 1}, {"rule": "quantal", "lambda": 3}, TRUTH]
    assert solve(AuctionExperiment(auction, seats, 3), benchmark="none").check.valid


def test_cursed_bidders_pay_the_winners_curse() -> None:
    values = {"model": "common", "value": {"uniform": [0, 1000]}, "noise": 20}
    auction = {"format": "second_price", "n_bidders": 6, "values": values}
    profits = []
    for chi in (0, 1):
        record = play(auction, [{"rule": "cursed", "chi": chi}] * 6, 4000, benchmark="none")
        profits.append(record.statistics["winner_profit"])
    # inside: 2 a (n - 1) / (n (n + 1)) and -a (n - 3) / (n + 1), theory page, AUC-8
    assert profits[0] == pytest.approx(2 * 20 * 5 / 42, abs=0.6)
    assert profits[1] == pytest.approx(-20 * 3 / 7, abs=0.6)


def test_functions_and_objects_bid_and_answer_clocks_by_limits() -> None:
    class Half:
        def bid(self, view: View) -> np.int64:
            return np.int64(view.value // 2)

    record = play(SECOND, [Half(), lambda view: view.value, TRUTH], rounds=4, seed=1)
    for entry in record.rounds:
        assert entry.bids == (entry.values[0] // 2, entry.values[1], entry.values[2])
    clock = {**SECOND, "format": "english_blind"}
    for entry in play(clock, [Half(), lambda view: view.value, TRUTH], rounds=4, seed=1).rounds:
        limits = (entry.values[0] // 2, entry.values[1], entry.values[2])
        assert entry.price == sorted(limits)[1]


@pytest.mark.parametrize("said", [-1, 2.5, 100, math.nan, "7", True, [3]])
def test_what_is_no_bid_is_recorded_and_the_function_stays_out(said: Any) -> None:
    record = play(SECOND, [lambda view: said, TRUTH, TRUTH], rounds=2)
    assert [entry.bids[0] for entry in record.rounds] == [None, None]
    assert [(it.round, it.bidder, it.done) for it in record.failures] == [
        (0, 0, "stayed out"), (1, 0, "stayed out"),
    ]  # fmt: skip


def test_what_a_function_raises_comes_through() -> None:
    def broken(view: View) -> int:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        play(SECOND, [broken, TRUTH, TRUTH])


def reachable(root: object) -> list[Any]:
    """Return all numbers that can be reached from an object or the frames behind a call."""
    found: list[Any] = []
    seen: set[int] = set()
    open_ = [root]
    frame = sys._getframe(1)
    while frame is not None:
        if "pytest" in frame.f_code.co_filename:
            break
        open_ += [value for name, value in frame.f_locals.items() if not name.startswith("_")]
        frame = frame.f_back
    while open_:
        one = open_.pop()
        if id(one) in seen or isinstance(one, type | type(sys)):
            continue
        seen.add(id(one))
        if isinstance(one, int | float) and not isinstance(one, bool):
            found.append(one)
        elif isinstance(one, np.ndarray):
            found += one.ravel().tolist()
        elif callable(one):
            open_ += [one.__self__] if hasattr(one, "__self__") else []
            closure = getattr(one, "__closure__", None) or ()
            open_ += [cell.cell_contents for cell in closure]
        elif isinstance(one, str | bytes):
            continue
        else:
            open_ += [it for it in gc.get_referents(one) if not callable(it)]
    return found


@pytest.mark.parametrize("format", ["first_price", "english", "english_blind", "dutch", "proxy"])
def test_a_bidder_that_reads_all_it_can_reach_finds_no_rivals_value(format: str) -> None:
    rivals = (7919.25, 7919.5)
    found: list[Any] = []

    def spy(view: View) -> Any:
        found.extend(reachable(view))
        return None if view.question in ("bid", "move") else False

    auction = {**SECOND, "format": "second_price" if format == "proxy" else format}
    more = {"proxy": {"periods": 2}} if format == "proxy" else {}
    plan = AuctionExperiment(
        auction, [spy, TRUTH, TRUTH], 1, values=[[5, *rivals]], name="secret", **more
    )
    solve(plan, benchmark="none")
    assert 5 in found  # it did look
    assert not set(rivals) & set(found)


def test_a_view_holds_what_the_rules_show_and_can_hide_it() -> None:
    views: list[View] = []

    def look(view: View) -> int:
        views.append(view)
        return 3

    play(SECOND, [look, TRUTH, TRUTH], rounds=2, seed=1)
    (past,) = views[1].history
    assert past.bids[0] == past.bid == 3
    assert (past.winner is None) == (past.winner_profit is None)
    hidden = {"show_bids": False}
    play(SECOND, [look, TRUTH, TRUTH], rounds=2, seed=1, protocol=hidden)
    assert views[3].history[0].bids is None
    play(SECOND, [look, TRUTH, TRUTH], rounds=2, seed=1, protocol={"show_history": False})
    assert views[5].history == ()


@given(auction_experiments() | clock_experiments() | proxy_experiments())
@settings(max_examples=30)
def test_files_give_back_records(plan: AuctionExperiment) -> None:
    result = solve(plan, benchmark="truthful")
    fields = json.loads(json.dumps(result.solution.to_dict()))
    again = ExperimentRecord.from_dict(fields, plan)
    assert again == result.solution
    assert again.to_dict() == result.solution.to_dict()


@given(auction_experiments(), st.integers(1, 3))
@settings(max_examples=20)
def test_a_plan_with_more_sessions_begins_with_the_same_ones(
    plan: AuctionExperiment, more: int
) -> None:
    from eqsolve.families.auction_experiment.files import write

    if any(it.rule == "fixed" or "fixed" in it.title for it in plan.bidders):
        return
    longer = AuctionExperiment(**{**write(plan), "sessions": plan.sessions + more})
    short = solve(plan, benchmark="none").solution.rounds
    assert solve(longer, benchmark="none").solution.rounds[: len(short)] == short


def test_two_processes_and_one_give_the_same_record(tmp_path: Path) -> None:
    seats = [bidders.truthful(), bidders.noisy(bidders.shade(0.9), sd=3), bidders.random()]
    plan = AuctionExperiment(SECOND, seats, 5, 3, seed=11)
    eqsolve.save(plan, tmp_path / "a.json")
    eqsolve.save(plan, tmp_path / "b.json")
    python = [sys.executable, "-m", "eqsolve"]
    command = [*python, "batch", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--quiet"]
    for jobs in ("1", "2"):
        store = tmp_path / f"run-{jobs}"
        store.mkdir()
        run = str(store / "run.sqlite")
        taken = ["results", run, "--solutions", str(store)]
        for words in ([*command, "--jobs", jobs, "--store", run], [*python, *taken]):
            ended = subprocess.run(words, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, ended.stderr + ended.stdout
    found = []
    for path in sorted(tmp_path.glob("run-*/*.json")):
        fields = json.loads(path.read_text())
        found.append({key: fields[key] for key in ("rounds", "statistics", "usage", "status")})
    assert len(found) == 4
    assert all(one == found[0] for one in found)


def test_time_that_is_over_leaves_the_rounds_played_so_far() -> None:
    plan = AuctionExperiment(SECOND, [TRUTH] * 3, 2000, 50)
    deadline = Deadline(Limits())
    deadline.cancel()
    stopped = solve(plan, benchmark="none", deadline=deadline)
    assert (stopped.status, stopped.limit) == (Status.UNKNOWN, Limit.INTERRUPTED)

    def impatient(view: View) -> int:
        if view.round == 2:
            deadline.cancel()
        return 3

    deadline = Deadline(Limits())
    plan = AuctionExperiment(SECOND, [impatient, TRUTH, TRUTH], 9)
    stopped = solve(plan, benchmark="none", deadline=deadline)
    assert (stopped.status, stopped.limit) == (Status.FEASIBLE, Limit.INTERRUPTED)
    assert len(stopped.solution.rounds) == 3
    assert not stopped.solution.is_complete


def test_impossible_options_are_refused_before_any_work() -> None:
    plan = AuctionExperiment(SECOND, [TRUTH] * 3)
    for options, words in (
        ({"requests_at_once": 0}, "requests_at_once"),
        ({"offline": True, "fresh": True}, "asks nobody"),
        ({"max_cost": -1}, "max_cost"),
        ({"benchmark": "bnee"}, "benchmark"),
        ({"cash": "x"}, "did you mean 'cache'"),
    ):
        with pytest.raises(eqsolve.OptionError, match=words):
            solve(plan, **options)


@pytest.mark.parametrize(("most", "periods"), [(0, 2), (2, 4), (None, 9)])
def test_a_soft_close_is_put_off_while_maxima_rise_as_often_as_allowed(
    most: int | None, periods: int
) -> None:
    rules = ProxyRules(2, closing="soft", max_extensions=most)
    auction = ProxyBidding(rules, 2, increment=1, start=0)
    played = 0
    while True:
        auction.move(played % 2, 1 + played if played < 8 else None)
        played += 1
        if not auction.end_period():
            break
    assert played == periods
