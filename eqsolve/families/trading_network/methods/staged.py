"""Base of the methods that go through the stages of `search`: fee curve, bound, and further."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod
from eqsolve.families.trading_network.methods.search import Search

__all__ = ["Staged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged(TradingMethod):
    """Base of the methods that go through the stages.

    Parameters
    ----------
    rounds : neighborhoods in a row without success (at least prices: shakes) that end the local
        search.
    steps : subgradient steps of the certified bound.
    """

    rounds: int = 10
    steps: int = 400

    def __post_init__(self) -> None:
        TradingMethod.__post_init__(self)
        if self.rounds < 0 or self.steps < 0:
            raise OptionError("options rounds and steps must be >= 0")

    def started(
        self,
        network: TradingNetwork,
        deadline: Deadline,
        rng: np.random.Generator,
        *,
        quiet: bool = False,
    ) -> Search:
        """Return the search after approximation and bound; `quiet` publishes nothing."""
        search = Search(self, Evaluator(network, self.prices), deadline, rng, quiet=quiet)
        search.approximate()
        if search.open:
            search.tighten(self.steps)
        return search
