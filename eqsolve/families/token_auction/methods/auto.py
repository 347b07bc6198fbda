"""The default: closed forms for one step, a text for models, and whatever expectation is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from eqsolve.core.arguments import require_count
from eqsolve.core.method import Chooser
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.methods.base import TokenMethod
from eqsolve.families.token_auction.methods.generate import Generate
from eqsolve.families.token_auction.methods.sample import Sample
from eqsolve.families.token_auction.methods.step import Step
from eqsolve.families.token_auction.methods.tree import Tree
from eqsolve.families.token_auction.solution import TokenSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[TokenAuction, TokenSolution]):
    """Chooses a method.

    Parameters
    ----------
    seed : of the draws; None for none, where there is a single step.
    sampler : how tokens follow from random numbers.
    expect : ``exact`` looks at all texts, a number at a sample, none at one text.
    cache, offline, max_cost : of endpoints, see `generate`.
    """

    source: ClassVar[str] = TokenMethod.source

    seed: int | None = 0
    sampler: Literal["inverse", "race"] = "inverse"
    expect: Literal["exact"] | int | None = None
    cache: str | None = None
    offline: bool = False
    max_cost: float | None = None

    def __post_init__(self) -> None:
        if self.seed is not None:
            require_count(self.seed, "option seed")
        if isinstance(self.expect, int):
            require_count(self.expect, "option expect", 2)

    def choose_method(self, instance: TokenAuction) -> tuple[TokenMethod, str]:
        """Return the method for an instance and the reason."""
        if not instance.models:
            return Step(), "one step: its expectations are exact"
        if self.expect is None:
            return Generate(), "models, and no expectation is asked for"
        if self.expect == "exact":
            return Tree(), "all texts are asked for"
        return Sample(), f"a sample of {self.expect} texts is asked for"
