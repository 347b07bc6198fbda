"""The types that a mechanism is fitted to: all of them where they are few, else draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw, Law, Valuations
from eqsolve.families.auction_design.instance.streams import Purpose, blocks
from eqsolve.families.auction_design.instance.valuations import joined

__all__ = ["Fit", "fit_types", "group_types"]


class Fit(NamedTuple):
    """Types of one bidder with weights that sum to 1; `exact` says whether they are all."""

    types: Valuations
    weights: FloatArray
    exact: bool


def fit_types(
    instance: AuctionDesign, draws: int, seed: int, purpose: Purpose = "fit"
) -> tuple[Fit, ...]:
    """Return for each bidder the types to fit to: all, or so many draws.

    Identical bidders share theirs: to play against each other they must be drawn anew.

    Parameters
    ----------
    draws : of each bidder who has infinitely many types.
    seed, purpose : of the draws, see `streams`.
    """
    groups = group_types(instance, draws, seed, purpose)
    return tuple(
        fit for fit, (_, count) in zip(groups, instance.groups, strict=True) for _ in range(count)
    )


def group_types(
    instance: AuctionDesign, draws: int, seed: int, purpose: Purpose = "fit"
) -> tuple[Fit, ...]:
    """Return the types to fit to of each group of identical bidders: those of its first one."""
    counts = [count for _, count in instance.groups]
    first = [sum(counts[:g]) for g in range(len(counts))]
    sampled: list[list[Valuations]] = [[] for _ in first]
    wanted = [g for g, (law, _) in enumerate(instance.groups) if not isinstance(law, FiniteLaw)]
    if wanted:
        bidders = [first[g] for g in wanted]
        for block in blocks(instance.laws, draws, seed, purpose, bidders=bidders):
            for g, types in zip(wanted, block, strict=True):
                sampled[g].append(types)
    return tuple(_fit(law, parts) for (law, _), parts in zip(instance.groups, sampled, strict=True))


def _fit(law: Law, parts: list[Valuations]) -> Fit:
    """Return all types of positive probability, or the draws as one."""
    if isinstance(law, FiniteLaw):
        alive = np.flatnonzero(np.asarray(law.weights) > 0)
        return Fit(law.valuations.take(alive), law.probabilities[alive], True)
    types = joined(parts)
    return Fit(types, np.full(len(types), 1 / len(types)), False)
