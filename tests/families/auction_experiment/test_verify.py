"""Broken records: whatever does not follow from plan, seed and rules is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve import AuctionExperiment, Result, Status, solve, verify
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.report import Verdict
from eqsolve.families.auction_experiment.amounts import Amounts
from eqsolve.families.auction_experiment.parsing import BadAnswerError, _last_number, _tagged
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Failure, Round
from eqsolve.families.auction_experiment.verify.conversation import _inside, _numbers
from eqsolve.families.single_item_auction.solution import Strategy

VALUES = {"model": "private", "prior": {"integers": [0, 9]}}
GRID = {"min": 0, "max": 9, "increment": 1}
TRUTH = {"rule": "truthful"}


@cache
def played(sort: str) -> tuple[AuctionExperiment, Result[ExperimentRecord]]:
    """Return a plan and its record."""
    seats: list[Any] = [TRUTH, {"rule": "shade", "factor": 0.5}, {"rule": "random"}]
    auction: dict[str, Any] = {
        "format": "second_price", "n_bidders": 3, "values": VALUES, "bids": GRID,
    }  # fmt: skip
    more: dict[str, Any] = {}
    if sort == "tie":
        more["values"] = [[5, 5, 5]] * 4
        seats = [TRUTH] * 3
    elif sort == "clock":
        auction["format"] = "english"
    elif sort == "dutch":
        auction |= {"format": "dutch", "tick": "at_once"}
    elif sort == "proxy":
        more["proxy"] = {"periods": 2, "closing": "soft", "max_extensions": 1}
        seats[2] = {"rule": "fixed", "bids": [8, 8, 8, 8]}
    elif sort == "all_pay":
        auction["format"] = "all_pay"
    elif sort == "strategies":
        values = {"model": "private", "prior": {"integers": [0, 3]}}
        bids = {"min": 0, "max": 3, "increment": 1}
        auction |= {"format": "first_price", "values": values, "bids": bids}
        seats = [{"rule": "level_k", "k": 1}, {"rule": "quantal", "lambda": 2},
                 {"rule": "equilibrium"}]  # fmt: skip
    elif sort == "averse":
        auction |= {"format": "first_price", "values": {"model": "private",
                    "prior": {"uniform": [0, 9]}}}  # fmt: skip
        del auction["bids"]
        seats = [{"rule": "crra", "rho": 0.5}, TRUTH, TRUTH]
    plan = AuctionExperiment(auction, seats, 4, 1, 5, **more)
    kind = "bne" if sort == "strategies" else "truthful"
    result = solve(plan, benchmark=kind)
    assert result.status is Status.SOLVED
    assert result.check.verdict is Verdict.VALID
    return plan, result


def broken(sort: str, change: Callable[[ExperimentRecord], ExperimentRecord]) -> list[str]:
    """Return the failed checks of a changed record."""
    plan, result = played(sort)
    assert result.solution is not None
    return [check.id for check in
            verify(plan, replace(result, solution=change(result.solution))).failures]  # fmt: skip


def in_round(number: int, **changes: Any) -> Callable[[ExperimentRecord], ExperimentRecord]:
    """Return what changes one round; functions get the old value."""

    def change(record: ExperimentRecord) -> ExperimentRecord:
        entry = record.rounds[number]
        held = {
            name: value(getattr(entry, name)) if callable(value) else value
            for name, value in changes.items()
        }
        found = list(record.rounds)
        found[number] = replace(entry, **held)
        return replace(record, rounds=tuple(found))

    return change


def other(winner: int | None) -> int:
    return (int(winner or 0) + 1) % 3


def first(change: Callable[[Any], Any]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return what changes the first entry of a tuple."""
    return lambda entries: (change(entries[0]), *entries[1:])


def plus(amount: float) -> Callable[[Any], Any]:
    return lambda number: (number or 0) + amount


