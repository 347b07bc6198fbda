"""Checks a record: everything in it is recomputed from the plan, the seed and the transcript.

Types and ties come from the seed, bids by rule from their rules, bids of models from the answers in
the transcript, and all else from the rules of the auction, by code of its own. The equilibrium that
bids are compared with is checked by the verifier of single-item auctions. What a model or a
function would have answered nobody can check.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.core.transcript import Transcript
from eqsolve.families.auction_experiment.instance import (
    AuctionExperiment,
    Chat,
    Crra,
    Equilibrium,
    Function,
    LevelK,
    Quantal,
)
from eqsolve.families.auction_experiment.instance.bidders import is_by_rule
from eqsolve.families.auction_experiment.solution import USAGE, ExperimentRecord
from eqsolve.families.auction_experiment.verify.limits import plain_formula
from eqsolve.families.auction_experiment.verify.replay import CHECKS, Replay, near
from eqsolve.families.auction_experiment.verify.statistics import recomputed
from eqsolve.families.auction_experiment.verify.tables import (
    wrong_level,
    wrong_quantal,
    wrong_risk,
)
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["verify"]

_ENDED = "session ended"


def verify(
    experiment: AuctionExperiment,
    claimed: Result[ExperimentRecord] | ExperimentRecord,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Recheck a record from the experiment alone.

    Parameters
    ----------
    experiment : the instance.
    claimed : a result, or a bare record. The transcript of chat bidders is looked for where the
        result's options say (``cache``).
    tolerance : relative, for the equilibrium; all else is exact but for rounding.
    deadline : the clock of replaying; what is not looked through by then is not proved.

    Returns
    -------
    report : one check per condition.

    Notes
    -----
    Cost: O(rounds * n log n), or one step for each tick of a clock.
    """
    result = claim_of(claimed)
    scale = max(1.0, experiment.auction.scale)
    builder = ReportBuilder(Tolerances(tolerance), scale, deadline)
    record = result.solution
    if record is None:
        builder.require(
            "experiment.status", "an experiment is never without a record by proof",
            ["there is no proof that nothing can be played"] * (
                result.status is Status.NO_EQUILIBRIUM
            ),
        )  # fmt: skip
        return builder.finish()
    builder.require(
        "experiment.rounds", "rounds are those of the plan, session after session",
        _misplaced(experiment, result, record),
    )  # fmt: skip
    if not builder.finish().valid:
        return builder.finish()
    transcript = _transcript(result, experiment, builder)
    replay = Replay(record, transcript)
    with builder.search("that all rounds follow from the rules") as poll:
        replay.run(poll)
    for check, condition in CHECKS.items():
        builder.require(check, condition, replay.problems[check], theorem=_theorem(check))
    for sentence in replay.left:
        builder.leave(sentence)
    builder.require(
        "experiment.failures", "failures are those of models and functions",
        _wrong_failures(experiment, record, replay, whole=transcript is not None),
    )  # fmt: skip
    builder.require(
        "experiment.usage", "what was asked fits the answers that were used",
        _wrong_usage(experiment, record, transcript),
    )  # fmt: skip
    builder.require(
        "experiment.strategies", "strategies are what defines their bidders",
        _wrong_strategies(experiment, record),
    )  # fmt: skip
    _check_benchmark(experiment, record, builder, tolerance)
    builder.require(
        "experiment.statistics", "statistics follow from the rounds", _wrong_statistics(record)
    )
    builder.require(
        "experiment.objective", "the objective is the revenue of all rounds",
        _wrong_objective(result, record),
    )  # fmt: skip
    if record.source is not None:
        builder.require(
            "experiment.source", "the record of others is without fault",
            _named_faults(record),
        )  # fmt: skip
    _leave_unknown(experiment, record, transcript, builder)
    return builder.finish()


def _theorem(check: str) -> str:
    return {"experiment.proxy": "AUC-12"}.get(check, "")


