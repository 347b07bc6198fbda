"""Tables of decision processes as contract problems: the principal hires somebody to decide.

The principal earns the table's rewards, each move costs the agent `cost`, and he may shirk: a
careless agent draws a move at random for free (``uniform``), or stays where he is (``idle``). What
she sees is the outcome: a distinct (next state, reward, end) of the state. Probabilities of entries
that say the same are added up.

Moves and grid cells of Gymnasium's toy-text environments get their names, and
``metadata["grid"]`` holds rows and columns, for pictures.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.converter import Converter
from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.core.extras import install_command
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = ["CONVERTERS", "Arrays", "Gymnasium"]

_MOVES = {
    "FrozenLake": ("left", "down", "right", "up"),
    "CliffWalking": ("up", "right", "down", "left"),
    "Taxi": ("south", "north", "east", "west", "pick up", "drop off"),
}
"""Environment -> what its moves are called."""

_GRIDS: dict[str, Callable[[int], tuple[int, int]]] = {
    "FrozenLake": lambda n_states: (math.isqrt(n_states), math.isqrt(n_states)),
    "CliffWalking": lambda n_states: (4, 12),
}
"""Environment on a grid -> rows and columns, from the number of states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hired(Converter):
    """What both formats share.

    Parameters
    ----------
    cost : of a move, to the agent.
    shirk : what an agent can do for free: draw a move at random, stay, or nothing.
    horizon : periods; 0 for no end.
    discount : below 1 without an end.
    """

    kind: ClassVar[str] = "contract_mdp"

    cost: float = 0.01
    shirk: Literal["uniform", "idle", "none"] = "uniform"
    horizon: int = 40
    discount: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.cost < float("inf"):
            raise OptionError(f"option cost = {self.cost!r}: must be >= 0 and finite")

    def made(
        self, name: str, table: list[list[list[Any]]], start: Any, origin: Mapping[str, Any]
    ) -> ContractMDP:
        """Return the problem of ``table[state][action] = [[probability, next, reward, end], ...]``.

        A state whose moves all stay and end the game is terminal. `origin` goes into the metadata;
        its ``environment`` gives moves and cells their names.
        """
        moves = max(map(len, table))
        probs: list[Any] = []
        mine: list[Any] = []
        hers: list[list[float]] = []
        then: list[list[int | None]] = []
        free = [] if self.shirk == "none" else [0.0]
        for s, actions in enumerate(table):
            entries = [entry for action in actions for entry in action]
            if all(entry[3] and entry[1] == s for entry in entries):
                probs.append([None] * (moves + len(free)))
                mine.append([None] * (moves + len(free)))
                hers.append([])
                then.append([])
                continue
            seen = dict.fromkeys((int(e[1]), float(e[2]), bool(e[3])) for e in entries)
            if self.shirk == "idle":
                seen.setdefault((s, 0.0, False))
            place = {outcome: o for o, outcome in enumerate(seen)}
            rows = np.zeros((moves + len(free), len(place)))
            for a, action in enumerate(actions):
                for chance, following, reward, end in action:
                    rows[a, place[int(following), float(reward), bool(end)]] += chance
            if self.shirk == "uniform":
                rows[-1] = rows[: len(actions)].mean(axis=0)
            elif self.shirk == "idle":
                rows[-1, place[s, 0.0, False]] = 1.0
            there = [a < len(actions) or a >= moves for a in range(len(rows))]
            probs.append([row if kept else None for row, kept in zip(rows, there, strict=True)])
            pay = [-self.cost] * moves + free
            mine.append([x if kept else None for x, kept in zip(pay, there, strict=True)])
            hers.append([reward for _, reward, _ in place])
            then.append([None if end else following for following, _, end in place])
        labels, grid = _names(str(origin.get("environment", "")), len(table), moves)
        labels["actions"] += ("idle" if self.shirk == "idle" else "careless",)[: len(free)]
        return ContractMDP(
            probs,
            hers,
            agent_rewards=mine,
            transitions=then,
            horizon=self.horizon or None,
            discount=self.discount,
            initial=start,
            name=name,
            labels=labels,
            metadata={"converter": self.name, "options": asdict(self), **origin, **grid},
        )


def _names(
    environment: str, n_states: int, moves: int
) -> tuple[dict[str, tuple[str, ...]], dict[str, list[int]]]:
    """Return labels of moves and, on a grid, of states; and ``grid``: rows and columns."""
    known = next((word for word in _MOVES if environment.startswith(word)), "")
    named = _MOVES.get(known, ())
    labels = {"actions": named if len(named) == moves else tuple(f"move {a}" for a in range(moves))}
    rows, columns = _GRIDS[known](n_states) if known in _GRIDS else (0, 0)
    if rows * columns != n_states:
        return labels, {}
    labels["states"] = tuple(f"({s // columns}, {s % columns})" for s in range(n_states))
    return labels, {"grid": [rows, columns]}


