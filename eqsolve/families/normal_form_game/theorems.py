"""What must hold of every normal-form game, as claims that can be run.

Claims recompute by plain loops over profiles; they are meant for small games.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction

from eqsolve.core.theorem import Theorem
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.questions.dominance import dominance
from eqsolve.families.normal_form_game.questions.dynamics import response_path
from eqsolve.families.normal_form_game.questions.graph import sink_components
from eqsolve.families.normal_form_game.questions.potential import potential
from eqsolve.families.normal_form_game.solve import pure_equilibria

__all__ = ["THEOREMS"]

Profile = tuple[int, ...]


def _profiles(game: NormalFormGame) -> Iterator[Profile]:
    """Yield every profile."""
    return itertools.product(*map(range, game.n_strategies))


def _gains(
    game: NormalFormGame, profile: Profile
) -> Iterator[tuple[int, Profile, Fraction | float]]:
    """Yield (player, profile after, gain) for every deviation that gains."""
    for player, size in enumerate(game.n_strategies):
        for strategy in range(size):
            after = (*profile[:player], strategy, *profile[player + 1 :])
            gain = game.payoff(after, player) - game.payoff(profile, player)
            if gain > 0:
                yield player, after, gain


def _listed(game: NormalFormGame) -> set[Profile]:
    """Return the equilibria that the solver lists."""
    solution = pure_equilibria(game).solution
    return set() if solution is None else set(solution)


def _complete(game: NormalFormGame) -> str | None:
    """NFG-1: the list holds the profiles without a gain, and no others."""
    listed = _listed(game)
    for profile in _profiles(game):
        first = next(_gains(game, profile), None)
        if first is None and profile not in listed:
            return f"nobody gains at {profile}, but it is not listed"
        if first is not None and profile in listed:
            return f"{profile} is listed, but player {first[0]} gains {first[2]} at {first[1]}"
    return None


def _sinks(game: NormalFormGame) -> str | None:
    """NFG-2: sink components of one profile are the equilibria; there always is a sink."""
    sinks = sink_components(game)
    single = {sink[0] for sink in sinks if len(sink) == 1}
    if not sinks:
        return "there is no sink component"
    if single != _listed(game):
        return f"sinks {sorted(single)} and equilibria {sorted(_listed(game))} differ"
    for sink in sinks:
        inside = set(sink)
        for profile in sink:
            for player, after, _ in _gains(game, profile):
                if after not in inside:
                    return f"player {player} leaves the sink of {sink[0]} from {profile}"
    return None


def _elimination(game: NormalFormGame) -> str | None:
    """NFG-3: equilibria survive strict elimination; weak survivors that are alone are one."""
    listed = _listed(game)
    left = dominance(game).surviving
    for profile in listed:
        if any(s not in kept for s, kept in zip(profile, left, strict=True)):
            return f"equilibrium {profile} does not survive strict elimination, {left} does"
    weak = dominance(game, kind="weak")
    if weak.solves:
        last = tuple(kept[0] for kept in weak.surviving)
        if last not in listed:
            return f"weak elimination leaves {last}, which is no equilibrium"
    return None


def _exact_potential(game: NormalFormGame) -> str | None:
    """NFG-4: the potential tells every gain, or the cycle has a gain that is not 0."""
    found = potential(game)
    if found.values is None:
        assert found.cycle is not None
        return _cycle_is_wrong(game, found.cycle.states, found.gain)
    values = found.values
    allowed = 0.0 if game.is_integral else 1e-6 * game.scale
    for profile in _profiles(game):
        for player, after, gain in _gains(game, profile):
            rise = (values[after] - values[profile]) / found.denominator
            if abs(float(gain) - rise) > max(allowed, 1e-12 * abs(rise)):
                return f"player {player} gains {gain} from {profile} to {after}, P rises {rise}"
    if not _listed(game):
        return "there is an exact potential, but no pure equilibrium"
    return None


def _cycle_is_wrong(
    game: NormalFormGame, states: tuple[Profile, ...], claimed: Fraction | float | None
) -> str | None:
    """Return why a cycle does not have the gain claimed, or None."""
    total: Fraction | float = 0
    for here, there in zip(states, (*states[1:], states[0]), strict=True):
        movers = [i for i in range(game.n_players) if here[i] != there[i]]
        if len(movers) != 1:
            return f"{here} and {there} of the cycle differ in {len(movers)} players"
        total += game.payoff(there, movers[0]) - game.payoff(here, movers[0])
    if total != claimed or total == 0:
        return f"gains around {states} sum to {total}, not {claimed}"
    return None


def _ordinal_potential(game: NormalFormGame) -> str | None:
    """NFG-5: gains raise the potential, or the cycle consists of gains."""
    found = potential(game, kind="generalized_ordinal")
    if found.values is None:
        assert found.cycle is not None
        states = found.cycle.states
        for here, there in zip(states, (*states[1:], states[0]), strict=True):
            if there not in {after for _, after, _ in _gains(game, here)}:
                return f"nobody gains from {here} to {there} of the cycle"
        return None
    for profile in _profiles(game):
        for player, after, _ in _gains(game, profile):
            if found.values[after] <= found.values[profile]:
                return f"player {player} gains from {profile} to {after}, but P does not rise"
    path = response_path(game, response="better", max_steps=game.n_profiles)
    if not path.converged:
        return f"an improvement path did not end at an equilibrium, but at {path.end}"
    return None


def _implications(game: NormalFormGame) -> str | None:
    """NFG-6: exact implies ordinal implies generalized ordinal implies an equilibrium."""
    exact = bool(potential(game)) and game.is_integral
    ordinal = bool(potential(game, kind="ordinal"))
    general = bool(potential(game, kind="generalized_ordinal"))
    if exact and not ordinal:
        return "there is an exact potential, but no ordinal one"
    if ordinal and not general:
        return "there is an ordinal potential, but no generalized one"
    if general and not _listed(game):
        return "there is a generalized ordinal potential, but no pure equilibrium"
    return None


def _nothing(game: NormalFormGame) -> str | None:
    """NFG-7: a witness without pure equilibria."""
    if _listed(game):
        return None
    sizes = [len(sink) for sink in sink_components(game)]
    return f"no pure equilibrium; the sink components have {sizes} profiles"


def _theorem(
    id: str,
    title: str,
    statement: str,
    source: str,
    claim: Callable[[NormalFormGame], str | None],
    *,
    can_happen: bool = False,
) -> Theorem:
    """Return a theorem of this kind."""
    return Theorem(
        id=id,
        title=title,
        statement=statement,
        source=source,
        kind="normal_form_game",
        strategy="normal_form_games",
        claim=claim,
        can_happen=can_happen,
    )


_MS = "Monderer and Shapley (1996)"

THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        "NFG-1",
        "mutual best replies",
        "A profile is a pure equilibrium iff each player's payoff is the largest in its line.",
        "Nash (1951)",
        _complete,
    ),
    _theorem(
        "NFG-2",
        "sinks",
        "Every improvement graph has a sink component; those of one profile are the equilibria.",
        "Goemans, Mirrokni and Vetta (2005)",
        _sinks,
    ),
    _theorem(
        "NFG-3",
        "elimination",
        "Iterated strict dominance keeps every pure equilibrium; a profile that iterated weak "
        "dominance leaves alone is one.",
        "Moulin (1979)",
        _elimination,
    ),
    _theorem(
        "NFG-4",
        "exact potential",
        "An exact potential exists iff gains sum to 0 around all cycles of four profiles.",
        _MS,
        _exact_potential,
    ),
    _theorem(
        "NFG-5",
        "generalized ordinal potential",
        "A generalized ordinal potential exists iff no improvement path closes.",
        _MS,
        _ordinal_potential,
    ),
    _theorem(
        "NFG-6",
        "kinds of potential",
        "Exact implies ordinal implies generalized ordinal implies a pure equilibrium.",
        f"{_MS}; Voorneveld and Norde (1997)",
        _implications,
    ),
    _theorem(
        "NFG-7",
        "games without pure equilibrium",
        "There are games without a pure equilibrium, as matching pennies.",
        "von Neumann (1928)",
        _nothing,
        can_happen=True,
    ),
)
