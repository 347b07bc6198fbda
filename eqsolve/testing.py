"""Hypothesis strategies for instances of every kind, for our tests and for yours.

Each family has a room ``strategies`` whose ``__all__`` lists its own, here they are all together;
they load when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.registry import named_by_each

if TYPE_CHECKING:  # for type checkers; Python goes through the registry
    from eqsolve.families.assignment_market.strategies import *
    from eqsolve.families.auction_design.strategies import *
    from eqsolve.families.auction_experiment.strategies import *
    from eqsolve.families.collusion_dynamics.strategies import *
    from eqsolve.families.combinatorial_auction.strategies import *
    from eqsolve.families.contract_game.strategies import *
    from eqsolve.families.contract_mdp.strategies import *
    from eqsolve.families.course_allocation.strategies import *
    from eqsolve.families.course_elicitation.strategies import *
    from eqsolve.families.dec_pomdp.strategies import *
    from eqsolve.families.delivery_market.strategies import *
    from eqsolve.families.fisher_market.strategies import *
    from eqsolve.families.model_market.strategies import *
    from eqsolve.families.normal_form_game.strategies import *
    from eqsolve.families.single_item_auction.strategies import *
    from eqsolve.families.token_auction.strategies import *
    from eqsolve.families.trading_network.strategies import *


def __getattr__(name: str) -> object:
    """Load a strategy from the family that has it, and keep it; ``__all__`` lists them."""
    found, _ = named_by_each(
        lambda family: dict.fromkeys(family.take("strategies", "__all__", ()), family)
    )
    if name == "__all__":
        return sorted(found)
    if name not in found:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found[name].take("strategies", name)
    return globals()[name]


def __dir__() -> list[str]:
    """Return the names of all strategies."""
    names: list[str] = list(__getattr__("__all__"))  # type: ignore[call-overload]  # a list
    return names