def _is_entry(entry: object) -> bool:
    """Return whether this is ``[probability, next state, reward, end]``."""
    if not isinstance(entry, list) or len(entry) != 4:
        return False
    chance, following, reward, end = entry
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (chance, reward))
    whole = isinstance(following, int) and not isinstance(following, bool)
    return numbers and whole and end in (False, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gymnasium(_Hired):
    """Gymnasium's toy-text environments: exported tables, or by name where the package is there."""

    name: ClassVar[str] = "gymnasium"
    summary: ClassVar[str] = (
        "gymnasium:NAME, or JSON with the table P and the initial distribution of an environment"
    )
    source: ClassVar[str] = "Gymnasium, attribute P of the toy-text environments"
    scheme: ClassVar[str] = "gymnasium"

    def recognizes(self, path: Path) -> bool:
        """Return whether the head of the file looks like such a table."""
        if path.suffix != ".json" or not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(4096)
        return b'"n_actions"' in head and b'"eqsolve"' not in head

    def read(self, path: Path) -> Iterator[ContractMDP]:
        """Yield the problem of the file.

        Raises
        ------
        FormatError : names the file, the field and the rule.
        """
        try:
            document = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise FormatError(str(path), Fault("", f"cannot be read as JSON: {error}")) from None
        table = document.get("P") if isinstance(document, dict) else None
        if not isinstance(table, list) or not table:
            raise FormatError(str(path), Fault("P", "must be a list of states"))
        for s, actions in enumerate(table):
            for a, entries in enumerate(actions if isinstance(actions, list) else [None]):
                if not isinstance(entries, list) or not all(map(_is_entry, entries)):
                    rule = "must be a list of [probability, next state, reward, end]"
                    raise FormatError(str(path), Fault("P", rule, (s, a)))
        told = str(document.get("source", "")).split()  # "gymnasium 1.4.0 Taxi-v4 {}, ..."
        origin = {"file": path.name, **({"environment": told[2]} if len(told) > 2 else {})}
        yield self.made(path.stem, table, document.get("initial", 0), origin)

    def fetch(self, name: str) -> Iterator[ContractMDP]:
        """Yield the problem of an environment of the installed package.

        Raises
        ------
        OptionError : the package is missing, or has no such environment, or that no table.
        """
        import warnings
        from importlib.util import find_spec

        if find_spec("gymnasium") is None:
            hint = f"not installed here; {install_command('gymnasium')}"
            raise OptionError(f"gymnasium:{name} needs the package gymnasium, {hint}")
        import gymnasium

        with warnings.catch_warnings(record=True):  # that there is a newer version
            try:
                made = gymnasium.make(name)
            except (gymnasium.error.Error, ImportError) as error:
                raise OptionError(f"gymnasium:{name}: {error}") from None
        world: Any = made.unwrapped
        table = getattr(world, "P", None)
        if not table:
            raise OptionError(f"gymnasium:{name}: the environment has no table P")
        rows = [[[*map(list, table[s][a])] for a in sorted(table[s])] for s in sorted(table)]
        start = getattr(world, "initial_state_distrib", 0)
        origin = {"environment": name, "gymnasium": gymnasium.__version__}
        yield self.made(name, rows, start, origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays(_Hired):
    """Arrays ``P`` (action, state, next state) and ``R`` as pymdptoolbox uses them."""

    name: ClassVar[str] = "mdp_arrays"
    summary: ClassVar[str] = ".npz with P[action, state, next state] and R: outcome = next state"
    source: ClassVar[str] = "pymdptoolbox"

    def recognizes(self, path: Path) -> bool:
        """Return whether the file is a ``.npz`` archive with both arrays."""
        if path.suffix != ".npz" or not path.is_file():
            return False
        try:
            with np.load(path, allow_pickle=False) as archive:
                return {"P", "R"} <= set(archive.files)
        except (OSError, ValueError):
            return False

    def read(self, path: Path) -> Iterator[ContractMDP]:
        """Yield the problem of the file.

        Raises
        ------
        FormatError : the arrays do not fit together.
        """
        try:
            with np.load(path, allow_pickle=False) as archive:
                moves, rewards = archive["P"], archive["R"]
        except (OSError, ValueError, KeyError) as error:
            raise FormatError(str(path), Fault("", f"cannot be read: {error}")) from None
        if moves.ndim != 3 or moves.shape[1] != moves.shape[2]:
            raise FormatError(str(path), Fault("P", f"has shape {moves.shape}, not (A, S, S)"))
        n = moves.shape[1]
        shapes = {(n,), moves.shape, (n, len(moves))}
        if rewards.shape not in shapes:
            raise FormatError(str(path), Fault("R", f"has shape {rewards.shape}"))
        if rewards.shape == (n, len(moves)):
            full = np.broadcast_to(rewards.T[:, :, None], moves.shape)
        elif rewards.shape == (n,):
            full = np.broadcast_to(rewards[None, :, None], moves.shape)
        else:
            full = rewards
        table = [
            [
                [
                    [float(moves[a, s, k]), int(k), float(full[a, s, k]), False]
                    for k in np.flatnonzero(moves[a, s])
                ]
                for a in range(len(moves))
            ]
            for s in range(n)
        ]
        yield self.made(path.stem, table, 0, {"file": path.name})


CONVERTERS: tuple[type[Converter], ...] = (Gymnasium, Arrays)
