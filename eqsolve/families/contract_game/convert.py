"""Normal-form games, Gambit's ``.nfg`` files among them, as one-period games with a principal.

The target is a profile of the game, or the profile of the greatest sum of payoffs. Payoffs that are
exact in the game become the nearest floats here; where that changes a number, it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.converter import Converter, Recast
from eqsolve.core.errors import OptionError
from eqsolve.core.question import whole_numbers
from eqsolve.families.contract_game.instance import ContractGame, actions_of
from eqsolve.families.normal_form_game.instance import NormalFormGame, strategies_of

__all__ = ["CONVERTERS", "NormalForm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForm(Recast):
    """A normal-form game of one period, in which a principal pays for a profile.

    Parameters
    ----------
    profile : a strategy for each player; by default the profile of the greatest welfare.
    """

    name: ClassVar[str] = "normal_form_game"
    summary: ClassVar[str] = "normal-form game or Gambit .nfg file: one period, pay for a profile"
    source: ClassVar[str] = "Monderer, D. and Tennenholtz, M. (2004). K-implementation."
    kind: ClassVar[str] = "contract_game"
    of: ClassVar[str] = "normal_form_game"

    profile: Literal["welfare"] | Sequence[float] = "welfare"

    def recast(self, instance: NormalFormGame) -> ContractGame:
        """Return the game with a principal.

        Raises
        ------
        OptionError : a profile that the game does not have.
        """
        profile: Any = "welfare"
        if not isinstance(self.profile, str):
            profile = _profile(instance, self.profile)
        table = instance.payoffs.astype(np.float64) / instance.denominator
        players = instance.labels.get("players")
        labels = {} if players is None else {"agents": players}
        for i in range(instance.n_players):
            names = instance.labels.get(strategies_of(i))
            labels |= {} if names is None else {actions_of(i): names}
        return ContractGame(
            np.moveaxis(table, -1, 0),
            target=profile if isinstance(profile, str) else [profile],
            name=instance.name,
            labels=labels,
            metadata={
                **instance.metadata,
                "converter": self.name,
                "options": {"profile": profile},
                **self.leaving(_rounded(instance, table)),
            },
        )


def _profile(game: NormalFormGame, given: Sequence[float]) -> list[int]:
    """Return a profile of the game, or raise `OptionError`."""
    profile = whole_numbers(given, "profile") or []
    if len(profile) != game.n_players:
        raise OptionError(
            f"option profile: has {len(profile)} strategies, the game {game.n_players} players"
        )
    for i, (strategy, size) in enumerate(zip(profile, game.n_strategies, strict=True)):
        if not 0 <= strategy < size:
            raise OptionError(
                f"option profile[{i}] = {strategy}: must be a strategy of "
                f"{game.label('players', i)}, 0 to {size - 1}"
            )
    return profile


def _rounded(game: NormalFormGame, table: Any) -> list[str]:
    """Return a sentence about payoffs that no float holds, short decimals apart."""
    if game.payoffs.dtype.kind != "i":
        return []
    exact = (Fraction(n, game.denominator) for n in game.payoffs.ravel().tolist())
    lost = {
        value
        for value, near in zip(exact, table.ravel().tolist(), strict=True)
        if Fraction(repr(near)) != value
    }
    if not lost:
        return []
    return [f"payoffs such as {min(lost)} are no decimals of 17 digits: the nearest ones are taken"]


CONVERTERS: tuple[type[Converter], ...] = (NormalForm,)
