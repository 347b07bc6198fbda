"""The types that a mechanism is fitted to: all of them where they are few, else draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw, Law, Valuations
from eqsolve.families.auction_design.instance.streams import Purpose, blocks
from eqsolve.families.auction_design.instance.valuations import joined

__all__ = ["Fit", "fit_types"]


class Fit(NamedTuple):
    """Types of one bidder with weights that sum to 1; `exact` says whether they are all."""

    types: Valuations
    weights: FloatArray
    exact: bool


def fit_types(
    instance: AuctionDesign, draws: int, seed: int, purpose: Purpose = "fit"
) -> tuple[Fit, ...]:
    """Return for each bidder the types to fit to: all, or so many draws.

    Parameters
    ----------
    draws : of each bidder who has infinitely many types.
    seed, purpose : of the draws, see `streams`.
    """
    sampled: list[list[Valuations]] = [[] for _ in instance.laws]
    if not instance.is_finite:
        for block in blocks(instance.laws, draws, seed, purpose):
            for i, types in enumerate(block):
                sampled[i].append(types)
    return tuple(_fit(law, parts) for law, parts in zip(instance.laws, sampled, strict=True))


def _fit(law: Law, parts: list[Valuations]) -> Fit:
    """Return all types of positive probability, or the draws as one."""
    if isinstance(law, FiniteLaw):
        alive = np.flatnonzero(np.asarray(law.weights) > 0)
        return Fit(law.valuations.take(alive), law.probabilities[alive], True)
    types = joined(parts)
    return Fit(types, np.full(len(types), 1 / len(types)), False)
