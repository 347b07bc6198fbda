"""What one treatment shows: bids against values, outcomes, the curse, and when winners settled.

Means have standard errors by session, all other statistics those of the jackknife over sessions. A
treatment with one session has none. Definitions: theory page of experiments, section 6.

``R^2`` is ``1 - sum (b - b*)^2 / sum (b - mean b)^2`` for a benchmark ``b*``; it may be negative.
Sums of squares are those of bids above and below the type.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.auction_experiment.report.curse import Curse, curse_of
from eqsolve.families.auction_experiment.report.observations import (
    Bids,
    Outcomes,
    bids_of,
    outcomes_of,
)
from eqsolve.families.auction_experiment.report.regression import Regression, regress
from eqsolve.families.auction_experiment.report.sessions import Mean, jackknife, mean_by_session
from eqsolve.families.auction_experiment.report.timing import Timing, timing_of
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.families.auction_experiment.statistics import (
    benchmark_by,
    implied_rho,
    observations,
    r_squared,
)

__all__ = ["Treatment", "treatment_of"]

_NEAR = 1e-9
"""Share of an increment below which differences are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One record, summed up.

    Parameters
    ----------
    name : of the treatment.
    record : what was played.
    bids, outcomes : what statistics are computed from.
    losers : bids of those who did not win; of a rising clock all bids are of that kind.
    statistics : name -> mean or other statistic, with its standard error by session.
    line : least squares of bids on types, or None.
    curse : of common values, or None.
    timing : of proxy auctions, or None.
    faults : what is wrong in the files that it comes from.
    """

    name: str
    record: ExperimentRecord
    bids: Bids
    outcomes: Outcomes
    losers: Bids
    statistics: Mapping[str, Mean]
    line: Regression | None
    curse: Curse | None
    timing: Timing | None
    faults: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers by name."""
        plan = self.record.experiment
        return {
            "name": self.name,
            "format": plan.auction.format,
            "n_bidders": plan.n_bidders,
            "sessions": len(self.record.sessions),
            "rounds": len(self.record.rounds),
            "bids": len(self.bids),
            "statistics": {key: mean.to_dict() for key, mean in self.statistics.items()},
            "line": None if self.line is None else self.line.to_dict(),
            "curse": None if self.curse is None else self.curse.to_dict(),
            "timing": None if self.timing is None else self.timing.to_dict(),
            "faults": [dict(fault) for fault in self.faults],
        }


def treatment_of(record: ExperimentRecord, name: str) -> Treatment:
    """Return a record summed up under a name."""
    bids, outcomes = bids_of(record), outcomes_of(record)
    losers = bids.chosen(~bids.won)
    source = record.source or {}
    return Treatment(
        name=name,
        record=record,
        bids=bids,
        outcomes=outcomes,
        losers=losers,
        statistics=_statistics(record, bids, losers, outcomes),
        line=regress(bids.bids, bids.types, bids.sessions) if len(bids) else None,
        curse=curse_of(record),
        timing=timing_of(record),
        faults=tuple(source.get("faults", ())),
    )


def _statistics(
    record: ExperimentRecord, bids: Bids, losers: Bids, outcomes: Outcomes
) -> dict[str, Mean]:
    """Return the statistics of a record by name."""
    grid = record.experiment.auction.bids
    step = 0.0 if grid is None else grid.increment
    near = _NEAR * (step or 1.0)
    excess = bids.excess
    found = {
        "share_truthful": mean_by_session(np.abs(excess) <= near, bids.sessions),
        "share_within_increment": mean_by_session(np.abs(excess) <= step + near, bids.sessions),
        "share_above": mean_by_session(excess > near, bids.sessions),
        "share_below": mean_by_session(excess < -near, bids.sessions),
        "mean_absolute_deviation": mean_by_session(np.abs(excess), bids.sessions),
        "losers_share_within_increment": mean_by_session(
            np.abs(losers.excess) <= step + near, losers.sessions
        ),
        "losers_absolute_deviation": mean_by_session(np.abs(losers.excess), losers.sessions),
        "ss_above": _sum_of_squares(np.maximum(excess, 0), bids.sessions),
        "ss_below": _sum_of_squares(np.minimum(excess, 0), bids.sessions),
        "r_squared_truthful": _fit(bids, bids.types),
        "r_squared_equilibrium": _against_equilibrium(record, bids),
        "implied_rho": _implied_rho(record),
    }
    for key, values in (
        ("mean_revenue", outcomes.revenue),
        ("mean_price", outcomes.price),
        ("efficiency", outcomes.efficient),
        ("winner_profit", outcomes.profit),
    ):
        known = ~np.isnan(values)
        found[key] = mean_by_session(values[known], outcomes.sessions[known])
    return found


def _sum_of_squares(excess: FloatArray, sessions: IntArray) -> Mean:
    """Return a sum of squares with its error."""
    squares = excess**2
    found = jackknife(squares[None], lambda sums: float(sums[0]), sessions)
    return replace(found, value=math.fsum(squares.tolist()))


def _fit(bids: Bids, benchmark: FloatArray) -> Mean:
    """Return R^2 against a benchmark with its error."""
    offset = bids.bids - (bids.bids.mean() if len(bids) else 0.0)
    terms = np.stack([(bids.bids - benchmark) ** 2, offset**2, offset, np.ones(len(bids))])

    def of(sums: FloatArray) -> float | None:
        rest, squares, first, count = sums.tolist()
        total = squares - first**2 / count if count else 0.0
        return 1 - rest / total if total > _NEAR * max(1.0, squares) else None

    found = jackknife(terms, of, bids.sessions)
    return replace(found, value=r_squared(bids.bids.tolist(), benchmark.tolist()))


def _implied_rho(record: ExperimentRecord) -> Mean:
    """Return the risk aversion that bids imply; no value where no formula is known."""
    auction = record.experiment.auction
    seen = observations(record.experiment, record.rounds)
    value = implied_rho(auction, seen)
    if value is None:
        return Mean(None, None, len(seen), 0)
    types = np.array([it.value for it in seen], dtype=np.float64)
    shown = np.array([it.bid for it in seen], dtype=np.float64)
    n = auction.n_bidders

    def of(sums: FloatArray) -> float | None:
        cross, squares = sums.tolist()
        return n - (n - 1) * squares / cross if cross else None

    found = jackknife(np.stack([types * shown, types**2]), of, [it.session for it in seen])
    return replace(found, value=value)


def _against_equilibrium(record: ExperimentRecord, bids: Bids) -> Mean:
    """Return R^2 against the benchmark of a record, types that stay out left aside."""
    wanted = benchmark_by("bne", record.benchmark)
    if wanted is None:
        return Mean(None, None, 0, 0)
    pairs = zip(bids.seats.tolist(), bids.types.tolist(), strict=True)
    found = [wanted(seat, own) for seat, own in pairs]
    ideal = np.array([np.nan if bid is None else bid for bid in found], dtype=np.float64)
    known = ~np.isnan(ideal)
    return _fit(bids.chosen(known), ideal[known])
