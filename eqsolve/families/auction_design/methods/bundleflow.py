"""BundleFlow: a flow carries points to bundles, then prices and lotteries are learned (BUN-1 to 4).

Stage 1 teaches the flow to round (`trained_flow`); in stage 2 it stays as it is. With
``weights=plain`` a point's mass goes with it, so the weights of a lottery are a softmax of their
own and the bundles stay where they started; with ``weights=liouville`` they also have the factor
``exp(-tr Q * integral of sigma)`` of the authors' code, and points move along its gradient.

Source: Wang, Jiang and Parkes (2025), BundleFlow, arXiv 2502.15283, and its public code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.methods.learning.flow import starts_for, trained_flow
from eqsolve.families.auction_design.methods.learning.offers import FixedOffer, FlowOffer, Offer
from eqsolve.families.auction_design.methods.learning.supply import bundles_from, spread_atoms
from eqsolve.families.auction_design.methods.learning.training import device_for
from eqsolve.families.auction_design.methods.menu import LearnedMenu

__all__ = ["BundleFlow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFlow(LearnedMenu):
    """Lotteries over bundles that a learned flow rounds to.

    Parameters
    ----------
    weights : of lotteries: ``plain``, learned by themselves, or ``liouville``, with the factor of
        the flow.
    flow_steps : of stage 1.
    start : the bundles that points lie near to at the beginning, see `LearnedMenu`.
    """

    name: ClassVar[str] = "bundleflow"
    summary: ClassVar[str] = "bundles by a flow that learns to round, then prices and lotteries"
    theorem: ClassVar[str] = "BUN-1, BUN-2, BUN-3, BUN-4"
    source: ClassVar[str] = (
        "Wang, T., Jiang, Y. and Parkes, D. (2025). BundleFlow: deep menus for combinatorial "
        "auctions by diffusion-based optimization. arXiv 2502.15283."
    )

    entries: int = 2000
    weights: Literal["plain", "liouville"] = "plain"
    flow_steps: int = 1500

    def __post_init__(self) -> None:
        LearnedMenu.__post_init__(self)
        if self.flow_steps < 0:
            raise OptionError(f"option flow_steps = {self.flow_steps}: must be >= 0")

    def offer(
        self, types: Valuations, scale: float, rng: np.random.Generator, deadline: Deadline
    ) -> Offer:
        """Return lotteries over where the flow carries points, after stage 1."""
        atoms, device = self.atoms if self.lotteries else 1, device_for(self.device)
        flow = trained_flow(types.n_items, self.flow_steps, rng, deadline, device=device)
        supply = bundles_from(self.start, self.entries * atoms, types, rng)
        places, logits = spread_atoms(len(supply), self.entries, atoms, rng)
        nothing = np.zeros((1, types.n_items), dtype=np.bool_)
        starts = starts_for(np.concatenate([supply, nothing]), rng)
        if self.weights == "liouville":
            return FlowOffer(types, scale, flow, starts[places], logits, device)
        ends = flow.bundles(starts)
        return FixedOffer(types, scale, ends, places, logits, device)
