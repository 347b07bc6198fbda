"""What follows from the rounds of an experiment: theory page, section 6; pure functions on rounds.

Of a rising clock the winner's bid is not known, only that it is no less than the price: it is left
out, as are bids of those who stayed out. Sums are exact, so that nothing depends on their order.
O(rounds * n).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.solution import STATISTICS, Number, Round, plain
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.instance.priors import Integers, Uniform
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = [
    "Benchmark", "Observation", "benchmark_by", "implied_rho", "is_efficient", "observations",
    "r_squared", "statistics_of",
]  # fmt: skip

Benchmark = Callable[[int, float], float | None]
"""What a bidder of a seat and a type should have bid; None where there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A bid that was seen.

    Parameters
    ----------
    session, round, bidder : whose, and when.
    value, bid : its type, and what it bid.
    won : whether it won.
    """

    session: int
    round: int
    bidder: int
    value: Number
    bid: Number
    won: bool


def observations(experiment: AuctionExperiment, rounds: Iterable[Round]) -> list[Observation]:
    """Return all bids whose amount is known, with the types behind them."""
    rising = experiment.auction.format in ("english", "english_blind")
    return [
        Observation(played.session, played.round, seat, value, bid, seat == played.winner)
        for played in rounds
        for seat, (value, bid) in enumerate(zip(played.values, played.bids, strict=True))
        if value is not None and bid is not None and not (rising and seat == played.winner)
    ]


def benchmark_by(kind: str, solution: SingleItemAuctionSolution | None) -> Benchmark | None:
    """Return the benchmark of a kind: the equilibrium, the truth, or none."""
    if kind == "truthful":
        return lambda seat, value: value
    if kind != "bne" or solution is None:
        return None

    def bid(seat: int, value: float) -> float | None:
        strategy = solution.strategy_of(seat)
        if strategy.mixed is None:
            return strategy.bid(value)
        place = sum(entry <= value for entry in strategy.values.tolist()) - 1
        offers = strategy.offers(place) if place >= 0 else ()
        inside = [(amount, share) for amount, share in offers if amount is not None]
        weight = math.fsum(share for _, share in inside)
        return math.fsum(amount * share for amount, share in inside) / weight if inside else None

    return bid


def r_squared(bids: Sequence[Number], wanted: Sequence[Number]) -> float | None:
    """Return ``1 - sum (b - b*)^2 / sum (b - mean b)^2``; None where bids do not differ.

    Examples
    --------
    >>> r_squared([1, 2, 3], [1, 2, 3]), r_squared([1, 2, 3], [3, 2, 1]), r_squared([2, 2], [1, 1])
    (1.0, -3.0, None)
    """
    if not bids:
        return None
    mean = math.fsum(bids) / len(bids)
    total = math.fsum((bid - mean) ** 2 for bid in bids)
    rest = math.fsum((bid - want) ** 2 for bid, want in zip(bids, wanted, strict=True))
    return None if total == 0 else 1 - rest / total


def implied_rho(auction: SingleItemAuction, seen: Sequence[Observation]) -> float | None:
    """Return the risk aversion by which AUC-2 fits bids best: of ``b = (n - 1) v / (n - rho)``.

    Known for first price and Dutch auctions with values uniform from 0 on, without reserve; None
    elsewhere. It may lie outside of [0, 1), where no risk aversion explains the bids.
    """
    prior = auction.values.own(0)
    fits = auction.sealed_format == "first_price" and auction.values.model == "private"
    fits = fits and auction.values.is_symmetric and isinstance(prior, Integers | Uniform)
    if not fits or prior.support[0] != 0 or auction.reserve or auction.n_bidders < 2:
        return None
    cross = math.fsum(it.value * it.bid for it in seen)
    if cross == 0:
        return None
    n = auction.n_bidders
    return n - (n - 1) * math.fsum(it.value**2 for it in seen) / cross


def statistics_of(
    experiment: AuctionExperiment,
    rounds: Sequence[Round],
    benchmark: Benchmark | None,
    seat: int | None = None,
) -> dict[str, Number | None]:
    """Return the statistics of rounds, None where there is nothing to compute one from.

    Parameters
    ----------
    experiment : the plan.
    rounds : those played.
    benchmark : what bids are compared with; None: with nothing.
    seat : whose bids are looked at; None: those of all.
    """
    auction = experiment.auction
    seen = [it for it in observations(experiment, rounds) if seat in (None, it.bidder)]
    found: dict[str, Number | None] = dict.fromkeys(STATISTICS)
    found["bids"] = len(seen)
    found |= _beside_values(auction, seen)
    if benchmark is not None:
        found |= _beside_benchmark(seen, benchmark)
    found["implied_rho"] = implied_rho(auction, seen)
    if rounds:
        paid = [math.fsum(played.payments) for played in rounds]
        found["mean_revenue"] = plain(math.fsum(paid) / len(rounds))
        best = [is_efficient(auction, played) for played in rounds]
        known = [fine for fine in best if fine is not None]
        found["efficiency"] = sum(known) / len(known) if known else None
    gains = [played.profits[played.winner] for played in rounds if played.winner is not None]
    earned = [gain for gain in gains if gain is not None]
    found["winner_profit"] = plain(math.fsum(earned) / len(earned)) if earned else None
    return found


def _beside_values(
    auction: SingleItemAuction, seen: Sequence[Observation]
) -> dict[str, Number | None]:
    """Return how bids compare with values."""
    if not seen:
        return {}
    size, off = len(seen), [it.bid - it.value for it in seen]
    found: dict[str, Number | None] = {
        "share_truthful": sum(it == 0 for it in off) / size,
        "share_above": sum(it > 0 for it in off) / size,
        "share_below": sum(it < 0 for it in off) / size,
        "mean_absolute_deviation": plain(math.fsum(map(abs, off)) / size),
        "r_squared_truthful": r_squared([it.bid for it in seen], [it.value for it in seen]),
    }
    if auction.bids is not None:
        step = auction.bids.increment * (1 + 1e-9)
        found["share_within_increment"] = sum(abs(it) <= step for it in off) / size
    return found


def _beside_benchmark(
    seen: Sequence[Observation], benchmark: Benchmark
) -> dict[str, Number | None]:
    """Return how bids compare with those of the benchmark."""
    pairs = [(it.bid, benchmark(it.bidder, it.value)) for it in seen]
    known = [(bid, want) for bid, want in pairs if want is not None]
    return {
        "ss_above": plain(math.fsum((bid - want) ** 2 for bid, want in known if bid > want)),
        "ss_below": plain(math.fsum((bid - want) ** 2 for bid, want in known if bid < want)),
        "r_squared_equilibrium": r_squared([bid for bid, _ in known], [want for _, want in known]),
    }


def is_efficient(auction: SingleItemAuction, played: Round) -> bool | None:
    """Return whether a bidder to whom the prize is worth most got it; None if that is not known."""
    if auction.values.model == "common":
        return played.winner is not None
    if any(value is None for value in played.values):
        return None
    top = max(value for value in played.values if value is not None)
    return played.winner is not None and played.values[played.winner] == top
