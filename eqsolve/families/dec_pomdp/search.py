"""Collective observability and shared identifiability by breadth-first search (DEC-2, DEC-4).

Joint histories lead from knowledge set to knowledge set; whether the joint history tells the state
is decided as soon as one set has two states, so while it does at most S + 1 sets are met, each with
all its moves: O(S x joint actions x joint observations). What all agents alone cannot rule out is
looked at over tuples of the joint set and every agent's own, of which there may be many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.dec_pomdp.instance import History
from eqsolve.families.dec_pomdp.sets import Sets, is_single

__all__ = ["Search", "Tuple", "search_sets", "search_tuples"]

N = TypeVar("N", bound=Hashable)

Tuple = tuple[int, ...]
"""The joint knowledge set, then that of each agent."""


@dataclass(slots=True)
class Search(Generic[N]):
    """What a search has met.

    Parameters
    ----------
    root : where it began.
    parents : node -> node before, joint action and joint observation; None of the root.
    reached : nodes met after at least one step, in this order.
    witness : the node where it stopped, with the move into it, or None.
    limit : what cut it short, or None.
    """

    root: N
    parents: dict[N, tuple[N, int, int] | None] = field(default_factory=dict)
    reached: dict[N, None] = field(default_factory=dict)
    witness: tuple[N, int, int] | None = None
    limit: Limit | None = None

    def history(self, sets: Sets) -> History:
        """Return the joint history that leads to the witness, a shortest one."""
        assert self.witness is not None
        node, action, seen = self.witness
        steps = [(sets.own_actions[action], sets.own_observations[seen])]
        while (before := self.parents[node]) is not None:
            node, action, seen = before
            steps.append((sets.own_actions[action], sets.own_observations[seen]))
        return tuple(reversed(steps))


def _search(
    root: N,
    moves: Callable[[N], Iterator[tuple[int, int, N]]],
    stops: Callable[[N], bool],
    deadline: Deadline,
    most: int,
) -> Search[N]:
    """Search breadth-first, moves in rising order, until a node stops it."""
    found: Search[N] = Search(root, {root: None})
    queue = deque([root])
    while queue:
        if deadline.expired():
            found.limit = deadline.limit
            return found
        node = queue.popleft()
        for action, seen, after in moves(node):
            if stops(after):
                found.witness = (node, action, seen)
                return found
            found.reached[after] = None
            if after not in found.parents:
                if len(found.parents) >= most:
                    found.limit = Limit.NODES
                    return found
                found.parents[after] = (node, action, seen)
                queue.append(after)
    return found


def search_sets(sets: Sets, deadline: Deadline, most: int, *, through: bool = False) -> Search[int]:
    """Search the knowledge sets of joint histories until one has two states.

    Parameters
    ----------
    most : how many sets are met at most.
    through : go on beyond such sets, to meet all.
    """
    stops = (lambda known: False) if through else (lambda known: not is_single(known))
    return _search(sets.start, sets.moves, stops, deadline, most)


def search_tuples(sets: Sets, deadline: Deadline, most: int) -> Search[Tuple]:
    """Search tuples of knowledge sets until two states are shared by all agents' own."""
    agents = range(sets.model.n_agents)

    def moves(node: Tuple) -> Iterator[tuple[int, int, Tuple]]:
        for action, seen, after in sets.moves(node[0]):
            did, saw = sets.own_actions[action], sets.own_observations[seen]
            own = (sets.own_step(i, node[i + 1], did[i], saw[i]) for i in agents)
            yield action, seen, (after, *own)

    def stops(node: Tuple) -> bool:
        shared = node[1]
        for own in node[2:]:
            shared &= own
        return not is_single(shared)

    return _search((sets.start,) * (len(agents) + 1), moves, stops, deadline, most)