@pytest.mark.parametrize(
    ("sort", "change", "check"),
    [
        ("sealed", in_round(0, winner=other), "experiment.winner"),
        ("sealed", in_round(0, winner=None), "experiment.winner"),
        ("sealed", in_round(1, price=plus(1)), "experiment.price"),
        ("sealed", in_round(1, payments=first(plus(1))), "experiment.payments"),
        ("all_pay", in_round(1, payments=first(plus(-1))), "experiment.payments"),
        ("sealed", in_round(2, profits=first(plus(1))), "experiment.profits"),
        ("sealed", in_round(2, values=first(plus(1))), "experiment.types"),
        ("sealed", in_round(2, common=3), "experiment.types"),
        ("sealed", in_round(3, bids=first(plus(1))), "experiment.bids"),
        ("sealed", in_round(3, bids=lambda bids: (*bids[:2], (bids[2] + 1) % 10)),
         "experiment.bids"),
        ("sealed", in_round(3, bids=first(lambda bid: None)), "experiment.bids"),
        ("sealed", in_round(0, tie_draw=0.25), "experiment.tie"),
        ("sealed", in_round(0, notes=({"plan": ""}, None, None)), "experiment.notes"),
        ("tie", in_round(0, tie_draw=0.999), "experiment.tie"),
        ("tie", in_round(0, tie_draw=None), "experiment.tie"),
        ("tie", in_round(0, winner=other, profits=(0, 0, 0)), "experiment.tie"),
        ("clock", in_round(0, winner=other), "experiment.winner"),
        ("clock", in_round(0, price=plus(1)), "experiment.price"),
        ("clock", in_round(1, exits=lambda exits: tuple(None if e is None else e + 1
                                                        for e in exits)), "experiment.clock"),
        ("clock", in_round(1, exits=lambda exits: tuple(9 if e is None else e for e in exits)),
         "experiment.clock"),
        ("clock", in_round(1, bids=lambda bids: tuple((b or 0) + 1 for b in bids)),
         "experiment.clock"),
        ("clock", in_round(1, exits=None), "experiment.clock"),
        ("dutch", in_round(0, price=plus(-1)), "experiment.price"),
        ("dutch", in_round(0, bids=lambda bids: tuple(0 if b is None else b for b in bids)),
         "experiment.clock"),
        ("dutch", in_round(0, exits=(1, None, None)), "experiment.clock"),
        ("proxy", in_round(0, periods=None), "experiment.proxy"),
        ("proxy", in_round(0, periods=lambda moves: (*moves, replace(moves[-1], period=99))),
         "experiment.proxy"),
        ("proxy", in_round(0, periods=lambda moves: moves[:-3]), "experiment.proxy"),
        ("proxy", in_round(0, periods=lambda moves: moves + tuple(
            replace(move, period=2) for move in moves[-3:])), "experiment.proxy"),
        ("proxy", in_round(0, periods=lambda moves: (
            replace(moves[0], price=moves[0].price + 1), *moves[1:])), "experiment.proxy"),
        ("proxy", in_round(0, periods=lambda moves: (
            *moves[:-1], replace(moves[-1], leader=other(moves[-1].leader)))), "experiment.proxy"),
        ("proxy", in_round(0, periods=lambda moves: moves[1::-1] + moves[2:]), "experiment.proxy"),
        ("proxy", in_round(0, periods=lambda moves: (
            *moves[:-1], replace(moves[-1], bid=1))), "experiment.proxy"),
        ("proxy", in_round(0, bids=first(plus(1))), "experiment.proxy"),
        ("proxy", in_round(0, winner=other), "experiment.winner"),
    ],
)  # fmt: skip
def test_a_round_that_is_wrong(
    sort: str, change: Callable[[ExperimentRecord], ExperimentRecord], check: str
) -> None:
    assert check in broken(sort, change)


def falls(record: ExperimentRecord) -> ExperimentRecord:
    """Return a record in which somebody bids less than its maximum later on."""
    entry = record.rounds[0]
    assert entry.periods is not None
    moves = list(entry.periods)
    raised = next(move.bidder for move in moves if move.bid is not None and move.bid > 0)
    place = next(k for k, move in enumerate(moves) if move.period == 1 and move.bidder == raised)
    moves[place] = replace(moves[place], bid=0)
    return in_round(0, periods=tuple(moves))(record)