def _misplaced(
    plan: AuctionExperiment, result: Result[ExperimentRecord], record: ExperimentRecord
) -> Iterator[str]:
    """Yield what is wrong with the order of rounds."""
    if record.experiment is not plan and record.experiment != plan:
        yield "the record is that of another experiment"
    seen: dict[int, int] = {}
    last = 0
    for place, entry in enumerate(record.rounds):
        t, r = entry.session, entry.round
        if not (0 <= t < plan.sessions and 0 <= r < plan.rounds):
            yield f"entry {place} is round {r} of session {t}, which the plan does not have"
            return
        if t < last or seen.get(t, 0) != r:
            yield f"entry {place} is round {r} of session {t}, expected round {seen.get(t, 0)}"
            return
        seen[t], last = r + 1, t
        if entry.winner is not None and not 0 <= entry.winner < plan.n_bidders:
            yield f"entry {place}: there is no bidder {entry.winner}"
            return
        if any(not 0 <= move.bidder < plan.n_bidders for move in entry.periods or ()):
            yield f"entry {place}: a move of a bidder that there is not"
            return
    complete = len(record.rounds) == plan.n_rounds
    if (result.status is Status.SOLVED) and not complete:
        yield f"{len(record.rounds)} of {plan.n_rounds} rounds are no whole experiment"
    if result.limit is not None and complete:
        yield "every round was played, and a limit is claimed"


def _transcript(
    result: Result[ExperimentRecord], plan: AuctionExperiment, builder: ReportBuilder
) -> Transcript | None:
    """Return the transcript that the result's options name, if it is there."""
    path = result.stats.options.get("cache")
    if not any(isinstance(bidder, Chat) for bidder in plan.bidders):
        return None
    if not isinstance(path, str) or not Path(path).is_file():
        return None
    try:
        return Transcript(Path(path))
    except sqlite3.Error as error:
        builder.leave(f"what models answered: {path} cannot be read ({error})")
        return None


def _leave_unknown(
    plan: AuctionExperiment,
    record: ExperimentRecord,
    transcript: Transcript | None,
    builder: ReportBuilder,
) -> None:
    """Leave the bids of those who cannot be replayed."""
    for seat, bidder in enumerate(plan.bidders):
        name = plan.label("bidders", seat)
        if isinstance(bidder, Function) and record.rounds:
            builder.leave(f"that {name}, a Python function, bid as recorded")
        if isinstance(bidder, Chat) and transcript is None and record.rounds:
            builder.leave(f"that {name} answered as recorded: its transcript is not at hand")


def _wrong_failures(
    plan: AuctionExperiment, record: ExperimentRecord, replay: Replay, *, whole: bool
) -> Iterator[str]:
    """Yield failures that cannot be, or are missing."""
    counts = Counter(entry.session for entry in record.rounds)
    listed = []
    for failure in record.failures:
        t, r, seat = failure.session, failure.round, failure.bidder
        if not (0 <= t < plan.sessions and 0 <= r < plan.rounds):
            yield f"session {t}, round {r} is not in the plan"
        elif failure.done == _ENDED:
            if counts[t] != r or seat is not None:
                yield f"session {t} ended in round {r}, but {counts[t]} rounds were played"
        elif seat is None or not 0 <= seat < plan.n_bidders or is_by_rule(plan.bidders[seat]):
            yield f"session {t}, round {r}: bidder {seat} cannot fail"
        elif isinstance(plan.bidders[seat], Chat) and r < counts[t]:
            listed.append((t, r, seat))
    if whole and not replay.left:
        found = sorted(place[:3] for place in replay.failures)
        if sorted(listed) != found:
            yield f"answers that could not be used: {found}, recorded {sorted(listed)}"


def _wrong_usage(
    plan: AuctionExperiment, record: ExperimentRecord, transcript: Transcript | None
) -> Iterator[str]:
    """Yield counts that cannot be."""
    usage = record.usage
    if set(usage) != set(USAGE):
        yield f"has the names {sorted(usage)}"
        return
    for name, count in usage.items():
        if count < 0:
            yield f"{name} is {count}"
    if not any(isinstance(bidder, Chat) for bidder in plan.bidders):
        asked = {name: count for name, count in usage.items() if count}
        if asked:
            yield f"nobody was to be asked, and {asked} is recorded"
        return
    if usage["from_cache"] > usage["requests"]:
        yield f"{usage['from_cache']} of {usage['requests']} answers came from the cache"
    if transcript is not None and record.is_complete and usage["requests"] != len(transcript.used):
        yield f"{usage['requests']} answers were used, the transcript holds {len(transcript.used)}"


