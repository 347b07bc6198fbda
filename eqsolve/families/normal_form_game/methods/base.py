"""From a list of mutual best replies to the outcome; base of all methods of the family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["RULE", "PureMethod", "outcome_of"]

RULE = "in a pure equilibrium every player's payoff is the largest in its line"


@dataclass(frozen=True, slots=True, kw_only=True)
class PureMethod(Method[NormalFormGame, NormalFormSolution]):
    """Base of the methods: the question's own option.

    Parameters
    ----------
    max_equilibria : list no more than so many (the first ones); None lists all. Where there are
        more the result is ``FEASIBLE`` with limit ``SOLUTIONS``.
    """

    source: ClassVar[str] = (
        "Nash, J. F. (1950). Equilibrium points in n-person games. "
        "Proceedings of the National Academy of Sciences 36(1), 48-49."
    )

    max_equilibria: int | None = None

    def __post_init__(self) -> None:
        if self.max_equilibria is not None and self.max_equilibria < 1:
            raise OptionError(f"option max_equilibria = {self.max_equilibria}: must be >= 1")


def outcome_of(
    game: NormalFormGame,
    found: IntArray,
    strict: BoolArray,
    limit: Limit | None,
    *,
    method: str,
) -> Outcome[NormalFormSolution]:
    """Wrap the equilibria that were found.

    Parameters
    ----------
    found : flat indices of the profiles, ascending.
    strict : their flags.
    limit : what kept the list from being complete, or None when it is.
    """
    counts: dict[str, int] = {
        "profiles": game.n_profiles,
        "payoffs": game.payoffs.size,
        "equilibria": len(found),
        "strict": int(strict.sum()),
    }
    held: Incumbent[NormalFormSolution] = Incumbent(method=method, counts=counts)
    if limit is None:
        held.certificate = ExhaustionCertificate("profiles", RULE, counts)
        if not len(found):
            return held.no_equilibrium(held.certificate)
    if len(found):
        profiles = np.stack(np.unravel_index(found, game.n_strategies), axis=1).astype(np.int64)
        held.solution = NormalFormSolution.of(game, profiles, strict, exhaustive=limit is None)
    return held.outcome(answered=limit is None, limit=limit)
