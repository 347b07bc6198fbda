"""Random and structured token auctions: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.token_auction.instance import TokenAuction

__all__ = ["RECIPES", "Chains", "OneStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base(Recipe):
    """Base: sizes, rule and payment.

    Parameters
    ----------
    agents, tokens : sizes.
    aggregation, payment : the rules; log-linear needs VCG or none.
    spread : of the distributions: small is peaked, large is even.
    reserve : bid of a model of the platform's own; 0 for none.
    """

    source: ClassVar[str] = "Dirichlet distributions, log-normal bids"

    agents: int = 2
    tokens: int = 5
    aggregation: Literal["linear", "log_linear"] = "linear"
    payment: Literal["second_price", "vcg", "none"] = "second_price"
    spread: float = 0.5
    reserve: float = 0.0

    def __post_init__(self) -> None:
        if self.agents < 1 or self.tokens < 1:
            raise OptionError("agents and tokens must be >= 1")
        if not self.spread > 0 or not self.reserve >= 0:
            raise OptionError("spread must be > 0, reserve >= 0")

    def bids(self, rng: np.random.Generator) -> FloatArray:
        """Return random bids."""
        return rng.lognormal(0.0, 1.0, self.agents)

    def rows(self, rng: np.random.Generator, *shape: int) -> FloatArray:
        """Return random distributions, shape ``(*shape, T)``."""
        found: FloatArray = rng.dirichlet(np.full(self.tokens, self.spread), shape)
        floor = 1e-12  # underflow would leave no common token
        found = np.maximum(found, floor)
        rows: FloatArray = found / found.sum(axis=-1, keepdims=True)
        return rows

    @property
    def rules(self) -> dict[str, Any]:
        """The fields of the rules."""
        return {"aggregation": self.aggregation, "payment": self.payment}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains(_Base):
    """Texts from random Markov chains.

    Parameters
    ----------
    length : tokens of a text.
    weights : fixed or posterior.
    """

    name: ClassVar[str] = "chains"
    summary: ClassVar[str] = "texts from random Markov chains"

    length: int = 6
    weights: Literal["fixed", "posterior"] = "fixed"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> TokenAuction:
        """Return one auction."""
        models = [
            {"markov": {"start": self.rows(rng), "next": self.rows(rng, self.tokens)}}
            for _ in range(self.agents + (self.reserve > 0))
        ]
        reserve = {"bid": self.reserve, "model": models.pop()} if self.reserve > 0 else None
        return TokenAuction(
            self.bids(rng),
            models=models,
            vocabulary=[f"w{k}" for k in range(self.tokens)],
            reserve=reserve,
            length=self.length,
            weights=self.weights,
            **self.rules,
            name=name,
            metadata=metadata,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStep(_Base):
    """One step with random distributions."""

    name: ClassVar[str] = "step"
    summary: ClassVar[str] = "one step with random distributions"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> TokenAuction:
        """Return one auction."""
        own = {"bid": self.reserve, "distribution": self.rows(rng)} if self.reserve > 0 else None
        return TokenAuction(
            self.bids(rng),
            self.rows(rng, self.agents),
            reserve=own,
            **self.rules,
            name=name,
            metadata=metadata,
        )


RECIPES: tuple[type[Recipe], ...] = (Chains, OneStep)
"""The recipes, the default first."""