def _wrong_strategies(plan: AuctionExperiment, record: ExperimentRecord) -> Iterator[str]:
    """Yield strategies that are not those of their bidders."""
    strategies = record.strategies or (None,) * plan.n_bidders
    checked: dict[object, str] = {}
    for seat, (bidder, strategy) in enumerate(zip(plan.bidders, strategies, strict=True)):
        name = plan.label("bidders", seat)
        needed = is_by_rule(bidder) and not plain_formula(bidder, plan.auction)
        if needed != (strategy is not None):
            yield f"{name}: a strategy is {'missing' if needed else 'not needed'}"
        elif strategy is not None:
            rule = bidder.undisturbed
            key = (rule, strategy)
            if key not in checked:
                checked[key] = _wrong_strategy(rule, seat, plan, strategy, record)
            if checked[key]:
                yield f"{name}: {checked[key]}"


def _wrong_strategy(
    rule: object, seat: int, plan: AuctionExperiment, strategy: Strategy, record: ExperimentRecord
) -> str:
    """Return how a strategy is not that of a bidder, or empty text."""
    if isinstance(rule, Equilibrium):
        if record.benchmark is None:
            return "no equilibrium is recorded"
        same = record.benchmark.strategy_of(seat) == strategy
        return "" if same else "its strategy is not that of the equilibrium"
    if isinstance(rule, Crra):
        return wrong_risk(rule, plan.auction, strategy)
    if isinstance(rule, LevelK):
        return wrong_level(rule, plan.auction, strategy)
    assert isinstance(rule, Quantal)
    return wrong_quantal(rule, plan.auction, strategy)


def _check_benchmark(
    plan: AuctionExperiment, record: ExperimentRecord, builder: ReportBuilder, tolerance: float
) -> None:
    """Check that the benchmark is an equilibrium, by its own verifier."""
    from eqsolve.families.single_item_auction.verify.conditions import verify as is_equilibrium

    problems, held = [], record.benchmark
    if record.benchmark_kind == "bne" and held is None:
        problems.append("no equilibrium is recorded")
    if held is not None:
        grace = None if builder.deadline is None else builder.deadline
        report = is_equilibrium(plan.auction, held, tolerance=tolerance, deadline=grace)
        problems += [f"{check.id}: {check.worst or check.condition}" for check in report.failures]
        for sentence in report.unchecked:
            builder.leave(f"of the equilibrium: {sentence}")
    builder.require(
        "experiment.benchmark", "what bids are compared with is an equilibrium", problems
    )


def _wrong_statistics(record: ExperimentRecord) -> Iterator[str]:
    """Yield statistics that the rounds do not lead to."""
    wanted = recomputed(record)
    for name in sorted({*wanted, *record.statistics}):
        held = record.statistics.get(name)
        if name not in wanted:
            yield f"there is no statistic {name!r}"
        elif name not in record.statistics or not near(held, wanted[name]):
            yield f"{name} is {held}, the rounds lead to {wanted[name]}"


def _wrong_objective(result: Result[ExperimentRecord], record: ExperimentRecord) -> Iterator[str]:
    """Yield how objective and bound are not those of the record."""
    total = sum(sum(entry.payments) for entry in record.rounds)
    if result.objective is not None and not near(result.objective, total):
        yield f"is {result.objective}, all payments are {total}"
    if result.bound is not None:
        yield f"a bound of {result.bound} is claimed, and there is none"


def _named_faults(record: ExperimentRecord) -> Iterator[str]:
    """Yield the faults that a converter found in the sources."""
    assert record.source is not None
    for fault in record.source.get("faults") or ():
        if isinstance(fault, dict):
            where = [f"{key} {fault[key]}" for key in ("file", "session", "round", "bidder")
                     if fault.get(key) is not None]  # fmt: skip
            yield f"{', '.join(where)}: {fault.get('what', 'a fault')}"
        else:
            yield str(fault)
