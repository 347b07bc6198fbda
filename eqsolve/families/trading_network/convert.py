"""Real assignment markets as trading networks: a random part of the pairs know each other.

The markets are read by the assignment converters; which pairs know each other is not in such data,
so each pair is known with probability `known_share`, drawn from `seed` in the order of buyers and
sellers. Both are recorded in the metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.converter import Converter
from eqsolve.core.errors import OptionError
from eqsolve.families.assignment_market.convert import CategoricalBids, Similarities, UnitDemand
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.trading_network.instance import TradingNetwork

__all__ = [
    "CONVERTERS",
    "CategoricalBidsNetwork",
    "SimilaritiesNetwork",
    "UnitDemandNetwork",
    "hide_pairs",
]


def hide_pairs(
    market: AssignmentMarket, known_share: float, seed: int, commission: float = 1.0
) -> TradingNetwork:
    """Return the network in which a random part of a market's pairs know each other.

    Parameters
    ----------
    market : values; reserves are not used.
    known_share : probability that a pair knows each other, in [0, 1].
    seed : of the random numbers.
    commission : see `TradingNetwork`.

    Raises
    ------
    InstanceError : not an assignment market.
    OptionError : a share outside [0, 1], or a seed that is no whole number >= 0.

    Notes
    -----
    Cost O(n m), for sparse markets O(edges). Source: networks as in D'Amico-Wong, Gonczarowski, Ma
    and Parkes (2024); that pairs are known independently is our choice.

    Examples
    --------
    >>> hide_pairs(AssignmentMarket([[1, 2], [3, 4]]), 0.5, seed=0).known.tolist()
    [[0, 1], [1, 0], [1, 1]]
    """
    require_instance(market, AssignmentMarket, "market")
    require_count(seed, "seed")
    if not isinstance(known_share, int | float | np.number) or not 0 <= known_share <= 1:
        raise OptionError(f"option known_share = {known_share!r}: must be in [0, 1]")
    indptr, columns, _ = market.values.csr()
    rows = np.repeat(np.arange(market.n_buyers), np.diff(indptr))
    drawn = np.random.default_rng(seed).random(len(rows)) < known_share
    return TradingNetwork(
        market.values,
        np.stack([rows[drawn], columns[drawn]], axis=1),
        commission=commission,
        name=f"{market.name}-known{known_share:g}-seed{seed}",
        labels=dict(market.labels),
        metadata={**market.metadata, "known_share": known_share, "known_seed": seed},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hidden(Converter):
    """Base: how many pairs are known.

    Parameters
    ----------
    known_share : probability that a pair knows each other.
    seed : of the random numbers.
    commission : share of prices that the platform earns.
    """

    kind: ClassVar[str] = "trading_network"

    known_share: float = 0.3
    seed: int = 0
    commission: float = 1.0

    def recognizes(self, path: Path) -> bool:
        """Return False: such files are assignment markets unless ``from=`` is said."""
        return False

    def markets(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the markets of the file."""
        raise NotImplementedError

    def read(self, path: Path) -> Iterator[TradingNetwork]:
        """Yield a network for each market of the file."""
        for market in self.markets(path):
            yield hide_pairs(market, self.known_share, self.seed, self.commission)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDemandNetwork(_Hidden):
    """Unit-demand market files with a random part of the listed pairs known."""

    name: ClassVar[str] = "unit_demand_network"
    summary: ClassVar[str] = "unit-demand market files; a random share of the pairs is known"
    source: ClassVar[str] = UnitDemand.source

    def markets(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file."""
        return UnitDemand().read(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalBidsNetwork(_Hidden):
    """PrefLib categorical bids with a random part of the pairs known.

    Parameters
    ----------
    scale : see `eqsolve.families.assignment_market.convert.CategoricalBids`.
    """

    name: ClassVar[str] = "preflib_network"
    summary: ClassVar[str] = "PrefLib categorical bids; a random share of the pairs is known"
    source: ClassVar[str] = CategoricalBids.source

    scale: str = "count-down"

    def markets(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file."""
        return CategoricalBids(scale=self.scale).read(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilaritiesNetwork(_Hidden):
    """Tables of similarities with a random part of the pairs known.

    Parameters
    ----------
    negative : see `eqsolve.families.assignment_market.convert.Similarities`.
    """

    name: ClassVar[str] = "similarity_network"
    summary: ClassVar[str] = "JSON similarities; a random share of the pairs is known"
    source: ClassVar[str] = Similarities.source

    negative: Literal["clip", "shift", "drop"] = "clip"

    def markets(self, path: Path) -> Iterator[AssignmentMarket]:
        """Yield the market of the file."""
        return Similarities(negative=self.negative).read(path)


CONVERTERS: tuple[type[Converter], ...] = (
    UnitDemandNetwork,
    CategoricalBidsNetwork,
    SimilaritiesNetwork,
)
