"""The statistics of a record, from their formulas, with arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.solution import STATISTICS, ExperimentRecord, Number
from eqsolve.families.single_item_auction.instance.priors import Integers, Uniform
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["recomputed"]


def recomputed(record: ExperimentRecord) -> Mapping[str, Number | None]:
    """Return the statistics that the rounds of a record lead to."""
    plan = record.experiment
    found: dict[str, Number | None] = dict.fromkeys(STATISTICS)
    seats, values, bids = _seen(record)
    found["bids"] = len(bids)
    if len(bids):
        off = bids - values
        found["share_truthful"] = float(np.mean(off == 0))
        found["share_above"] = float(np.mean(off > 0))
        found["share_below"] = float(np.mean(off < 0))
        found["mean_absolute_deviation"] = float(np.mean(np.abs(off)))
        found["r_squared_truthful"] = _fit(bids, values)
        if plan.auction.bids is not None:
            step = plan.auction.bids.increment
            found["share_within_increment"] = float(np.mean(np.abs(off) <= step * (1 + 1e-9)))
    wanted = _benchmark(record, seats, values)
    if wanted is not None:
        known = ~np.isnan(wanted)
        gap = (bids - wanted)[known]
        found["ss_above"] = float(np.sum(gap[gap > 0] ** 2))
        found["ss_below"] = float(np.sum(gap[gap < 0] ** 2))
        found["r_squared_equilibrium"] = _fit(bids[known], wanted[known])
    found["implied_rho"] = _risk(plan, values, bids)
    rounds = record.rounds
    if rounds:
        found["mean_revenue"] = float(np.mean([sum(entry.payments) for entry in rounds]))
        found["efficiency"] = _efficiency(record)
    gains = [
        entry.profits[entry.winner]
        for entry in rounds
        if entry.winner is not None and entry.profits[entry.winner] is not None
    ]
    found["winner_profit"] = float(np.mean(np.array(gains, dtype=float))) if gains else None
    return found


def _seen(record: ExperimentRecord) -> tuple[list[int], FloatArray, FloatArray]:
    """Return seats, values and bids of all bids that are known."""
    hides_winner = record.experiment.auction.format.startswith("english")
    seats, values, bids = [], [], []
    for entry in record.rounds:
        for seat, bid in enumerate(entry.bids):
            value = entry.values[seat]
            if bid is None or value is None or (hides_winner and entry.winner == seat):
                continue
            seats.append(seat)
            values.append(float(value))
            bids.append(float(bid))
    return seats, np.array(values), np.array(bids)


def _fit(bids: FloatArray, wanted: FloatArray) -> float | None:
    """Return R squared of bids beside what they should be."""
    if not len(bids) or (bids == bids[0]).all():
        return None
    spread = float(np.sum((bids - bids.mean()) ** 2))
    return 1 - float(np.sum((bids - wanted) ** 2)) / spread


def _benchmark(
    record: ExperimentRecord, seats: Sequence[int], values: FloatArray
) -> FloatArray | None:
    """Return what bids are compared with, NaN where there is nothing; None for no benchmark."""
    if record.benchmark_kind == "truthful":
        return values
    if record.benchmark_kind == "none" or record.benchmark is None:
        return None
    wanted = np.full(len(values), np.nan)
    for number, strategy in enumerate(record.benchmark.strategies):
        mine = np.array([record.benchmark.classes[seat] == number for seat in seats], dtype=bool)
        if mine.any():
            mean = _mean_bid(strategy.values, _means(strategy), finite=strategy.finite)
            wanted[mine] = mean(values[mine])
    return wanted


def _means(strategy: Strategy) -> FloatArray:
    """Return the mean bid at each listed value."""
    found = []
    for place in range(len(strategy.values)):
        offers = [(bid, chance) for bid, chance in strategy.offers(place) if bid is not None]
        weight = float(sum(chance for _, chance in offers))
        total = float(sum(bid * chance for bid, chance in offers))
        found.append(total / weight if offers else np.nan)
    return np.array(found, dtype=float)


def _mean_bid(
    points: FloatArray, means: FloatArray, *, finite: bool
) -> Callable[[FloatArray], FloatArray]:
    """Return the mean bid as a function of the value."""

    def bid(values: FloatArray) -> FloatArray:
        at = np.searchsorted(points, values, side="right") - 1
        if finite or len(points) == 1:
            return np.where(at < 0, np.nan, means[np.maximum(at, 0)])
        at = np.clip(at, -1, len(points) - 1)
        left, right = np.maximum(at, 0), np.minimum(at + 1, len(points) - 1)
        run = points[right] - points[left]
        slope = np.divide(means[right] - means[left], run, out=np.zeros(len(at)), where=run > 0)
        return np.where(at < 0, np.nan, means[left] + slope * (values - points[left]))

    return bid


def _risk(plan: AuctionExperiment, values: FloatArray, bids: FloatArray) -> float | None:
    """Return the rho that fits ``b = (n - 1) v / (n - rho)`` best, by least squares."""
    auction, n = plan.auction, plan.n_bidders
    prior = auction.values.own(0)
    if (
        auction.format not in ("first_price", "dutch")
        or auction.values.model != "private"
        or not auction.values.is_symmetric
        or not isinstance(prior, Integers | Uniform)
        or prior.support[0] != 0
        or auction.reserve > 0
        or n < 2
        or not values @ bids
    ):
        return None
    slope = float(values @ bids) / float(values @ values)
    return n - (n - 1) / slope


def _efficiency(record: ExperimentRecord) -> float | None:
    """Return the share of rounds in which the prize went to who values it most."""
    if record.experiment.auction.values.model == "common":
        return float(np.mean([entry.winner is not None for entry in record.rounds]))
    fine = []
    for entry in record.rounds:
        if None not in entry.values:
            won = entry.winner is not None and entry.values[entry.winner]
            best = max(float(value) for value in entry.values if value is not None)
            fine.append(entry.winner is not None and won == best)
    return float(np.mean(fine)) if fine else None
