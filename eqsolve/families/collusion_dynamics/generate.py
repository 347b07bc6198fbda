"""Random and structured instances: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.payoffs import payoffs_from_bertrand, payoffs_from_logit

__all__ = ["RECIPES", "Bertrand", "Logit", "Ratio", "Tables"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batched(Recipe):
    """What the recipes share.

    Parameters
    ----------
    starts : number of starts, drawn between 0 and 1.
    size : rounds a batch; 0 for large batches only.
    rate : of the updates.
    horizon : number of updates; 0 for first passage.
    """

    starts: int = 3
    size: int = 0
    rate: float = 0.25
    horizon: int = 0

    def __post_init__(self) -> None:
        if self.starts < 1 or self.size < 0 or self.horizon < 0 or not 0 < self.rate < np.inf:
            raise OptionError("starts must be >= 1, size and horizon >= 0, rate > 0 and finite")

    def made(
        self, rng: np.random.Generator, fidelity: float, payoffs: Mapping[str, Any], **common: Any
    ) -> CollusionDynamics:
        """Return the instance; thresholds are given where no rest points may stand for them."""
        more: dict[str, Any] = {}
        if self.size:
            more = {"batch": {"size": self.size}, "rate": self.rate}
            if self.horizon:
                more["horizon"] = self.horizon
        start = rng.uniform(0.02, 0.98, self.starts).round(4)
        line = CollusionDynamics(fidelity, payoffs, start)
        if more and line.regime.collusive is None:
            more["thresholds"] = {"competition": 0.02, "collusion": 0.8}
        return CollusionDynamics(fidelity, payoffs, start, **more, **common)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(_Batched):
    """The duopoly of the paper at a random ratio and fidelity."""

    name: ClassVar[str] = "ratio"
    summary: ClassVar[str] = "the shorthand duopoly, ratio and fidelity at random"
    source: ClassVar[str] = "Cao and Hu (2026), arXiv 2601.01279"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CollusionDynamics:
        """Return one instance."""
        ratio = round(float(rng.uniform(1.05, 1.95)), 3)
        fidelity = round(float(rng.uniform(0.5, 1.0)), 3)
        return self.made(rng, fidelity, {"ratio": ratio}, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables(_Batched):
    """Any payoffs: small whole numbers, with ties.

    Parameters
    ----------
    sellers : number of sellers.
    largest : payoffs are 0 to this.
    """

    name: ClassVar[str] = "tables"
    summary: ClassVar[str] = "whole payoffs at random, fidelities in twentieths: every regime"

    sellers: int = 2
    largest: int = 4

    def __post_init__(self) -> None:
        _Batched.__post_init__(self)
        if self.sellers < 2 or self.largest < 1:
            raise OptionError("sellers must be >= 2, largest >= 1")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CollusionDynamics:
        """Return one instance."""
        high, low = rng.integers(0, self.largest + 1, (2, self.sellers)).tolist()
        fidelity = int(rng.integers(10, 21)) / 20
        payoffs = {"high": high, "low": low}
        return self.made(rng, fidelity, payoffs, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bertrand(_Batched):
    """Sellers who split the market at the lowest price.

    Parameters
    ----------
    sellers : number of sellers.
    ratio : high price divided by the low one.
    """

    name: ClassVar[str] = "bertrand"
    summary: ClassVar[str] = "the lowest price splits the market, fidelity at random"
    source: ClassVar[str] = "Cao and Hu (2026), arXiv 2601.01279"

    sellers: int = 3
    ratio: float = 1.5

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CollusionDynamics:
        """Return one instance."""
        fidelity = round(float(rng.uniform(0.7, 1.0)), 3)
        payoffs = payoffs_from_bertrand(self.sellers, self.ratio)
        return self.made(rng, fidelity, payoffs, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logit(_Batched):
    """The market of the literature on algorithmic collusion.

    Parameters
    ----------
    sellers : number of sellers.
    mu : how little prices matter.
    """

    name: ClassVar[str] = "logit"
    summary: ClassVar[str] = "logit demand, Nash and joint-profit prices, fidelity at random"
    source: ClassVar[str] = "Calvano, Calzolari, Denicolo and Pastorello (2020)"

    sellers: int = 2
    mu: float = 0.25

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CollusionDynamics:
        """Return one instance."""
        fidelity = round(float(rng.uniform(0.7, 1.0)), 3)
        payoffs = payoffs_from_logit(self.sellers, mu=self.mu)
        return self.made(rng, fidelity, payoffs, name=name, metadata=metadata)


RECIPES: tuple[type[Recipe], ...] = (Ratio, Tables, Bertrand, Logit)