def test_a_maximum_that_falls_is_named() -> None:
    plan, result = played("proxy")
    report = verify(plan, replace(result, solution=falls(result.require())))
    worst = [check.worst for check in report.failures if check.id == "experiment.proxy"]
    assert any("falls or stays at 0" in sentence for sentence in worst)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda r: replace(r, rounds=r.rounds[1:]), "experiment.rounds"),
        (lambda r: replace(r, rounds=r.rounds[:2]), "experiment.rounds"),
        (lambda r: replace(r, rounds=(r.rounds[0], *r.rounds)), "experiment.rounds"),
        (in_round(0, session=1), "experiment.rounds"),
        (in_round(0, winner=3), "experiment.rounds"),
        (lambda r: replace(r, statistics={**r.statistics, "bids": 11}), "experiment.statistics"),
        (lambda r: replace(r, statistics={**r.statistics, "more": 1}), "experiment.statistics"),
        (lambda r: replace(r, statistics={}), "experiment.statistics"),
        (lambda r: replace(r, benchmark_kind="bne"), "experiment.benchmark"),
        (lambda r: replace(r, benchmark_kind="none"), "experiment.statistics"),
        (lambda r: replace(r, usage={**r.usage, "requests": 1}), "experiment.usage"),
        (lambda r: replace(r, usage={}), "experiment.usage"),
        (lambda r: replace(r, failures=(Failure(0, 0, 0, "why", "stayed out"),)),
         "experiment.failures"),
        (lambda r: replace(r, failures=(Failure(0, 2, None, "why", "session ended"),)),
         "experiment.failures"),
        (lambda r: replace(r, strategies=(Strategy(np.array([1.0]), np.array([1.0])), None, None)),
         "experiment.strategies"),
        (lambda r: replace(r, source={"faults": [{"what": "cut", "round": 2}]}),
         "experiment.source"),
    ],
)  # fmt: skip
def test_a_record_that_is_wrong(
    change: Callable[[ExperimentRecord], ExperimentRecord], check: str
) -> None:
    assert check in broken("sealed", change)


@pytest.mark.parametrize("name", ["share_truthful", "ss_below", "mean_revenue", "winner_profit",
                                  "efficiency", "r_squared_truthful", "share_within_increment",
                                  "r_squared_equilibrium", "mean_absolute_deviation"])  # fmt: skip
def test_every_statistic_is_recomputed(name: str) -> None:
    def change(record: ExperimentRecord) -> ExperimentRecord:
        held = record.statistics[name]
        assert held is not None
        return replace(record, statistics={**record.statistics, name: held + 0.001})

    assert broken("sealed", change) == ["experiment.statistics"]


@pytest.mark.parametrize(("sort", "seat"), [("strategies", 0), ("strategies", 1),
                                            ("strategies", 2), ("averse", 0)])  # fmt: skip
def test_a_strategy_that_is_not_that_of_its_bidder(sort: str, seat: int) -> None:
    def change(record: ExperimentRecord) -> ExperimentRecord:
        assert record.strategies is not None
        held = record.strategies[seat]
        assert held is not None
        if held.mixed is not None:
            (bid, share), *rest = held.mixed[1]
            bent = ((bid, share - 0.01), *rest[:-1], (rest[-1][0], rest[-1][1] + 0.01))
            made = replace(held, mixed=(held.mixed[0], bent, *held.mixed[2:]))
        else:
            assert held.bids is not None
            bids = held.bids.copy()
            bids[-1] += 1.0
            made = replace(held, bids=bids)
        found = list(record.strategies)
        found[seat] = made
        return replace(record, strategies=tuple(found))

    assert "experiment.strategies" in broken(sort, change)


def test_a_missing_strategy_or_equilibrium_is_named() -> None:
    assert "experiment.strategies" in broken(
        "strategies", lambda record: replace(record, strategies=None)
    )
    assert {"experiment.strategies", "experiment.benchmark"} <= set(
        broken("strategies", lambda record: replace(record, benchmark=None))
    )


