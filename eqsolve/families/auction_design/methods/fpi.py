"""Fitted policy iteration: menus by a network, for any bidders in a fixed order (SEQ-2).

Bundle menus for up to 10 items, an entry fee with item prices for additive values beyond. The
network is a plain mechanism of arrays; it is played and verified with numpy. Where the states can
be gone through (`dp_symmetric`, `dp`), these earn more in less time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.auction_design.instance import AuctionDesign, Law, Valuations
from eqsolve.families.auction_design.instance.laws import AdditiveLaw
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
from eqsolve.families.auction_design.methods.base import Designed, SequenceMethod, answered
from eqsolve.families.auction_design.methods.fitting import Fit, fit_types
from eqsolve.families.auction_design.methods.policy_training import Schedule, Start, learned
from eqsolve.families.auction_design.methods.pricing import best_price
from eqsolve.families.auction_design.solution import DesignSolution

__all__ = ["Fpi"]

MOST_BUNDLED = 10
"""Items up to which menus have a price of every bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fpi(SequenceMethod):
    """Prices by a network, improved round by round.

    Parameters
    ----------
    draws : types to learn from, of each bidder.
    choose_draws : runs by which the best round is chosen.
    rounds : of meeting states, fitting their worth, improving prices.
    runs : in which states are met, each round.
    value_steps, policy_steps : of the two networks, each round.
    states, types : of a step.
    width : of the two hidden layers.
    rate, fall : of learning at first, and times what each round.
    sharpness : of soft choice, for values near 1.
    """

    name: ClassVar[str] = "fpi"
    summary: ClassVar[str] = "menus by a network, learned by fitted policy iteration"
    theorem: ClassVar[str] = "SEQ-1, SEQ-2, MEC-12"
    cost: ClassVar[str] = "rounds x steps x states x types x entries"
    needs: ClassVar[dict[str, str]] = {"torch": "learn"}

    draws: int = 10_000
    choose_draws: int = 4000
    rounds: int = 20
    runs: int = 512
    value_steps: int = 60
    policy_steps: int = 60
    states: int = 128
    types: int = 64
    width: int = 128
    rate: float = 3e-3
    fall: float = 0.8
    sharpness: float = 100.0

    def __post_init__(self) -> None:
        SequenceMethod.__post_init__(self)
        least = {
            "choose_draws": 2, "rounds": 0, "runs": 1, "value_steps": 0, "policy_steps": 0,
            "states": 1, "types": 1, "width": 1,
        }  # fmt: skip
        for name, low in least.items():
            if getattr(self, name) < low:
                raise OptionError(f"option {name} = {getattr(self, name)}: must be >= {low}")
        for name in ("rate", "fall", "sharpness"):
            if not 0 < getattr(self, name) < float("inf"):
                raise OptionError(f"option {name} = {getattr(self, name)}: must be > 0")

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why menus are not learned, or None."""
        reason = SequenceMethod.supports(self, instance)
        if reason is not None:
            return reason
        if not instance.n_items or not instance.n_bidders:
            return "there is nothing to sell, or nobody to sell to"
        if instance.n_items > MOST_BUNDLED and not all(map(_adds_up, instance.laws)):
            return (
                f"with more than {MOST_BUNDLED} items it learns fees and item prices, for additive "
                "values: tariff instead"
            )
        return None

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Draw types, learn, and play beside the simple mechanisms."""
        seed = self.seed_of(rng)
        own = fit_types(instance, self.draws, seed)
        fits = [own[i] for i in instance.order]
        choose = fit_types(instance, self.choose_draws, seed, "choose")
        generator = np.random.default_rng([seed, 3])  # the purposes of draws are 0 to 2
        found = learned(
            "bundles" if instance.n_items <= MOST_BUNDLED else "entry_fee",
            instance.order,
            [_even(fit, self.draws, generator) for fit in fits],
            tuple(_even(fit, self.choose_draws, generator) for fit in choose),
            _start(fits),
            Schedule(
                self.rounds, self.runs, self.value_steps, self.policy_steps, self.states,
                self.types, self.width, self.rate, self.fall, self.sharpness,
            ),
            generator,
            deadline,
        )  # fmt: skip
        designed = Designed(
            mechanism=found.mechanism,
            seed=seed,
            limit=deadline.limit,
            training={"steps": found.steps, "draws": self.draws, "history": found.history},
            counts={"rounds": len(found.history) - 1},
        )
        return answered(self, instance, designed, deadline)


def _adds_up(law: Law) -> bool:
    """Return whether values are sums of item values."""
    few = law.sample(np.random.Generator(np.random.PCG64(0)), 1)
    additive = isinstance(few, AdditiveValuations) and few.counted == few.n_items
    return additive or (isinstance(law, AdditiveLaw) and law.demand is None)


def _even(fit: Fit, draws: int, rng: np.random.Generator) -> Valuations:
    """Return so many types of equal weight, in an order of their own."""
    n = len(fit.types)
    rows = rng.choice(n, draws, p=fit.weights) if fit.exact else rng.permutation(n)
    return fit.types.take(rows)


def _start(fits: list[Fit]) -> Start:
    """Return posted prices of items for each bidder in turn, and what items bring from there."""
    m = fits[0].types.n_items
    single = np.eye(m, dtype=np.bool_)
    prices, worth = np.zeros((len(fits), m)), np.zeros((len(fits) + 1, m))
    for k in range(len(fits) - 1, -1, -1):
        values = fits[k].types.of(single)
        for j in range(m):
            price, worth[k, j] = best_price(
                values[:, j], fits[k].weights, otherwise=float(worth[k + 1, j])
            )
            prices[k, j] = min(price, 2 * float(values[:, j].max()))
    return Start(prices, worth)
