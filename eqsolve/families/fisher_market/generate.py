"""Seeded random and structured Fisher markets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.fisher_market.instance import FisherMarket

__all__ = ["RECIPES", "AdAuction", "LowRank", "Uniform", "WholeNumbers"]

Kind = Literal["linear", "leontief", "cobb_douglas", "quasi_linear", "ces"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sized(Recipe):
    """Base: sizes and utility.

    Parameters
    ----------
    buyers, goods : sides.
    utility : kind of utility.
    rho : exponent, for CES utility.
    """

    buyers: int = 20
    goods: int = 10
    utility: Kind = "linear"
    rho: float = 0.5

    def market(
        self, utilities: NumberArray, budgets: NumberArray, supplies: object = None, **common: Any
    ) -> FisherMarket:
        """Return the market with the recipe's utility."""
        kind: object = {"ces": self.rho} if self.utility == "ces" else self.utility
        return FisherMarket(utilities, budgets, supplies, utility=kind, **common)

    def sizes(self) -> tuple[int, int]:
        """Return the sides, or raise `OptionError`."""
        for name in ("buyers", "goods"):
            if getattr(self, name) < 0:
                raise OptionError(f"option {name} = {getattr(self, name)}: must be >= 0")
        return self.buyers, self.goods


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(_Sized):
    """Coefficients uniform in [0, 1), budgets and supplies 1."""

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "coefficients uniform in [0, 1), budgets and supplies 1"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> FisherMarket:
        """Draw a market."""
        n, m = self.sizes()
        return self.market(rng.random((n, m)), np.ones(n), name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeNumbers(_Sized):
    """Small whole numbers: ties and zeros everywhere.

    Parameters
    ----------
    top : coefficients are 0..top; budgets and supplies 1..top.
    """

    name: ClassVar[str] = "whole"
    summary: ClassVar[str] = "coefficients 0..top, budgets and supplies 1..top: ties and zeros"

    top: int = 9

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> FisherMarket:
        """Draw a market."""
        n, m = self.sizes()
        if self.top < 1:
            raise OptionError(f"option top = {self.top}: must be >= 1")
        values = rng.integers(0, self.top + 1, (n, m))
        budgets, supplies = rng.integers(1, self.top + 1, n), rng.integers(1, self.top + 1, m)
        return self.market(values, budgets, supplies, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class LowRank(_Sized):
    """Tastes times features, with noise: real valuations are nearly of low rank.

    Parameters
    ----------
    rank : number of features.
    noise : standard deviation of the logarithm of a factor on each coefficient.
    """

    name: ClassVar[str] = "low_rank"
    summary: ClassVar[str] = "tastes x features with noise, log-normal budgets"
    source: ClassVar[str] = "Kroer, Peysakhovich, Sodomka and Stier-Moses 2019, low-rank markets"

    rank: int = 3
    noise: float = 0.1

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> FisherMarket:
        """Draw a market."""
        n, m = self.sizes()
        if self.rank < 1 or self.noise < 0:
            raise OptionError("options rank and noise: rank must be >= 1 and noise >= 0")
        values = rng.random((n, self.rank)) @ rng.random((self.rank, m))
        values *= rng.lognormal(0.0, self.noise, (n, m))
        return self.market(values, rng.lognormal(0.0, 1.0, n), name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdAuction(_Sized):
    """Advertisers with heavy-tailed budgets who value few of the impression types.

    Parameters
    ----------
    interest : probability that an advertiser values a type of impression.
    tail : exponent of the Pareto distribution of budgets; smaller is more unequal.
    """

    name: ClassVar[str] = "ad_auction"
    summary: ClassVar[str] = "quasi-linear advertisers, sparse log-normal values, Pareto budgets"
    source: ClassVar[str] = (
        "Conitzer et al. 2022, pacing equilibrium in first price auction markets"
    )

    utility: Kind = "quasi_linear"
    interest: float = 0.3
    tail: float = 1.2

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> FisherMarket:
        """Draw a market."""
        n, m = self.sizes()
        if not 0 <= self.interest <= 1 or self.tail <= 0:
            raise OptionError("options interest and tail: 0 <= interest <= 1 and tail > 0")
        quality = rng.lognormal(0.0, 0.5, m)
        values = rng.lognormal(0.0, 1.0, (n, m)) * quality * (rng.random((n, m)) < self.interest)
        budgets = (1.0 + rng.pareto(self.tail, n)) * m / (4 * max(n, 1))
        return self.market(values, budgets, name=name, metadata=metadata)


RECIPES: tuple[type[Recipe], ...] = (Uniform, WholeNumbers, LowRank, AdAuction)
