"""Mixed profiles and their regret, in fractions: what a deviation would gain, exactly.

Player i mixes with probabilities ``p_i``; against the others' mixtures strategy s is worth
``u_i(s) = sum over profiles of the others of their probability times the payoff``. The **regret**
of i is ``max over s of u_i(s) - sum over s of p_i(s) u_i(s)``, and a profile is an equilibrium iff
all regrets are 0. Cost O(N P) additions for P profiles. Source: Nash, J. (1951). Non-cooperative
games. Annals of Mathematics 54(2), 286-295.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.normal_form_game.instance import NormalFormGame

__all__ = ["MixedProfile", "mixed_profile"]


@dataclass(frozen=True, slots=True)
class MixedProfile:
    """A mixture for each player, what everybody expects, and what nobody should be able to gain.

    Parameters
    ----------
    probabilities : for each player a probability for each strategy; they sum to 1 exactly.
    payoffs : what each player expects.
    regrets : how much more each could expect by another strategy, >= 0.
    """

    probabilities: tuple[tuple[Fraction, ...], ...]
    payoffs: tuple[Fraction, ...]
    regrets: tuple[Fraction, ...]

    @property
    def regret(self) -> Fraction:
        """The largest regret; 0 in an equilibrium."""
        return max(self.regrets)

    @property
    def is_pure(self) -> bool:
        """Whether nobody mixes."""
        return all(max(own) == 1 for own in self.probabilities)


def mixed_profile(game: NormalFormGame, probabilities: Sequence[Sequence[Any]]) -> MixedProfile:
    """Return a mixed profile with its exact payoffs and regrets.

    Parameters
    ----------
    game : the game.
    probabilities : for each player a number >= 0 for each strategy, as `Fraction`, int or float;
        they are divided by their sum, exactly.

    Raises
    ------
    InstanceError : not a normal-form game, or no mixture for each player.

    Notes
    -----
    Floats stand for the binary fractions that they are. Cost O(N P). Source: Nash (1951).

    Examples
    --------
    >>> pennies = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> mixed_profile(pennies, [[1, 1], [1, 1]]).regret
    Fraction(0, 1)
    >>> mixed_profile(pennies, [[1, 0], [1, 1]]).regrets
    (Fraction(0, 1), Fraction(1, 1))
    """
    require_instance(game, NormalFormGame, "game")
    faults = []
    if len(probabilities) != game.n_players:
        rule = f"has {len(probabilities)} mixtures, expected {game.n_players}, one a player"
        raise InstanceError(Fault("probabilities", rule))
    mixtures = []
    for player, own in enumerate(probabilities):
        numbers = [_fraction(number) for number in own]
        good = [number for number in numbers if number is not None and number >= 0]
        if len(good) != game.n_strategies[player] or len(numbers) != len(good) or not sum(good):
            rule = f"must be {game.n_strategies[player]} numbers >= 0, not all 0"
            faults.append(Fault("probabilities", rule, (player,)))
        else:
            total = sum(good)
            mixtures.append(tuple(number / total for number in good))
    if faults:
        raise InstanceError(faults)
    payoffs, regrets = [], []
    for player, own in enumerate(mixtures):
        worth = _worth(game, mixtures, player)
        expected = sum((p * u for p, u in zip(own, worth, strict=True)), Fraction(0))
        payoffs.append(expected)
        regrets.append(max(worth) - expected)
    return MixedProfile(tuple(mixtures), tuple(payoffs), tuple(regrets))


def _worth(
    game: NormalFormGame, mixtures: Sequence[Sequence[Fraction]], player: int
) -> list[Fraction]:
    """Return what each strategy of a player is worth against the mixtures of the others."""
    table: Any = game.payoffs[..., player]
    table = table.astype(object) if game.is_integral else np.frompyfunc(Fraction, 1, 1)(table)
    for other in reversed(range(game.n_players)):
        if other == player:
            continue
        support = [s for s, share in enumerate(mixtures[other]) if share]
        kept = np.take(table, support, axis=other)
        shares = np.array([mixtures[other][s] for s in support], dtype=object)
        table = np.tensordot(kept, shares, axes=([other], [0]))
    return [Fraction(entry) / game.denominator for entry in np.atleast_1d(table).tolist()]


def _fraction(number: Any) -> Fraction | None:
    """Return a number exactly, None for what is none."""
    if isinstance(number, bool):
        return None
    try:
        return Fraction(number)
    except (TypeError, ValueError, OverflowError):
        return None
