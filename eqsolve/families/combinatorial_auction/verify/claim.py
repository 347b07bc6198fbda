"""What is claimed of an auction, beside the exact sums that follow from the accepted bids.

Claimed numbers are floats of exact sums, so a claim must be the nearest float. The questions that
need a search share one clock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.families.combinatorial_auction.solution import AuctionSolution
from eqsolve.families.combinatorial_auction.verify.bids import Bids
from eqsolve.families.combinatorial_auction.verify.optimum import Optimum, any_set, best_set

__all__ = ["Claim", "is_index", "is_number", "shown"]

_ZERO = Fraction(0)
_ROUNDING = Fraction(1, 2**50)
"""Share of the largest amount by which a float may miss an exact sum."""
SECONDS = 60.0
"""For all searches together."""


class Claim:
    """One claim, with the sums made anew.

    Parameters
    ----------
    bids : the auction's.
    result : what is claimed.
    solution : its solution, with bids that can win together.
    builder : collects what is found.

    Attributes
    ----------
    values : accepted prices of each bidder.
    reserve : worth of each bidder's units at their reserves.
    bundles : units of each bidder, rising.
    welfare : of the accepted bids.
    paid : the claimed payments.
    slack : tolerance for what is computed in floats: core payments and clearing prices.
    """

    def __init__(
        self,
        bids: Bids,
        result: Result[AuctionSolution],
        solution: AuctionSolution,
        builder: ReportBuilder,
    ) -> None:
        self.bids, self.auction = bids, bids.auction
        self.result, self.solution, self.builder = result, solution, builder
        n = self.auction.n_bidders
        self.values, bundles = [_ZERO] * n, [[] for _ in range(n)]  # type: ignore[var-annotated]
        for b in solution.accepted:
            bid = bids.all[b]
            bundles[bid.bidder] += bid.bundle
            self.values[bid.bidder] += bid.price
        self.bundles: list[list[int]] = [sorted(bundle) for bundle in bundles]
        self.reserve = [bids.reserve(bundle) for bundle in self.bundles]
        self.welfare = bids.welfare(solution.accepted)
        self.paid = [Fraction(payment) for payment in solution.payments.tolist()]
        tolerance = Fraction(builder.tolerances.relative)
        self.slack = tolerance * max(bids.scale, Fraction(1, 10**300))
        proof = result.certificate
        self.data: Mapping[str, Any] = proof.data if isinstance(proof, BoundCertificate) else {}
        self._seconds = SECONDS
        self._is_late = False

    def best(self, **question: Any) -> Optimum:
        """Return the verifier's own optimum, found within what is left of its time."""
        clock = self.builder.deadline
        if clock is not None and clock.expired():
            self._is_late = True
            return any_set(self.bids)
        start = time.monotonic()
        seconds = self._seconds if clock is None else min(self._seconds, clock.remaining)
        found = best_set(self.bids, seconds=seconds, **question)
        self._seconds -= time.monotonic() - start
        return found

    def evidence(self, entry: str, part: str, length: int) -> list[Fraction] | None:
        """Return a list of so many numbers in the certificate, None where it holds none."""
        holder = self.data.get(entry)
        given = holder.get(part) if isinstance(holder, Mapping) else None
        if not isinstance(given, list) or len(given) != length:
            return None
        if not all(is_number(value) for value in given):
            return None
        return [Fraction(value) for value in given]

    def rounding(self, amount: Fraction = _ZERO) -> Fraction:
        """Return by how much floats may miss a sum of this size."""
        return _ROUNDING * max(self.bids.scale, abs(amount), abs(self.welfare))

    def leave(self, claim: str, why: str = "a search does not settle it in its time") -> None:
        """Record a claim that is left open, and why."""
        late = "not looked through within the time limit"
        self.builder.leave(f"{claim}: {late if self._is_late else why}")

    def equal(
        self, id: str, condition: str, claim: Any, amount: Fraction, theorem: str = ""
    ) -> bool:
        """Check that one number is an exact amount."""
        good = is_number(claim) and self._is(claim, amount)
        problems = [] if good else [f"{claim} should be {shown(amount)}"]
        return self.builder.require(id, condition, problems, theorem=theorem)

    def each(
        self,
        id: str,
        condition: str,
        claims: Sequence[Any],
        amounts: Sequence[Fraction],
        theorem: str = "",
    ) -> bool:
        """Check one number per bidder."""
        problems = [
            f"{self.auction.label('bidders', i)}: {claim} should be {shown(amount)}"
            for i, (claim, amount) in enumerate(zip(claims, amounts, strict=True))
            if not self._is(claim, amount)
        ]
        return self.builder.require(id, condition, problems, theorem=theorem)

    def _is(self, claim: float, amount: Fraction) -> bool:
        """Return whether a number is an exact amount, as near as a float can be."""
        return abs(Fraction(claim) - amount) <= self.rounding(amount)


def is_number(value: Any) -> bool:
    """Return whether something is a finite number."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and math.isfinite(value)


def is_index(value: Any, size: int) -> bool:
    """Return whether something is a whole number from 0 to size - 1."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and 0 <= value < size


def shown(amount: Fraction) -> str:
    """Return an amount as text."""
    return str(int(amount)) if amount.denominator == 1 else f"{float(amount):.12g}"
