"""The tables of a report: a line for each treatment, errors by session in parentheses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eqsolve.core.table import Table
from eqsolve.families.auction_experiment.convert.sources import line_of
from eqsolve.families.auction_experiment.report.comparison import Comparison
from eqsolve.families.auction_experiment.report.sessions import Mean
from eqsolve.families.auction_experiment.report.treatment import Treatment

__all__ = ["tables_of"]

_WORDS = {
    "welch": "Welch t",
    "mann_whitney": "Mann-Whitney U",
    "kolmogorov_smirnov": "Kolmogorov-Smirnov D",
}


def tables_of(treatments: Sequence[Treatment], comparisons: Iterable[Comparison]) -> list[Table]:
    """Return all tables that hold anything."""
    tables = [
        _overview(treatments), _bids(treatments), _fit(treatments), _lines(treatments),
        _outcomes(treatments), _curse(treatments), _timing(treatments), _tests(comparisons),
        _faults(treatments),
    ]  # fmt: skip
    return [table for table in tables if table.rows]


def _table(title: str, *columns: str) -> Table:
    return Table(title, columns, limit=None)


def _share(mean: Mean) -> str:
    """Return a share in percent with its error."""
    if mean.value is None:
        return "-"
    error = "" if mean.error is None else f" ({100 * mean.error:.1f})"
    return f"{100 * mean.value:.1f} %{error}"


def _money(mean: Mean | None, digits: int = 2) -> str:
    """Return an amount with its error."""
    if mean is None or mean.value is None:
        return "-"
    error = "" if mean.error is None else f" ({mean.error:.{digits}f})"
    return f"{mean.value:.{digits}f}{error}"


def _overview(treatments: Sequence[Treatment]) -> Table:
    table = _table(
        "Treatments", "treatment", "format", "values", "bidders", "sessions", "rounds", "bids",
        "faults",
    )  # fmt: skip
    for entry in treatments:
        plan = entry.record.experiment
        word = "proxy" if plan.proxy is not None else plan.auction.format
        table.add(
            entry.name, word, plan.auction.values.model, plan.n_bidders,
            len(entry.record.sessions), len(entry.record.rounds), len(entry.bids),
            len(entry.faults),
        )  # fmt: skip
    return table


def _bids(treatments: Sequence[Treatment]) -> Table:
    table = _table(
        "Bids and types", "treatment", "truthful", "within increment", "above", "below",
        "mean |b - v|", "losers within increment", "losers |b - v|",
    )  # fmt: skip
    for entry in treatments:
        if len(entry.bids):
            held = entry.statistics
            shares = ("share_truthful", "share_within_increment", "share_above", "share_below")
            table.add(
                entry.name,
                *(_share(held[key]) for key in shares),
                _money(held["mean_absolute_deviation"]),
                _share(held["losers_share_within_increment"]),
                _money(held["losers_absolute_deviation"]),
            )
    return table


def _fit(treatments: Sequence[Treatment]) -> Table:
    table = _table(
        "Fit of benchmarks", "treatment", "bids", "R^2 of the type", "squares above",
        "squares below", "R^2 of the equilibrium", "implied risk aversion",
    )  # fmt: skip
    for entry in treatments:
        if len(entry.bids):
            held = entry.statistics
            table.add(
                entry.name,
                len(entry.bids),
                _money(held["r_squared_truthful"], 4),
                _money(held["ss_above"], 0),
                _money(held["ss_below"], 0),
                _money(held["r_squared_equilibrium"], 4),
                _money(held["implied_rho"], 3),
            )
    return table


def _lines(treatments: Sequence[Treatment]) -> Table:
    table = _table(
        "Least squares of bids on types", "treatment", "slope", "95 %", "intercept", "R^2", "bids",
        "sessions",
    )  # fmt: skip
    for entry in treatments:
        line = entry.line
        if line is not None:
            ends = line.slope_interval
            between = "-" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"
            slope = Mean(line.slope, line.slope_error, line.count, line.sessions)
            start = Mean(line.intercept, line.intercept_error, line.count, line.sessions)
            fit = "-" if line.r_squared is None else f"{line.r_squared:.3f}"
            table.add(
                entry.name, _money(slope, 3), between, _money(start, 2), fit, line.count,
                line.sessions,
            )  # fmt: skip
    return table


def _outcomes(treatments: Sequence[Treatment]) -> Table:
    table = _table("Outcomes", "treatment", "revenue", "price", "efficient", "winner's profit")
    for entry in treatments:
        held = entry.statistics
        table.add(
            entry.name, _money(held["mean_revenue"]), _money(held["mean_price"]),
            _share(held["efficiency"]), _money(held["winner_profit"]),
        )  # fmt: skip
    return table


def _curse(treatments: Sequence[Treatment]) -> Table:
    table = _table(
        "Winner's curse: the winner's profit", "treatment", "bidders", "profit", "rounds at a loss",
        "equilibrium, same draws", "naive, same draws",
    )  # fmt: skip
    for entry in treatments:
        curse = entry.curse
        if curse is not None:
            table.add(
                entry.name, curse.n_bidders, _money(curse.profit), _share(curse.losses),
                _money(curse.equilibrium), _money(curse.naive),
            )  # fmt: skip
    return table


def _timing(treatments: Sequence[Treatment]) -> Table:
    table = _table(
        "Final winning bids", "treatment", "closing", "auctions", "in the last period",
        "mean period", "final price",
    )  # fmt: skip
    for entry in treatments:
        timing, rules = entry.timing, entry.record.experiment.proxy
        if timing is not None:
            table.add(
                entry.name, "-" if rules is None else rules.closing, len(timing.times),
                _share(timing.in_last_period), _money(timing.mean_time), _money(timing.mean_price),
            )  # fmt: skip
    return table


def _tests(comparisons: Iterable[Comparison]) -> Table:
    table = _table(
        "Tests between treatments", "outcome", "independent", "first", "second", "test",
        "statistic", "p", "p (Holm)",
    )  # fmt: skip
    for entry in comparisons:
        if entry.p is not None and entry.p_holm is not None and entry.statistic is not None:
            table.add(
                entry.outcome, entry.unit, entry.first, entry.second, _WORDS[entry.test],
                f"{entry.statistic:.4g}", f"{entry.p:.3g}", f"{entry.p_holm:.3g}",
            )  # fmt: skip
    return table


def _faults(treatments: Sequence[Treatment]) -> Table:
    table = Table("Faults in the sources", ["treatment", "fault"])
    for entry in treatments:
        for fault in entry.faults:
            table.add(entry.name, line_of(fault))
    return table
