"""``auto``: there is one way to carry out a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from eqsolve.core.method import Chooser, Method
from eqsolve.endpoints.asking import Asking
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.methods.play import Play
from eqsolve.families.auction_experiment.solution import ExperimentRecord

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Asking, Chooser[AuctionExperiment, ExperimentRecord]):
    """Plays the experiment.

    Parameters
    ----------
    cache, offline, fresh, max_cost, max_requests, requests_at_once, benchmark : see `play`.
    """

    source: ClassVar[str] = Play.source

    benchmark: Literal["bne", "truthful", "none"] = "bne"

    def choose_method(
        self, experiment: AuctionExperiment
    ) -> tuple[Method[AuctionExperiment, ExperimentRecord], str]:
        """Return `play`."""
        return Play(), "a plan is played"
