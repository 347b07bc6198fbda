"""Local search at least prices: add, drop, swap and re-route introductions while the revenue grows.

Every move is evaluated exactly by carrying the equilibrium along (`Incremental`): one or two
augmenting paths per changed pair and one sweep for the greatest prices. Moves are tried in a random
order drawn from the seed; the first that earns more is taken. When none does, a few random moves
shake the best set and the search goes on from there. At greatest prices single changes of a good
set nearly always lose; `neighborhoods` does better there.

- add (i, j): introduce a pair; what i or j had been introduced to is dropped (swap);
- drop (i, j): take an introduction back;
- re-route: two introduced pairs exchange their sellers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.families.trading_network.equilibrium import Clock, Equilibrium
from eqsolve.families.trading_network.evaluate import Evaluator, Incremental

__all__ = ["improve"]

Move = list[tuple[int, int, bool]]
"""Pairs to introduce (True) or to drop (False)."""


@dataclass(slots=True, eq=False)
class Climb:
    """The search itself.

    Parameters
    ----------
    evaluator : the network's arrays.
    state : the equilibrium of the present set.
    most : limit on the number of introductions.
    """

    evaluator: Evaluator
    state: Incremental
    most: int | None
    best: IntArray = field(init=False)
    income: int | float = field(init=False)
    tried: int = 0
    taken: int = 0
    finished: bool = True

    def __post_init__(self) -> None:
        self.state.favor()
        self.income = self.state.revenue
        self.best = self.state.traded()

    def neighbors(self) -> list[Move]:
        """Return every move from the present set, in a fixed order."""
        view, introduced = self.evaluator.view, self.state.introduced
        of_buyer = {int(i): int(j) for i, j in np.argwhere(introduced)}
        of_seller = {j: i for i, j in of_buyer.items()}
        moves: list[Move] = [[(i, j, False)] for i, j in of_buyer.items()]
        for i, j in np.argwhere(view.candidate & ~introduced).tolist():
            move: Move = []
            if i in of_buyer:
                move.append((i, of_buyer[i], False))
            if j in of_seller:
                move.append((of_seller[j], j, False))
            if self.most is None or len(of_buyer) - len(move) < self.most:
                moves.append([*move, (i, j, True)])
            other = of_seller.get(j)
            if i in of_buyer and other is not None and i < other:
                back = of_buyer[i]
                if view.candidate[other, back]:
                    moves.append([*move, (i, j, True), (other, back, True)])
        return moves

    def apply(self, move: Move) -> None:
        """Change the present set."""
        for i, j, introduce in move:
            if introduce:
                self.state.add(i, j)
            else:
                self.state.drop(i, j)

    def try_move(self, move: Move) -> bool:
        """Take the move if it earns more, else restore the state."""
        self.tried += 1
        before = self.state.found.copy()
        self.apply(move)
        self.state.settle()
        if self.state.revenue > self.income * (1 + 1e-12):
            self.income = self.state.revenue
            self.taken += 1
            return True
        self.undo(move, before)
        return False

    def undo(self, move: Move, before: Equilibrium) -> None:
        """Restore graph and equilibrium as they were."""
        state, values = self.state, self.evaluator.view.values
        for i, j, introduce in reversed(move):
            state.weights[i, j] = state.weights_t[j, i] = -1 if introduce else values[i, j]
            state.introduced[i, j] = not introduce
        state.found = before


def improve(
    evaluator: Evaluator,
    start: IntArray,
    deadline: Clock,
    rng: np.random.Generator,
    *,
    rounds: int,
    most: int | None = None,
    tell: Callable[[IntArray], None] | None = None,
) -> Climb:
    """Climb from a set of introductions and return the search with its best set.

    Parameters
    ----------
    evaluator : the network's arrays.
    start : pairs to begin with; a matching.
    deadline : asked before every move.
    rng : order of moves, and shakes.
    rounds : shakes after the first climb.
    most : limit on the number of introductions.
    tell : called with every better set.
    """
    climb = Climb(evaluator, evaluator.follow(start), most)
    top, best = climb.income, climb.best
    for turn in range(rounds + 1):
        _climb(climb, deadline, rng)
        if climb.income > top:
            top, best = climb.income, climb.state.traded()
            if tell is not None:
                tell(best)
        if not climb.finished or turn == rounds:
            break
        climb.state = evaluator.follow(best)
        for _ in range(3):
            moves = climb.neighbors()
            if moves:
                climb.apply(moves[int(rng.integers(len(moves)))])
        climb.state.settle()
        climb.income = climb.state.revenue
    climb.best, climb.income = best, top
    return climb


def _climb(climb: Climb, deadline: Clock, rng: np.random.Generator) -> None:
    """Take improving moves until none is left or time is over."""
    moves = climb.neighbors()
    order = rng.permutation(len(moves)).tolist()
    while order:
        if deadline.expired():
            climb.finished = False
            return
        if climb.try_move(moves[order.pop()]):
            moves = climb.neighbors()
            order = rng.permutation(len(moves)).tolist()
