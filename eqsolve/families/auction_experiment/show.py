"""How auction experiments and their records are shown: facts, tables and one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.families.auction_experiment.statistics import benchmark_by, statistics_of

__all__ = ["facts", "headline", "tables", "tidy"]

_MOST = 20
"""Rounds and failures that are listed."""
_BIDDERS = ("bids", "share_truthful", "share_above", "share_below", "mean_absolute_deviation",
            "r_squared_truthful", "r_squared_equilibrium")  # fmt: skip


def facts(experiment: AuctionExperiment) -> dict[str, str]:
    """Return a few lines about a plan."""
    auction = experiment.auction
    lines = {
        "format": auction.format if experiment.proxy is None else "proxy bidding",
        "bidders": str(experiment.n_bidders),
        "values": auction.values.model,
        "sessions": f"{experiment.sessions} of {experiment.rounds} rounds",
        "draws": "given" if experiment.values is not None else experiment.draws,
        "seats": ", ".join(dict.fromkeys(bidder.title for bidder in experiment.bidders)),
    }
    if auction.bids is not None:
        grid = auction.bids
        lines["bids"] = f"{number(grid.min)} to {number(grid.max)} by {number(grid.increment)}"
    if auction.reserve:
        lines["reserve"] = number(auction.reserve)
    if experiment.proxy is not None:
        rules = experiment.proxy
        lines["closing"] = f"{rules.closing}, after {rules.periods} periods"
    return lines


def headline(experiment: AuctionExperiment, result: Result[ExperimentRecord]) -> str:
    """Return what was played in one sentence."""
    record = result.solution
    if record is None:
        return "nothing was played before the run was stopped"
    played = f"{len(record.rounds)} of {experiment.n_rounds} rounds"
    revenue, share = record.statistics.get("mean_revenue"), record.statistics.get("efficiency")
    words = f"{played}, revenue {number(revenue)} a round"
    return words if share is None else f"{words}, efficiency {number(share)}"


def tidy(experiment: AuctionExperiment, result: Result[ExperimentRecord]) -> list[Table]:
    """Return every round: what everybody valued and bid, who won at which price."""
    return [] if result.solution is None else [_rounds(experiment, result.solution)]


def tables(experiment: AuctionExperiment, result: Result[ExperimentRecord]) -> list[Table]:
    """Return statistics of all bids and by bidder, what was asked, and the first rounds."""
    record = result.solution
    if record is None:
        return []
    statistics = Table("Statistics", ["statistic", "value"])
    statistics.extend((name, value) for name, value in record.statistics.items())
    shown = [statistics, _by_bidder(experiment, record)]
    if record.usage["requests"]:
        usage = Table("Asked", ["what", "number"])
        usage.extend((name, value) for name, value in record.usage.items())
        shown.append(usage)
    if record.failures:
        heads = ["session", "round", "bidder", "reason", "done"]
        failures = Table("Failures", heads, limit=_MOST)
        for failure in record.failures:
            who = "all" if failure.bidder is None else experiment.label("bidders", failure.bidder)
            failures.add(failure.session, failure.round, who, failure.reason, failure.done)
        shown.append(failures)
    return [*shown, _rounds(experiment, record)]


def _by_bidder(experiment: AuctionExperiment, record: ExperimentRecord) -> Table:
    """Return how each bidder bid and what it earned."""
    table = Table("Bidders", ["bidder", "rule", *_BIDDERS, "wins", "profit a round"])
    compared = benchmark_by(record.benchmark_kind, record.benchmark)
    for seat, bidder in enumerate(experiment.bidders):
        alone = statistics_of(experiment, record.rounds, compared, seat=seat)
        profits = [entry.profits[seat] for entry in record.rounds]
        known = [profit for profit in profits if profit is not None]
        wins = sum(entry.winner == seat for entry in record.rounds)
        mean = sum(known) / len(known) if known else None
        table.add(
            experiment.label("bidders", seat), bidder.title,
            *(alone[name] for name in _BIDDERS), wins, mean,
        )  # fmt: skip
    return table


def _rounds(experiment: AuctionExperiment, record: ExperimentRecord) -> Table:
    """Return the first rounds."""
    names = [experiment.label("bidders", seat) for seat in range(experiment.n_bidders)]
    heads = [f"{name} {what}" for name in names for what in ("value", "bid")]
    table = Table("Rounds", ["session", "round", *heads, "winner", "price"], limit=_MOST)
    for entry in record.rounds:
        pairs = [it for pair in zip(entry.values, entry.bids, strict=True) for it in pair]
        winner = None if entry.winner is None else names[entry.winner]
        table.add(entry.session, entry.round, *pairs, winner, entry.price)
    return table
