"""Random and structured instances: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["RECIPES", "Affiliated", "Asymmetric", "Common", "Grid", "Private"]

Format = Literal[
    "first_price", "second_price", "kth_price", "all_pay", "dutch", "english", "english_blind"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bidders(Recipe):
    """What the recipes share.

    Parameters
    ----------
    format : of the auction; ``kth_price`` has k = 3.
    bidders : number of bidders.
    """

    format: Format = "first_price"
    bidders: int = 3

    def __post_init__(self) -> None:
        if self.bidders < 1 or (self.format == "kth_price" and self.bidders < 3):
            raise OptionError("bidders must be >= 1, and >= 3 for kth_price")

    def made(self, values: Mapping[str, Any], **more: Any) -> SingleItemAuction:
        """Return the auction with such values."""
        k = 3 if self.format == "kth_price" else None
        return SingleItemAuction(self.format, self.bidders, values, k=k, **more)


def _prior(rng: np.random.Generator, top: float) -> dict[str, Any]:
    """Return a continuous prior on [0, top], of a form at random."""
    form = str(rng.choice(["uniform", "power", "exponential", "normal", "beta", "histogram"]))
    numbers = rng.uniform(0.4, 3.0, 2).round(2).tolist()
    if form == "uniform":
        return {"uniform": [0, top]}
    if form == "power":
        return {"power": [0, top, numbers[0]]}
    if form == "exponential":
        return {"exponential": [round(numbers[0] / top, 6), 0, top]}
    if form == "normal":
        return {"normal": [round(top * numbers[0] / 3, 4), round(top * numbers[1] / 6, 4), 0, top]}
    if form == "beta":
        return {"beta": [max(1.0, numbers[0]), max(1.0, numbers[1]), 0, top]}
    weights = rng.integers(1, 6, 4).tolist()
    return {"histogram": {"edges": np.linspace(0, top, 5).tolist(), "weights": weights}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Private(_Bidders):
    """Equal bidders with a continuous prior at random.

    Parameters
    ----------
    top : greatest value.
    reserve : of the seller.
    risk : CRRA coefficient.
    """

    name: ClassVar[str] = "private"
    summary: ClassVar[str] = "independent private values, one prior of any form"
    source: ClassVar[str] = "Krishna (2009), Auction Theory, chapters 2 to 4"

    top: float = 99.0
    reserve: float = 0.0
    risk: float = 0.0

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> SingleItemAuction:
        """Return one instance."""
        values = {"model": "private", "prior": _prior(rng, self.top)}
        return self.made(values, reserve=self.reserve, risk=self.risk, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetric(_Bidders):
    """Bidders with priors of their own."""

    name: ClassVar[str] = "asymmetric"
    summary: ClassVar[str] = "independent private values, a prior for each bidder"
    source: ClassVar[str] = "Krishna (2009), Auction Theory, section 4.3"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> SingleItemAuction:
        """Return one instance."""
        tops = rng.integers(50, 101, self.bidders).tolist()
        values = {"model": "private", "priors": [_prior(rng, top) for top in tops]}
        return self.made(values, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(_Bidders):
    """Small finite auctions: few values with weights, whole bids, ties.

    Parameters
    ----------
    values : number of values.
    top : greatest value and greatest bid.
    """

    name: ClassVar[str] = "grid"
    summary: ClassVar[str] = "few whole values with weights, whole bids: all equilibria listed"

    values: int = 3
    top: int = 6

    def __post_init__(self) -> None:
        _Bidders.__post_init__(self)
        if not 1 <= self.values <= self.top + 1:
            raise OptionError("values must be 1 to top + 1")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> SingleItemAuction:
        """Return one instance."""
        points = sorted(rng.choice(self.top + 1, self.values, replace=False).tolist())
        weights = rng.integers(1, 5, self.values).tolist()
        values = {"model": "private", "prior": {"points": points, "weights": weights}}
        bids = {"min": 0, "max": self.top, "increment": 1}
        return self.made(values, bids=bids, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliated(_Bidders):
    """A common part and a private one, as in experiments with clocks.

    Parameters
    ----------
    common, private : greatest numbers of the two parts.
    """

    name: ClassVar[str] = "affiliated"
    summary: ClassVar[str] = "affiliated private values: a common part and a private one"
    source: ClassVar[str] = "Li (2017), American Economic Review 107(11)"

    common: float = 20.0
    private: float = 20.0

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> SingleItemAuction:
        """Return one instance; widths are up to a tenth larger."""
        stretch = rng.uniform(1.0, 1.1, 2).round(3)
        values = {
            "model": "affiliated",
            "common": {"uniform": [0, float(round(self.common * stretch[0], 3))]},
            "private": {"uniform": [0, float(round(self.private * stretch[1], 3))]},
        }
        return self.made(values, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common(_Bidders):
    """A common value seen with uniform noise.

    Parameters
    ----------
    low, high : of the value.
    noise : greatest error.
    """

    name: ClassVar[str] = "common"
    summary: ClassVar[str] = "a common value seen with uniform noise: the winner's curse"
    source: ClassVar[str] = "Kagel and Levin (1986), American Economic Review 76(5)"

    low: float = 20.0
    high: float = 79.0
    noise: float = 20.0

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> SingleItemAuction:
        """Return one instance; the noise is up to a tenth smaller."""
        noise = float(round(self.noise * rng.uniform(0.9, 1.0), 3))
        values = {"model": "common", "value": {"uniform": [self.low, self.high]}, "noise": noise}
        return self.made(values, name=name, metadata=metadata)


RECIPES: tuple[type[Recipe], ...] = (Private, Grid, Asymmetric, Affiliated, Common)
