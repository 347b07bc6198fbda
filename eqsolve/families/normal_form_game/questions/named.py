"""The side questions of normal-form games under their names, with answers that are rechecked.

The checks go back to the definitions: payoffs of single deviations, looked up one by one or along
whole lines of the tensor, never the code that found the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.question import Answer, Means, Question, whole_numbers
from eqsolve.core.report import Report
from eqsolve.core.table import Table
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.questions.dominance import Dominance, Elimination, dominance
from eqsolve.families.normal_form_game.questions.dynamics import response_path
from eqsolve.families.normal_form_game.questions.graph import sink_components
from eqsolve.families.normal_form_game.questions.mixed import AskMixed
from eqsolve.families.normal_form_game.questions.potential import Potential, potential
from eqsolve.families.normal_form_game.response_paths import Order, Response, ResponsePath

__all__ = ["QUESTIONS"]

Profile = tuple[int, ...]

_MOST_RECHECKED = 20_000
"""Profiles up to which components are rechecked by looking up every deviation."""

_MONDERER = (
    "Monderer, D. and Shapley, L. S. (1996). Potential games. "
    "Games and Economic Behavior 14(1), 124-143."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPotential(Question[NormalFormGame]):
    """Whether there is a potential, and if not, which cycle excludes it.

    Parameters
    ----------
    potential : which kind of potential.
    """

    name: ClassVar[str] = "potential"
    summary: ClassVar[str] = "a potential of the game, or a cycle that excludes it"
    theorem: ClassVar[str] = "NFG-4, NFG-5, NFG-6"
    cost: ClassVar[str] = "O(profiles players^2); ordinal kinds O(deviations)"
    source: ClassVar[str] = _MONDERER

    potential: Literal["exact", "ordinal", "generalized_ordinal"] = "exact"

    def answer(self, instance: NormalFormGame, means: Means) -> Answer:
        """Look for it, and recheck every deviation."""
        found = potential(instance, kind=self.potential)
        words = self.potential.replace("_", " ")
        states = () if found.cycle is None else found.cycle.states
        if found:
            sentence = f"the game has a potential of the kind {words}"
        else:
            path = " -> ".join(instance.describe(state) for state in (*states, *states[:1]))
            sentence = f"no potential of the kind {words}, because of the cycle {path}"
        values = None
        if found.values is not None:
            values = (found.values / found.denominator).tolist()
            if found.denominator == 1:
                values = found.values.tolist()
        return Answer(
            value=found,
            sentence=sentence,
            fields={
                "potential": self.potential,
                "exists": bool(found),
                "values": values,
                "cycle": [list(state) for state in states] or None,
                "gain": None if found.gain is None else float(found.gain),
            },
            check=_recheck_potential(instance, found, means),
        )


def _recheck_potential(game: NormalFormGame, found: Potential, means: Means) -> Report:
    """Compare potential and payoffs along every line, or add up the gains around the cycle."""
    builder = means.builder(EXACT if game.is_integral else Tolerances(), game.scale)
    if found.values is None:
        problems = [] if _excludes(game, found) else ["the gains around the cycle exclude nothing"]
        builder.require("potential.cycle", "the cycle excludes a potential", problems)
        return builder.finish()
    for player in range(game.n_players):
        own = np.moveaxis(game.payoffs[..., player], player, 0)
        level = np.moveaxis(found.values, player, 0)
        who = game.label("players", player)
        if found.kind == "exact":
            # Both tell the same story along a line if their difference does not change on it.
            drift = _wide(own) - _wide(level)
            change = np.abs((drift - drift[:1]).astype(np.float64))
            builder.compare(
                f"potential.player-{player}",
                "deviations change the potential by the mover's gain",
                change,
                np.full(change.shape, game.scale * game.denominator),
                lambda *_, who=who: f"a deviation of {who} gains something else",
                theorem="NFG-4",
            )
            continue
        with builder.search(f"that gains of {who} are rises of the potential") as poll:
            problems = []
            for before in range(len(own)):
                poll()
                gains = (own > own[before]).astype(int) - (own < own[before])
                rises = np.sign(level - level[before])
                wrong = gains != rises if found.kind == "ordinal" else (gains > 0) & (rises <= 0)
                if wrong.any():
                    problems.append(f"deviations of {who} from strategy {before} do not fit")
            builder.require(
                f"potential.player-{player}", "gains are rises of the potential", problems
            )
    return builder.finish()


def _wide(numbers: NumberArray) -> Any:
    """Return numbers whose differences cannot overflow."""
    large = numbers.dtype.kind == "i" and max(int(numbers.max()), -int(numbers.min())) >= 2**60
    return numbers.astype(object) if large else numbers


def _excludes(game: NormalFormGame, found: Potential) -> bool:
    """Return whether single moves around the cycle rule the potential out."""
    states = [] if found.cycle is None else list(found.cycle.states)
    gains: list[Fraction | float] = []
    for before, after in zip(states, states[1:] + states[:1], strict=True):
        movers = [i for i, (s, t) in enumerate(zip(before, after, strict=True)) if s != t]
        if len(movers) != 1:
            return False
        gains.append(game.payoff(after, movers[0]) - game.payoff(before, movers[0]))
    if found.kind == "exact":
        return sum(gains) != 0
    if found.kind == "ordinal":
        return min(gains, default=0) >= 0 and max(gains, default=0) > 0
    return bool(gains) and min(gains) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDominance(Question[NormalFormGame]):
    """Which strategies are dominated, and what is left when they are gone.

    Parameters
    ----------
    dominance : strict or weak, by pure strategies.
    iterated : whether to go on with what is left.
    """

    name: ClassVar[str] = "dominance"
    summary: ClassVar[str] = "dominated strategies, round after round, and what survives"
    theorem: ClassVar[str] = "NFG-3"
    cost: ClassVar[str] = "O(strategies^2 profiles) at worst"
    source: ClassVar[str] = "Moulin, H. (1979). Dominance solvable voting schemes. Econometrica 47."

    dominance: Literal["strict", "weak"] = "strict"
    iterated: bool = True

    def answer(self, instance: NormalFormGame, means: Means) -> Answer:
        """Eliminate, and recheck each elimination."""
        found = dominance(instance, kind=self.dominance, iterated=self.iterated)
        table = Table("Eliminated", ["round", "player", "strategy", "dominated by"])
        table.extend(
            (
                number + 1,
                instance.label("players", entry.player),
                instance.strategy_label(entry.player, entry.strategy),
                instance.strategy_label(entry.player, entry.by),
            )
            for number, entries in enumerate(found.rounds)
            for entry in entries
        )
        left = " x ".join(str(len(own)) for own in found.surviving)
        sentence = f"{self.dominance}ly dominated strategies gone, {left} strategies are left"
        if found.solves:
            sentence = "one profile survives: " + instance.describe(
                own[0] for own in found.surviving
            )
        return Answer(
            value=found,
            sentence=sentence,
            fields={
                "dominance": found.kind,
                "rounds": [[asdict(entry) for entry in entries] for entries in found.rounds],
                "surviving": [list(own) for own in found.surviving],
                "solves": found.solves,
            },
            tables=[table] if table.rows else [],
            check=_recheck_dominance(instance, found, means),
        )


def _recheck_dominance(game: NormalFormGame, found: Dominance, means: Means) -> Report:
    """Compare each eliminated strategy with the one named, in the game as it was then."""
    left = [list(range(size)) for size in game.n_strategies]
    builder = means.builder(EXACT, game.scale)
    with builder.search("that each elimination holds in its round") as poll:
        problems = []
        for entries in found.rounds:
            for entry in entries:
                poll()
                if not _dominates(game, entry, left, strictly=found.kind == "strict"):
                    who = game.label("players", entry.player)
                    what = f"strategy {entry.by} of {who} does not dominate {entry.strategy}"
                    problems.append(what)
            left = _without(left, entries)
        builder.require("dominance.rounds", "each elimination holds in its round", problems)
        rest = [] if [tuple(own) for own in left] == list(found.surviving) else ["others are left"]
        builder.require("dominance.surviving", "the survivors are those not eliminated", rest)
    return builder.finish()


def _dominates(
    game: NormalFormGame, entry: Elimination, left: list[list[int]], *, strictly: bool
) -> bool:
    """Return whether one strategy beats the other against all that is left of the others."""
    table = np.moveaxis(game.payoffs[..., entry.player], entry.player, 0)
    places = np.ix_(*(own for i, own in enumerate(left) if i != entry.player))
    one, other = table[entry.by][places], table[entry.strategy][places]
    better = one > other
    holds = better.all() if strictly else better.any() and (one >= other).all()
    return bool(holds) and entry.by in left[entry.player]


def _without(left: list[list[int]], entries: Sequence[Elimination]) -> list[list[int]]:
    """Return what a round leaves of the strategies of each player."""
    gone = {(entry.player, entry.strategy) for entry in entries}
    return [[s for s in own if (player, s) not in gone] for player, own in enumerate(left)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDynamics(Question[NormalFormGame]):
    """Where it leads if players change their strategies in turn.

    Parameters
    ----------
    response : whether movers take a best strategy, or the first that gains.
    order : who moves: the next in order, one at random, or all at once.
    start : strategy of each player; by default 0 for all.
    inertia : probability with which each simultaneous mover stays put, in [0, 1).
    max_steps : steps after which the path is cut.
    """

    name: ClassVar[str] = "dynamics"
    summary: ClassVar[str] = "the path of best or better responses from a profile"
    theorem: ClassVar[str] = "NFG-2"
    cost: ClassVar[str] = "O(strategies) per step"
    source: ClassVar[str] = _MONDERER

    response: Response = "best"
    order: Order = "cyclic"
    start: Sequence[float] | None = None
    inertia: float = 0.0
    max_steps: int = 10_000

    def answer(self, instance: NormalFormGame, means: Means) -> Answer:
        """Follow the path, and recheck every step."""
        path = response_path(
            instance,
            whole_numbers(self.start, "start"),
            response=self.response,
            order=self.order,
            inertia=self.inertia,
            max_steps=self.max_steps,
            seed=int(means.rng.integers(2**31)),
        )
        table = Table("Path", ["step", "movers", "profile"])
        for step, profile in enumerate(path.profiles.tolist()):
            movers = "" if step == 0 else _movers(instance, path.movers[step - 1])
            table.add(step, movers, instance.describe(profile))
        return Answer(
            value=path,
            sentence=_path_sentence(path, instance.describe(path.end)),
            fields=_path_fields(path),
            tables=[table],
            check=_recheck_path(instance, path, means),
            limit=path.limit,
        )


def _movers(game: NormalFormGame, movers: Sequence[int]) -> str:
    """Return the names of those who moved."""
    return ", ".join(game.label("players", player) for player in movers)


def _path_sentence(path: ResponsePath, end: str) -> str:
    """Return how a path ends."""
    steps = len(path.movers)
    if path.converged:
        return f"an equilibrium after {steps} steps: {end}"
    if path.cycle is not None:
        return f"a cycle of {len(path.cycle.states)} profiles after {steps} steps"
    return f"no end after {steps} steps, at {end}"


def _path_fields(path: ResponsePath) -> dict[str, Any]:
    """Return a path as JSON."""
    return {
        "profiles": path.profiles.tolist(),
        "movers": [list(movers) for movers in path.movers],
        "converged": path.converged,
        "cycle": None if path.cycle is None else [list(state) for state in path.cycle.states],
    }


def _recheck_path(game: NormalFormGame, path: ResponsePath, means: Means) -> Report:
    """Look up that each mover gains by its own switch, and that nobody gains at the end."""
    builder = means.builder(EXACT, game.scale)
    steps = zip(path.profiles, path.profiles[1:], path.movers, strict=False)
    with builder.search("that each mover gains by its switch") as poll:
        problems = []
        for before, after, movers in steps:
            poll()
            old, new = tuple(before.tolist()), tuple(after.tolist())
            for player in range(game.n_players):
                moved = (*old[:player], new[player], *old[player + 1 :])
                if moved == old:
                    continue
                if player not in movers or game.payoff(moved, player) <= game.payoff(old, player):
                    problems.append(f"{game.label('players', player)} does not gain at {old}")
        builder.require("dynamics.gains", "each mover gains by its switch", problems)
    if path.converged:
        gains = [f"a player gains by {after}" for _, after in _improvements(game, path.end)]
        builder.require("dynamics.end", "nobody gains at the end", gains, theorem="NFG-1")
    return builder.finish()


def _improvements(game: NormalFormGame, profile: Profile) -> Iterator[tuple[int, Profile]]:
    """Yield (player, profile after) for every deviation that gains."""
    for player, size in enumerate(game.n_strategies):
        for strategy in range(size):
            after = (*profile[:player], strategy, *profile[player + 1 :])
            if game.payoff(after, player) > game.payoff(profile, player):
                yield player, after


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSinks(Question[NormalFormGame]):
    """Where improvement paths end up.

    Parameters
    ----------
    rule : an arc for every gain, or for best responses only.
    """

    name: ClassVar[str] = "sinks"
    summary: ClassVar[str] = "sink components of the improvement graph"
    theorem: ClassVar[str] = "NFG-2"
    cost: ClassVar[str] = "O(deviations)"
    source: ClassVar[str] = (
        "Goemans, M., Mirrokni, V. and Vetta, A. (2005). Sink equilibria and convergence. "
        "46th Annual IEEE Symposium on Foundations of Computer Science, 142-151."
    )

    rule: Literal["better", "best"] = "better"

    def answer(self, instance: NormalFormGame, means: Means) -> Answer:
        """Find the components, and recheck that nothing leaves them."""
        sinks = sink_components(instance, rule=self.rule)
        table = Table("Sink components", ["component", "profiles", "first profile"])
        for place, members in enumerate(sinks):
            table.add(place, len(members), instance.describe(members[0]))
        builder = means.builder(EXACT, instance.scale)
        few = sum(map(len, sinks)) <= _MOST_RECHECKED
        if not few:
            builder.leave("that no improvement leaves the components: too many profiles")
        with builder.search("that no improvement leaves the components") as poll:
            leaving = []
            for inside in map(set, sinks if few else ()):
                for profile in inside:
                    poll()
                    outside = [x for x in self._arcs(instance, profile) if x not in inside]
                    leaving += [f"an improvement leads from {profile} to {x}" for x in outside]
            builder.require(
                "sinks.closed", "no improvement leaves a component", leaving, theorem="NFG-2"
            )
        single = sum(len(members) == 1 for members in sinks)
        return Answer(
            value=sinks,
            sentence=f"{len(sinks)} sink components, {single} of them pure equilibria",
            fields={"sinks": [[list(profile) for profile in members] for members in sinks]},
            tables=[table],
            check=builder.finish(),
        )

    def _arcs(self, game: NormalFormGame, profile: Profile) -> list[Profile]:
        """Return where improvements of the rule lead from a profile."""
        gains = list(_improvements(game, profile))
        if self.rule == "best":
            best: dict[int, Any] = {}
            for player, after in gains:
                best[player] = max(best.get(player, game.payoff(after, player)),
                                   game.payoff(after, player))  # fmt: skip
            gains = [(i, after) for i, after in gains if game.payoff(after, i) == best[i]]
        return [after for _, after in gains]


QUESTIONS: tuple[type[Question[NormalFormGame]], ...] = (
    AskPotential,
    AskDominance,
    AskDynamics,
    AskSinks,
    AskMixed,
)
