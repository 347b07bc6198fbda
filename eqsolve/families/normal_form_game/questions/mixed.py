"""``ask mixed``: the equilibria in mixed strategies that Gambit finds, each with its regret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar

from eqsolve.core.arguments import require_instance
from eqsolve.core.errors import UnsupportedError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.method import obstacle
from eqsolve.core.question import Answer, Means, Question
from eqsolve.core.report import Report
from eqsolve.core.table import Table
from eqsolve.core.tolerances import EXACT
from eqsolve.families.normal_form_game.gambit import (
    Find,
    MixedEquilibria,
    ask_gambit,
    too_large,
)
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.mixed import MixedProfile

__all__ = ["AskMixed", "mixed_equilibria"]

_MOST_RECHECKED = 2_000
"""Profiles of a game up to which regrets are recomputed one profile at a time."""
_NEAR = Fraction(1, 10**6)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMixed(Question[NormalFormGame]):
    """Which mixtures are equilibria, as Gambit finds them, with the regret of each.

    Parameters
    ----------
    find : all that Gambit's methods list, one, or all of small games and one of others.
    """

    name: ClassVar[str] = "mixed"
    summary: ClassVar[str] = "mixed equilibria by Gambit, each checked by its exact regret"
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = "Gambit's, exponential for all; the check O(players profiles)"
    source: ClassVar[str] = (
        "Savani, R. and Turocy, T. L. (2025). Gambit: The package for computation in game theory. "
        "https://www.gambit-project.org"
    )
    needs: ClassVar[Mapping[str, str]] = {"pygambit": "gambit"}

    find: Find = "auto"

    def supports(self, instance: NormalFormGame) -> str | None:
        """Return why a game is too large, or None."""
        return too_large(instance)

    def answer(self, instance: NormalFormGame, means: Means) -> Answer:
        """Hand over, check what comes back, and say what it proves."""
        found = ask_gambit(instance, self.find, means.deadline)
        columns = ["equilibrium", "player", "strategy", "probability", "exactly", "payoff"]
        table = Table("Mixed equilibria", columns)
        for place, profile in enumerate(found.profiles):
            for player, own in enumerate(profile.probabilities):
                for strategy, share in enumerate(own):
                    if share:
                        table.add(
                            place,
                            instance.label("players", player),
                            instance.strategy_label(player, strategy),
                            float(share),
                            str(share) if profile.regret == 0 else None,
                            float(profile.payoffs[player]),
                        )
        return Answer(
            value=found,
            sentence=_sentence(instance, found),
            fields={
                "solver": found.solver,
                "exact": found.exact,
                "complete": found.complete,
                "refused": found.refused,
                "profiles": [_fields(profile) for profile in found.profiles],
            },
            tables=[table] if found.profiles else [],
            check=_recheck(instance, found, means),
            limit=found.limit,
        )


def mixed_equilibria(
    game: NormalFormGame, *, find: Find = "auto", time_limit: float | None = None
) -> MixedEquilibria:
    """Return mixed equilibria that Gambit finds, each with its exact payoffs and regrets.

    Parameters
    ----------
    game : the game, of at most 100,000 profiles.
    find : ``"all"`` that Gambit's methods list (the extreme equilibria of two players, exactly; the
        isolated ones of more, as floats), ``"one"``, or ``"auto"``: all of small games.
    time_limit : seconds; Gambit is ended when they are over.

    Raises
    ------
    InstanceError : not a normal-form game.
    UnsupportedError : pygambit is not installed, or the game is too large.
    BackendError : Gambit failed.

    Notes
    -----
    Each profile is an equilibrium by our own fractions; that none is missing is Gambit's word. Cost
    that of Gambit, exponential for all; the check O(N P). Source: Savani and Turocy (2025);
    Mangasarian (1964).

    Examples
    --------
    >>> battle = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> for profile in mixed_equilibria(battle).profiles:  # doctest: +SKIP
    ...     print(*(" ".join(map(str, own)) for own in profile.probabilities), sep=" | ")
    1 0 | 1 0
    2/3 1/3 | 1/3 2/3
    0 1 | 0 1
    """
    require_instance(game, NormalFormGame, "game")
    reason = obstacle(AskMixed(), game)
    if reason is not None:
        raise UnsupportedError("mixed", reason, what="question")
    return ask_gambit(game, find, Deadline(Limits(time=time_limit)))


def _sentence(game: NormalFormGame, found: MixedEquilibria) -> str:
    """Return what was found and what it proves."""
    if found.limit is not None:
        return f"Gambit ({found.solver}) was ended before it answered"
    count = len(found)
    words = f"{count} equilibri{'um' if count == 1 else 'a'} by Gambit ({found.solver})"
    words += ", regret 0 in exact fractions" if found.exact else ", the regret of each is small"
    if found.complete:
        sort = "extreme" if game.n_players == 2 else "isolated"
        words += f"; that these are all {sort} ones is Gambit's word, not proved here"
    else:
        words += "; there may be others"
    if found.refused:
        words += f"; {found.refused} more were none and are left out"
    return words


def _fields(profile: MixedProfile) -> dict[str, Any]:
    """Return a profile as JSON: numbers, and fractions where they are exact."""
    exact = profile.regret == 0
    return {
        "probabilities": [[float(share) for share in own] for own in profile.probabilities],
        "exact": [[str(share) for share in own] for own in profile.probabilities]
        if exact
        else None,
        "payoffs": [float(payoff) for payoff in profile.payoffs],
        "regret": float(profile.regret),
    }


def _recheck(game: NormalFormGame, found: MixedEquilibria, means: Means) -> Report:
    """Add up every payoff by looking at one profile after the other, for small games."""
    builder = means.builder(EXACT, game.scale)
    allowed = Fraction(0) if found.exact else _NEAR * Fraction(max(game.scale, 1e-300))
    with builder.search("that no deviation from a mixed equilibrium gains") as poll:
        problems = []
        for place, profile in enumerate(found.profiles):
            poll()
            mixed = [sum(own) == 1 and min(own) >= 0 for own in profile.probabilities]
            if not all(mixed):
                problems.append(f"equilibrium {place} is no mixture")
            if game.n_profiles <= _MOST_RECHECKED:
                gain = _gain(game, profile)
                if gain > allowed or gain != profile.regret:
                    problems.append(f"in equilibrium {place} somebody gains {float(gain):.6g}")
            elif profile.regret > allowed:
                problems.append(f"in equilibrium {place} somebody gains {float(profile.regret)}")
        rule = "nobody gains by another strategy" + ("" if found.exact else " more than 1e-6")
        builder.require("mixed.regret", rule, problems)
    return builder.finish()


def _gain(game: NormalFormGame, profile: MixedProfile) -> Fraction:
    """Return the largest gain of a deviation, from the payoffs of single profiles."""
    expected = [Fraction(0)] * game.n_players
    against = [[Fraction(0)] * size for size in game.n_strategies]
    for pure in product(*map(range, game.n_strategies)):
        shares = [own[s] for own, s in zip(profile.probabilities, pure, strict=True)]
        zeros = [player for player, share in enumerate(shares) if not share]
        if len(zeros) > 1:
            continue
        for player in zeros or range(game.n_players):
            others = Fraction(1)
            for other, share in enumerate(shares):
                others *= share if other != player else 1
            payoff = Fraction(game.payoff(pure, player))
            against[player][pure[player]] += others * payoff
            expected[player] += others * shares[player] * payoff
    return max(max(worth) - mean for worth, mean in zip(against, expected, strict=True))
