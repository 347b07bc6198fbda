"""Random experiments: seeded, each with its source; nobody has to be asked through an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.auction_experiment.instance import AuctionExperiment

__all__ = ["RECIPES", "Clock", "CommonValue", "Private", "Proxy"]

_PAPER = "Shah, Zhu, Jiang, Wang, Dayi, Horton and Parkes (2025), arXiv 2507.09083"
_CENTS = {"min": 0, "max": 99, "increment": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sessions(Recipe):
    """What the recipes share.

    Parameters
    ----------
    bidders : number of seats.
    rounds, sessions : of the experiment.
    """

    bidders: int = 3
    rounds: int = 15
    sessions: int = 5

    def __post_init__(self) -> None:
        if min(self.bidders, self.rounds, self.sessions) < 1:
            raise OptionError("bidders, rounds and sessions must be >= 1")

    def made(
        self,
        rng: np.random.Generator,
        auction: Mapping[str, Any],
        rules: list[dict[str, Any]],
        **more: Any,
    ) -> AuctionExperiment:
        """Return the experiment in which each seat follows one of some rules."""
        picked = [rules[int(k)] for k in rng.integers(0, len(rules), self.bidders)]
        return AuctionExperiment(
            {**auction, "n_bidders": self.bidders}, picked, self.rounds, self.sessions,
            seed=int(rng.integers(0, 2**31)), **more,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Private(_Sessions):
    """Sealed bids with private values, as in the paper.

    Parameters
    ----------
    format : ``first_price``, ``second_price``, ``kth_price`` (the third price) or ``all_pay``.
    """

    name: ClassVar[str] = "private"
    summary: ClassVar[str] = "sealed bids, private values 0 to 99, rules of thumb"
    source: ClassVar[str] = _PAPER

    format: str = "second_price"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AuctionExperiment:
        """Return one experiment."""
        values = {"model": "private", "prior": {"integers": [0, 99]}}
        auction: dict[str, Any] = {"format": self.format, "values": values, "bids": _CENTS}
        if self.format == "kth_price":
            auction["k"] = 3
        rules: list[dict[str, Any]] = [
            {"rule": "truthful"},
            {"rule": "shade", "factor": round(float(rng.uniform(0.4, 1)), 2)},
            {"rule": "noisy", "of": {"rule": "truthful"}, "sd": int(rng.integers(1, 20))},
            {"rule": "random"},
        ]
        return self.made(rng, auction, rules, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(_Sessions):
    """A clock with affiliated values, as in Li's and the paper's experiments.

    Parameters
    ----------
    format : ``english``, ``english_blind`` or ``dutch``.
    tick : ``in_turn`` or ``at_once``.
    """

    name: ClassVar[str] = "clock"
    summary: ClassVar[str] = "clocks, affiliated values, truth with and without noise"
    source: ClassVar[str] = "Li (2017); " + _PAPER

    format: str = "english"
    tick: str = "in_turn"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AuctionExperiment:
        """Return one experiment."""
        part = {"integers": [0, 20]}
        auction = {
            "format": self.format,
            "values": {"model": "affiliated", "common": part, "private": part},
            "bids": {"min": 0, "max": 50, "increment": 1},
            "tick": self.tick,
        }
        noisy = {"rule": "noisy", "of": {"rule": "truthful"}, "sd": int(rng.integers(1, 6))}
        rules: list[dict[str, Any]] = [{"rule": "truthful"}, noisy]
        return self.made(rng, auction, rules, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonValue(_Sessions):
    """Second price with a common value: naive, cursed and rational bidders."""

    name: ClassVar[str] = "common"
    summary: ClassVar[str] = "second price, common value 20 to 79, noise 20, winner's curse"
    source: ClassVar[str] = "Kagel and Levin (1986); Eyster and Rabin (2005); " + _PAPER

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AuctionExperiment:
        """Return one experiment."""
        auction = {
            "format": "second_price",
            "values": {"model": "common", "value": {"integers": [20, 79]}, "noise": 20},
            "bids": _CENTS,
        }
        chi = round(float(rng.uniform()), 2)
        rules: list[dict[str, Any]] = [{"rule": "cursed", "chi": level} for level in (0, chi, 1)]
        return self.made(rng, auction, rules, name=name, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy(_Sessions):
    """Proxy bidding over ten periods, as in the paper's eBay runs.

    Parameters
    ----------
    closing : ``hard`` or ``soft``.
    periods : number of periods.
    """

    name: ClassVar[str] = "proxy"
    summary: ClassVar[str] = "proxy bidding, private values 0 to 99, hard or soft close"
    source: ClassVar[str] = _PAPER

    closing: str = "hard"
    periods: int = 10

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AuctionExperiment:
        """Return one experiment."""
        auction = {
            "format": "second_price",
            "values": {"model": "private", "prior": {"integers": [0, 99]}},
            "bids": _CENTS,
        }
        proxy: dict[str, Any] = {"periods": self.periods, "closing": self.closing}
        proxy["hidden_reserve"] = int(rng.choice([0, 40, 50, 60]))
        shade = {"rule": "shade", "factor": 0.8}
        rules: list[dict[str, Any]] = [{"rule": "truthful"}, shade, {"rule": "random"}]
        return self.made(rng, auction, rules, proxy=proxy, name=name, metadata=metadata)


RECIPES: tuple[type[Recipe], ...] = (Private, Clock, CommonValue, Proxy)
"""The default first."""
