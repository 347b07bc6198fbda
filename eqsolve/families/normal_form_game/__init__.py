"""Normal-form games: all pure equilibria, dominance, improvement graphs and potentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.normal_form_game.congestion import CongestionGame, congestion_game
    from eqsolve.families.normal_form_game.gambit import MixedEquilibria
    from eqsolve.families.normal_form_game.instance import NormalFormGame
    from eqsolve.families.normal_form_game.mixed import MixedProfile, mixed_profile
    from eqsolve.families.normal_form_game.network import congestion_graph
    from eqsolve.families.normal_form_game.questions.dominance import dominance, restricted
    from eqsolve.families.normal_form_game.questions.mixed import mixed_equilibria
    from eqsolve.families.normal_form_game.questions.potential import potential
    from eqsolve.families.normal_form_game.solution import NormalFormSolution
    from eqsolve.families.normal_form_game.solve import pure_equilibria

__all__ = [
    "CongestionGame",
    "MixedEquilibria",
    "MixedProfile",
    "NormalFormGame",
    "NormalFormSolution",
    "congestion_game",
    "congestion_graph",
    "dominance",
    "mixed_equilibria",
    "mixed_profile",
    "potential",
    "pure_equilibria",
    "restricted",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "congestion": ("CongestionGame", "congestion_game"),
        "gambit": ("MixedEquilibria",),
        "instance": ("NormalFormGame",),
        "mixed": ("MixedProfile", "mixed_profile"),
        "network": ("congestion_graph",),
        "questions.dominance": ("dominance", "restricted"),
        "questions.mixed": ("mixed_equilibria",),
        "questions.potential": ("potential",),
        "solution": ("NormalFormSolution",),
        "solve": ("pure_equilibria",),
    },
)
