"""Mixed equilibria by hand-over to Gambit, each checked by its regret in our own fractions.

Gambit runs in a process of its own, which is ended when time is over. What the methods say:

=========  =======  ==========================================================================
method     players  what comes back
=========  =======  ==========================================================================
enummixed  2        exact fractions; all extreme equilibria, of which all others are mixtures
lcp        2        exact fractions; one equilibrium (Lemke and Howson)
enumpoly   any      floats; the isolated equilibria of every support
logit      any      floats; one equilibrium, the end of the path of logit responses
=========  =======  ==========================================================================

That a profile is an equilibrium is proved here, or its regret is told; that none is missing is
Gambit's word. Source: Savani, R. and Turocy, T. L. (2025). Gambit: The package for computation in
game theory; Mangasarian, O. L. (1964). Equilibrium points of bimatrix games. Journal of the Society
for Industrial and Applied Mathematics 12(4), 778-780.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from eqsolve.core.errors import BackendError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.mixed import MixedProfile, mixed_profile

__all__ = ["MOST_PROFILES", "Find", "MixedEquilibria", "ask_gambit", "too_large"]

Find = Literal["auto", "all", "one"]

MOST_PROFILES = 100_000
"""Beyond this the exact check alone would take minutes."""
_MOST_STRATEGIES = 12
"""Strategies of the smaller side up to which all extreme equilibria are listed unasked."""
_MOST_SUPPORTS = 64
"""Profiles up to which all supports of more than two players are looked at unasked."""
_NEAR = 1e-6
"""Regret up to which floats count as an equilibrium, relative to the largest payoff."""
_SMALL = 1e-7
"""Probabilities below that of floats are taken for 0 if the regret does not rise."""
_POLL = 0.1


@dataclass(frozen=True, slots=True)
class MixedEquilibria:
    """What Gambit found, checked.

    Parameters
    ----------
    profiles : the equilibria, each with its exact regret: 0, or at most 1e-6 of the largest payoff
        where `exact` is false.
    solver : Gambit's method.
    exact : whether all probabilities are exact, and all regrets 0.
    complete : whether Gambit's method lists all: the extreme equilibria of two players, the
        isolated ones of more. Not proved here.
    refused : profiles that Gambit gave and whose regret is larger.
    limit : what stopped the search early, or None.
    """

    profiles: tuple[MixedProfile, ...]
    solver: str
    exact: bool
    complete: bool
    refused: int = 0
    limit: Limit | None = None

    def __len__(self) -> int:
        return len(self.profiles)


def too_large(game: NormalFormGame) -> str | None:
    """Return why a game is not handed over, or None."""
    if game.n_profiles <= MOST_PROFILES:
        return None
    return f"it has {game.n_profiles} profiles; at most {MOST_PROFILES} are checked exactly"


def ask_gambit(game: NormalFormGame, find: Find, deadline: Deadline) -> MixedEquilibria:
    """Return the mixed equilibria that Gambit finds in time.

    Raises
    ------
    UnsupportedError : the game is too large.
    BackendError : Gambit failed; its last line.
    """
    reason = too_large(game)
    if reason is not None:
        raise UnsupportedError("mixed", reason, what="question")
    solver = _solver(game, find)
    complete = solver in ("enummixed", "enumpoly")
    answer, limit = _run({"nfg": _nfg(game), "solver": solver}, deadline)
    if answer is None:
        return MixedEquilibria((), solver, exact=True, complete=False, limit=limit)
    allowed = Fraction(_NEAR) * Fraction(max(game.scale, 1e-300))
    kept, refused, exact = [], 0, True
    for texts in answer["profiles"]:
        floats = any("." in text or "e" in text for own in texts for text in own)
        numbers = [
            [max(Fraction(0), Fraction(float(text)) if floats else Fraction(text)) for text in own]
            for own in texts
        ]
        profile = mixed_profile(game, numbers)
        if floats and profile.regret > 0:
            profile = _cleaned(game, profile)
        if profile.regret > (allowed if floats else 0):
            refused += 1
            continue
        exact = exact and profile.regret == 0
        if profile not in kept:
            kept.append(profile)
    return MixedEquilibria(tuple(kept), solver, exact, complete, refused)


def _solver(game: NormalFormGame, find: Find) -> str:
    """Return Gambit's method for what is wanted."""
    if game.n_players <= 2:
        few = min(game.n_strategies) <= _MOST_STRATEGIES
        listed = find == "all" or (find == "auto" and few)
        # One player has no method of two; all supports are looked at.
        return "enumpoly" if game.n_players == 1 else "enummixed" if listed else "lcp"
    listed = find == "all" or (find == "auto" and game.n_profiles <= _MOST_SUPPORTS)
    return "enumpoly" if listed else "logit"


def _cleaned(game: NormalFormGame, profile: MixedProfile) -> MixedProfile:
    """Return a profile of floats without traces of strategies, if its regret is no larger so."""
    rounded = [
        [Fraction(0) if share < _SMALL else share for share in own] for own in profile.probabilities
    ]
    other = mixed_profile(game, rounded)
    return other if other.regret <= profile.regret else profile


def _nfg(game: NormalFormGame) -> str:
    """Return the game as Gambit reads it: exact fractions, the first player's strategy fastest."""
    sizes = " ".join(map(str, game.n_strategies))
    players = " ".join(f'"{player}"' for player in range(game.n_players))
    axes = tuple(reversed(range(game.n_players)))
    rows = game.payoffs.transpose(*axes, game.n_players).reshape(-1).tolist()
    numbers = [
        str(Fraction(entry, game.denominator) if game.is_integral else Fraction(entry))
        for entry in rows
    ]
    return f'NFG 1 R "" {{ {players} }} {{ {sizes} }}\n\n{" ".join(numbers)}\n'


def _run(request: dict[str, str], deadline: Deadline) -> tuple[dict[str, Any] | None, Limit | None]:
    """Return Gambit's answer, or None and what stopped it."""
    script = Path(__file__).with_name("gambit_process.py")
    paths = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    text: str | None = json.dumps(request)
    try:
        while True:
            try:
                shown, said = process.communicate(text, timeout=_POLL)
                break
            except subprocess.TimeoutExpired:
                text = None  # sent already
                if deadline.expired():
                    return None, deadline.limit
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode != 0:
        last = said.strip().splitlines()[-1:] or ["no message"]
        raise BackendError(f"gambit ended with status {process.returncode}: {last[0]}")
    answer: dict[str, Any] = json.loads(shown)
    return answer, None
