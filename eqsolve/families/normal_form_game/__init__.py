"""Normal-form games: all pure equilibria, dominance, improvement graphs and potentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.normal_form_game.instance import NormalFormGame
    from eqsolve.families.normal_form_game.questions.dominance import dominance, restricted
    from eqsolve.families.normal_form_game.questions.potential import potential
    from eqsolve.families.normal_form_game.solution import NormalFormSolution
    from eqsolve.families.normal_form_game.solve import pure_equilibria

__all__ = [
    "NormalFormGame",
    "NormalFormSolution",
    "dominance",
    "potential",
    "pure_equilibria",
    "restricted",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("NormalFormGame",),
        "questions.dominance": ("dominance", "restricted"),
        "questions.potential": ("potential",),
        "solution": ("NormalFormSolution",),
        "solve": ("pure_equilibria",),
    },
)
