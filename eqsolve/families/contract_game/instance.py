"""Steering many agents: a Markov game whose joint actions are seen, and a principal who pays.

In state s the agents choose together the joint action j; agent i gets ``rewards[i, s, j]``, and the
state and j decide about the next state. A principal wants a **target**, a joint action for every
stage and state, and pays agent i a bonus >= 0 when he does as recommended.

Joint actions are numbered row by row: the last agent's action changes fastest.
Next states are kept as **lotteries**, distributions over states that many (s, j) may share: number
k for the sure state k, S for the end, further ones after these.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.instance import Instance
from eqsolve.core.labeled import levels_of
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.periods import DEFAULT, chances_of_start, checked_time, depth_of, numbers_at
from eqsolve.families.contract_game.lotteries import Reader, lottery_faults

if TYPE_CHECKING:
    from eqsolve.families.contract_game.solution import ContractGameSolution

__all__ = ["DEFAULT", "ContractGame", "actions_of"]


def actions_of(agent: int) -> str:
    """Return the side under which labels of an agent's actions are kept.

    Examples
    --------
    >>> actions_of(0)
    'actions of agent 0'
    """
    return f"actions of agent {agent}"


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class ContractGame(Instance["ContractGameSolution"]):
    """A Markov game of n agents, and what a principal wants them to do.

    Parameters
    ----------
    rewards : ``[agent][state][a_1]...[a_n]``, any sign; ``[agent][a_1]...[a_n]`` for one state.
    transitions : ``[state][a_1]...[a_n]``: the next state, probabilities of all states, or None
        where the game ends (-1 in arrays). By default every joint action ends the game.
    lotteries : distributions that many transitions share, each a list of ``[state, probability]``;
        transition S + k stands for number k of them.
    horizon : number of periods, or None for no end; 1 by default where there are no transitions.
    discount : in (0, 1]; below 1 without a horizon.
    initial : a state, or a probability for each.
    target : ``"welfare"``: the joint policy of the greatest sum of rewards; or ``[state][agent]``
        or ``[stage][state][agent]``.
    name, labels, metadata : see `Instance`; the sides are ``"agents"``, ``"states"`` and
        ``"actions of agent 0"``, ``"actions of agent 1"``, ...

    Attributes
    ----------
    sizes : number of actions of each agent.
    rewards : shape (n, S, J).
    moves : int64, shape (S, J): the lottery that follows.
    indptr, states, chances : the lotteries; the states of number k are
        ``states[indptr[k]:indptr[k + 1]]``.
    target : int64, (T, S, n) or (1, S, n) for all stages; None for welfare.
    start : shape (S,), probabilities of the first state.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(n S J). Source: Monderer and Tennenholtz (2004), CON-16.

    Examples
    --------
    >>> dilemma = ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> dilemma
    <ContractGame: 2 agents, 1 state, 2 x 2 actions, 1 period>
    """

    kind: ClassVar[str] = "contract_game"

    sizes: tuple[int, ...]
    rewards: FloatArray
    moves: IntArray
    indptr: IntArray
    states: IntArray
    chances: FloatArray
    horizon: int | None
    discount: float
    start: FloatArray
    target: IntArray | None

    def __init__(
        self,
        rewards: object,
        *,
        transitions: object = None,
        lotteries: object = None,
        horizon: object = DEFAULT,
        discount: object = 1.0,
        initial: object = 0,
        target: object = "welfare",
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        fields: dict[str, Any] = {}
        sides = NamedSides(faults, labels)
        levels = levels_of(rewards)
        agents = len(rewards) if isinstance(rewards, Sized) else 0
        states = ("states",) if levels == agents + 2 else ()
        actions = tuple(actions_of(agent) for agent in range(levels - 1 - len(states)))
        rewards = sides.read(rewards, "rewards", "agents", *states, *actions)
        transitions = sides.read(transitions, "transitions", *states, *actions)
        transitions = sides.places(transitions, "transitions", "states")
        initial = sides.places(sides.read(initial, "initial", "states"), "initial", "states")
        labels = sides.labels(labels)
        rewards, transitions, initial = map(plain_numbers, (rewards, transitions, initial))
        axes = (None,) * max(2, depth_of(rewards))
        table = numbers_at(rewards, "rewards", (), axes, faults)
        if table is not None:
            n = table.shape[0]
            if table.ndim == n + 1:
                table = table[:, None]
                transitions = transitions if transitions is None else [transitions]
                if _is_list(target) and depth_of(target) == 1:
                    target = [target]
            if table.ndim != n + 2:
                rule = (
                    f"must be [agent][state][a_1]...[a_n]: {n} agents need {n + 2} axes, or "
                    f"{n + 1} for one state, found {table.ndim}"
                )
                faults.append(Fault("rewards", rule))
            elif not table.size:
                faults.append(Fault("rewards", "agents, states and actions need at least one each"))
            else:
                fields = _fields(table, transitions, lotteries, initial, faults)
        fields["horizon"], fields["discount"] = checked_time(
            horizon, discount, transitions is not None, faults
        )
        if not faults:
            fields["target"] = _target(
                target, fields["rewards"].shape[1], fields["sizes"], fields["horizon"], faults
            )
        self._settle(faults, name, labels, metadata, **fields)

    @classmethod
    def from_lotteries(
        cls,
        sizes: tuple[int, ...],
        rewards: FloatArray,
        moves: IntArray,
        lotteries: tuple[IntArray, IntArray, FloatArray],
        *,
        horizon: int | None,
        start: FloatArray,
        discount: float = 1.0,
        target: object = "welfare",
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> ContractGame:
        """Return a game whose next states are given as lotteries: large games need it.

        Parameters
        ----------
        sizes : number of actions of each agent.
        rewards : shape (n, S, J).
        moves : shape (S, J): numbers of lotteries.
        lotteries : indptr, states and chances; number k < S must be the sure state k, S the end.
        horizon, start, discount, target, name, labels, metadata : as for the class.

        Notes
        -----
        Cost O(n S J). Source: theory page, section 7.
        """
        faults: list[Fault] = []
        game = cls.__new__(cls)
        n_states = rewards.shape[1]
        periods, factor = checked_time(horizon, discount, True, faults)
        indptr, states, chances = lotteries
        wanted = _target(target, n_states, sizes, periods, faults)
        if rewards.shape != (len(sizes), n_states, math.prod(sizes)):
            faults.append(Fault("rewards", f"has shape {rewards.shape}"))
        named = 0 <= moves.min() <= moves.max() < len(indptr) - 1
        if moves.shape != rewards.shape[1:] or not named:
            faults.append(Fault("moves", "must name a lottery for each state and joint action"))
        faults += lottery_faults(n_states, indptr, states, chances)
        game._settle(
            faults, name, labels, metadata, sizes=tuple(sizes),
            rewards=read_only(rewards.astype(np.float64)), moves=read_only(moves.astype(np.int64)),
            indptr=read_only(indptr.astype(np.int64)), states=read_only(states.astype(np.int64)),
            chances=read_only(chances.astype(np.float64)), horizon=periods, discount=factor,
            start=read_only(start.astype(np.float64)), target=wanted,
        )  # fmt: skip
        return game

    @property
    def n_agents(self) -> int:
        """Number of agents, n."""
        return len(self.sizes)

    @property
    def n_states(self) -> int:
        """Number of states, S."""
        return int(self.rewards.shape[1])

    @property
    def scale(self) -> float:
        """The largest absolute reward."""
        return float(np.abs(self.rewards).max())

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "sizes", self.sizes
        yield "rewards", self.rewards
        yield "moves", self.moves
        yield "indptr", self.indptr
        yield "states", self.states
        yield "chances", self.chances
        yield "horizon", self.horizon
        yield "discount", self.discount
        yield "start", self.start
        yield "target", "welfare" if self.target is None else self.target

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of agents and states, and of each agent's actions."""
        actions = {actions_of(i): size for i, size in enumerate(self.sizes)}
        return {"agents": self.n_agents, "states": self.n_states, **actions}

    def action_label(self, agent: int, action: int) -> str:
        """Return the label of an action, or its number."""
        names = self.labels.get(actions_of(agent))
        return names[action] if names and names[action] else str(action)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        sides = [
            f"{size} {side if size != 1 else side.removesuffix('s')}"
            for side, size in (("agents", self.n_agents), ("states", self.n_states))
        ]
        actions = f"{' x '.join(map(str, self.sizes))} actions"
        periods = "no end" if self.horizon is None else f"{self.horizon} periods"
        periods = "1 period" if self.horizon == 1 else periods
        return f"<ContractGame{name}: {', '.join([*sides, actions, periods])}>"


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | np.ndarray)