def test_an_equilibrium_that_is_none_is_refuted() -> None:
    def change(record: ExperimentRecord) -> ExperimentRecord:
        held = record.benchmark
        assert held is not None
        top = replace(held.strategies[0], bids=np.full(4, 3.0), mixed=None)
        strategies = (*(record.strategies or ())[:2], top)
        made = replace(held, strategies=(top,))
        return replace(record, benchmark=made, strategies=strategies)

    assert "experiment.benchmark" in broken("strategies", change)


def test_objective_and_bound_are_those_of_the_record() -> None:
    plan, result = played("sealed")
    lie = replace(result, objective=result.objective + 1)
    assert [check.id for check in verify(plan, lie).failures] == ["experiment.objective"]


def test_functions_are_taken_at_their_word_and_what_follows_is_not() -> None:
    plan = AuctionExperiment(
        {"format": "first_price", "n_bidders": 2, "values": VALUES, "bids": GRID},
        [lambda view: 4, TRUTH], 2,
    )  # fmt: skip
    result = solve(plan, benchmark="none")
    assert result.check.verdict is Verdict.NOT_PROVED
    (entry, *_) = result.require().rounds
    record = replace(result.require(), rounds=(replace(entry, bids=(4.5, entry.bids[1])), *_))
    failed = [check.id for check in verify(plan, replace(result, solution=record)).failures]
    assert "experiment.bids" in failed


def test_rounds_that_nobody_looked_at_in_time_are_not_proved() -> None:
    plan, result = played("sealed")
    deadline = Deadline(Limits())
    deadline.cancel()
    report = verify(plan, result, deadline=deadline)
    assert report.verdict is Verdict.NOT_PROVED


def test_a_log_without_values_or_draws_is_checked_as_far_as_it_goes() -> None:
    plan = AuctionExperiment(
        {"format": "second_price", "n_bidders": 2, "values": VALUES, "bids": GRID},
        [{"rule": "function", "name": "Andy"}, {"rule": "function", "name": "Betty"}],
    )  # fmt: skip
    from eqsolve.families.auction_experiment.statistics import statistics_of

    entry = Round(0, 0, (None, None), None, (4, 4), 1, 4, (0, 4), (None, None))
    record = ExperimentRecord(
        experiment=plan, rounds=(entry,), statistics=statistics_of(plan, (entry,), None),
        source={"files": ["a.json"], "faults": []},
    )  # fmt: skip
    report = verify(plan, record)
    assert report.verdict is Verdict.NOT_PROVED, str(report)
    assert any("drawn by lot" in sentence for sentence in report.unchecked)


TEXT = st.text(alphabet="0123\u0664\u06f5.,-\u2212$ab <>/bidBIDhold_\n", max_size=14)


@given(TEXT)
@settings(max_examples=400)
def test_numbers_are_read_alike_by_player_and_verifier(text: str) -> None:
    found, again = _last_number(text), _numbers(text)
    assert (found is None) == (not again)
    assert found is None or found == again[-1]


@given(st.lists(st.sampled_from(["<bid>", "</bid>", "<BID>", "\u0130", "1", "x"]), max_size=8))
@settings(max_examples=200)
def test_tags_are_read_alike_by_player_and_verifier(parts: list[str]) -> None:
    text = "".join(parts)
    tagged = _tagged(text, "bid")
    assert _inside(text, "bid") == (text if tagged is None else tagged)


def test_a_bid_that_is_none_has_a_reason() -> None:
    from eqsolve.families.auction_experiment.parsing import read_maximum

    plan, _ = played("proxy")
    amounts = Amounts(plan.auction)
    assert read_maximum("<BID>Hold.</BID>", plan.auction, amounts, 3) is None
    assert read_maximum("I hold", plan.auction, amounts, 3) is None
    assert read_maximum("<BID>3</BID>", plan.auction, amounts, 3) is None
    with pytest.raises(BadAnswerError, match="may only rise, and yours is 3"):
        read_maximum("<BID>2</BID>", plan.auction, amounts, 3)
