"""Menus learned over a fixed supply of bundles: prices, and weights of lotteries (MEC-12).

The bundles are given before training (`bundles_from`); gradients move prices and weights only, as
in RochetNet with its allocations restricted to the supply. The compiled menu is judged on fresh
draws beside the simple mechanisms, which are often better: see the page on auction design.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.auction_design.instance import AuctionDesign, Valuations
from eqsolve.families.auction_design.instance.valuations import BidValuations
from eqsolve.families.auction_design.methods.base import Designed, DesignMethod, answered
from eqsolve.families.auction_design.methods.fitting import fit_types
from eqsolve.families.auction_design.methods.learning.compiling import compiled
from eqsolve.families.auction_design.methods.learning.offers import FixedOffer, Offer
from eqsolve.families.auction_design.methods.learning.supply import (
    Source,
    bundles_from,
    spread_atoms,
)
from eqsolve.families.auction_design.methods.learning.training import (
    Schedule,
    Sets,
    device_for,
    trained,
)
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import SequentialMechanism

__all__ = ["LearnedMenu"]

_TRAIN = 3
"""Seed of training beside that of the draws, whose purposes are 0 to 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedMenu(DesignMethod):
    """Prices and lotteries over a supply of bundles, by the gradient of soft revenue.

    Parameters
    ----------
    entries : of the menu, before those that nobody buys are dropped.
    atoms : bundles that an entry is a lottery over, at most; 1 with ``lotteries=False``.
    start : where bundles come from: ``random``, ``bids`` of the draws, or ``unions`` of bids.
    steps, batch : of training, and types in a step.
    soft, hard : how sharply the best entry is chosen, at the beginning and at the end of
        training: lambda of a softmax over utilities, values scaled to mean 1.
    choose_draws : types to choose between stages of training and to set final prices on.
    device : ``auto``: a GPU where there is one.
    """

    name: ClassVar[str] = "menu"
    summary: ClassVar[str] = "prices and lotteries over given bundles, learned"
    theorem: ClassVar[str] = "MEC-1, MEC-12, BUN-4"
    cost: ClassVar[str] = "steps x batch x entries x atoms, a few milliseconds a step"
    source: ClassVar[str] = (
        "Duetting, P., Feng, Z., Narasimhan, H., Parkes, D. and Ravindranath, S. (2024). Optimal "
        "auctions through deep learning: advances in differentiable economics."
    )
    needs: ClassVar[dict[str, str]] = {"torch": "learn"}

    entries: int = 300
    atoms: int = 4
    start: Source = "random"
    steps: int = 1500
    batch: int = 128
    soft: float = 5.0
    hard: float = 200.0
    choose_draws: int = 4000
    device: Literal["auto", "cpu", "cuda"] = "auto"

    def __post_init__(self) -> None:
        DesignMethod.__post_init__(self)
        least = {"entries": 1, "atoms": 1, "steps": 0, "batch": 1, "choose_draws": 2}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise OptionError(f"option {name} = {getattr(self, name)}: must be >= {low}")
        if not 0 < self.soft <= self.hard < float("inf"):
            raise OptionError(
                f"options soft = {self.soft}, hard = {self.hard}: must be 0 < soft <= hard"
            )

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the method does not apply, or None."""
        if instance.n_bidders != 1:
            return f"menus are learned for one bidder, there are {instance.n_bidders}"
        if self.class_for(instance) in ("dsic", "bic"):
            return "it learns a menu: mechanism=menu"
        law = instance.laws[0]
        draw = law.sample(np.random.default_rng(0), 1)
        if self.start != "random" and not isinstance(draw, BidValuations):
            return f"start={self.start} is for types who bid on bundles; start=random"
        return None

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Draw types, train, compile, and play beside the simple mechanisms."""
        from eqsolve.algorithms.one_thread import one_thread

        seed = self.seed_of(rng)
        (fit,) = fit_types(instance, self.draws, seed)
        choose = fit if fit.exact else fit_types(instance, self.choose_draws, seed, "choose")[0]
        scale = float(fit.weights @ fit.types.greatest()) or 1.0
        generator = np.random.default_rng([seed, _TRAIN])
        schedule = Schedule(self.steps, self.batch, self.soft, self.hard)
        with one_thread():
            types = Sets.of(fit, choose)
            offer = self.offer(types.types, scale, generator, deadline)
            held = trained(offer, types, scale, schedule, generator, deadline)
        menu = compiled(held.bundles, held.weights, held.prices, fit, choose, deadline)
        designed = Designed(
            mechanism=SequentialMechanism(instance.n_items, (0,), (menu,)),
            seed=seed,
            fits=(fit,),
            limit=deadline.limit or (Limit.TIME if held.cut else None),
            training={
                "steps": held.steps,
                "draws": len(fit.types),
                "history": [list(entry) for entry in held.history],
            },
            counts={"entries": menu.n_entries},
        )
        return answered(self, instance, designed, deadline)

    def offer(
        self, types: Valuations, scale: float, rng: np.random.Generator, deadline: Deadline
    ) -> Offer:
        """Return what is sold: here lotteries over bundles of the supply."""
        atoms = self.atoms if self.lotteries else 1
        bundles = bundles_from(self.start, self.entries * atoms, types, rng)
        places, logits = spread_atoms(len(bundles), self.entries, atoms, rng)
        nothing = np.zeros((1, types.n_items), dtype=np.bool_)
        supply = np.concatenate([bundles, nothing])
        return FixedOffer(types, scale, supply, places, logits, device_for(self.device))