def _fields(
    table: FloatArray,
    transitions: object,
    lotteries: object,
    initial: object,
    faults: list[Fault],
) -> dict[str, Any]:
    """Return the arrays of a game; adds faults."""
    n, n_states = table.shape[:2]
    sizes = tuple(table.shape[2:])
    joint = math.prod(sizes)
    reader = Reader((n_states, *sizes), faults)
    reader.read(transitions, lotteries)
    return {
        "sizes": sizes,
        "rewards": read_only(table.reshape(n, n_states, joint) + 0.0),
        "moves": read_only(reader.moves.reshape(n_states, joint)),
        **reader.arrays(),
        "start": read_only(chances_of_start(initial, n_states, faults)),
    }


def _target(
    target: object,
    n_states: int,
    sizes: tuple[int, ...],
    horizon: int | None,
    faults: list[Fault],
) -> IntArray | None:
    """Return the target (T or 1, S, n), None for welfare; adds faults."""
    if isinstance(target, str) and target == "welfare":
        return None
    stages = horizon or 1
    rule = f"must be 'welfare', [state][agent], or [stage][state][agent] for {stages} stages"
    rows = target.tolist() if isinstance(target, np.ndarray) else target
    if not isinstance(rows, list | tuple) or depth_of(rows) not in (2, 3):
        faults.append(Fault("target", rule, value=target if isinstance(target, str) else None))
        return None
    single = depth_of(rows) == 2
    rows = [rows] if single else rows
    if not single and len(rows) != stages:
        faults.append(Fault("target", rule))
        return None
    found = np.zeros((len(rows), n_states, len(sizes)), dtype=np.int64)
    for t, states in enumerate(rows):
        place: tuple[int, ...] = () if single else (t,)
        if not isinstance(states, list | tuple) or len(states) != n_states:
            faults.append(Fault("target", f"must be a list for each of {n_states} states", place))
            continue
        for s, profile in enumerate(states):
            if not isinstance(profile, list | tuple) or len(profile) != len(sizes):
                wrong = f"must be an action for each of {len(sizes)} agents"
                faults.append(Fault("target", wrong, (*place, s)))
                continue
            for i, action in enumerate(profile):
                whole = isinstance(action, int) and not isinstance(action, bool)
                if not whole or not 0 <= action < sizes[i]:
                    wrong = f"must be an action of agent {i}, 0 to {sizes[i] - 1}"
                    faults.append(Fault("target", wrong, (*place, s, i), action))
                else:
                    found[t, s, i] = action
    return None if faults else read_only(found)
