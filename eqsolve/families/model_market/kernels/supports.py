"""Branch and bound over the supports of equilibria of hardmax model markets.

A node decides for some models whether they are in the support A (inside) or not (outside);
the rest are free. Write v[j, q] for weight times score, I for the models inside, F for the free
ones, W(B) for the welfare of a set, and mu for the least payoff in an equilibrium with support A.
Each rule below is proved in ``docs/families/model-markets.md``:

- mu lies between ``W(I) / (N + t)`` and ``W(I + F) / N``, if t models of A can serve all types;
- no model outside may earn more than mu even if all free models come in;
- what alone pays more than mu must be matched by the support, type by type;
- what a model in A earns at most, sharing with I only, must be at least mu, else it stays outside;
- a free model that would earn more than the upper bound of mu against all others must come in;
- platforms must fit: at most ``V_high / mu`` on a model, at least ``V_low / mu - 1``;
- no switch from a model of A may gain, its losses and gains bounded type by type.

Comparisons let a relative slack pass, so rounding never prunes an equilibrium. Types are compared
by rank, hence exactly. Cost of a node: O(M K), and O(|outside| |inside| K)
for the switches, with ties O(M^2 K).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.model_market.kernels.counts import search_counts

__all__ = ["FREE", "INSIDE", "OUTSIDE", "search_supports"]

FREE, INSIDE, OUTSIDE = 0, 1, 2

_WORTH_A_LOOK = 0.35
"""Share of what j serves at most that x must win for sure before a switch is looked at."""

Signs = npt.NDArray[np.int8]


class Types(NamedTuple):
    """What a node knows of each type, shape (K,) each.

    `top_in` is the greatest rank that the support reaches for sure, `worth_in` what that pays and
    `sharing` how many models inside have it; `top` and `second` are the two greatest ranks of
    models that may be in use, equal in ties, and `owner` the only model of rank `top`, or -1.
    """

    top_in: IntArray
    worth_in: FloatArray
    sharing: IntArray
    top: IntArray
    second: IntArray
    owner: IntArray


class Earnings(NamedTuple):
    """What a node knows of each model, shape (M,) each.

    `high` is the worth of the types that a model may serve, `unit` what a platform on it earns at
    most, and `low` the worth of the types that it serves alone whatever else comes in.
    """

    high: FloatArray
    unit: FloatArray
    low: FloatArray


@kernel
def _census(state: Signs, largest: int) -> tuple[int, int]:
    """Return how many models are inside and how many free, -1 and -1 if no support is left.

    Where the support is as large as it may be, what is free stays outside.
    """
    n_in = 0
    n_free = 0
    for j in range(len(state)):
        n_in += state[j] == INSIDE
        n_free += state[j] == FREE
    if n_in > largest or n_in + n_free == 0:
        return -1, -1
    if n_in == largest and n_free > 0:
        for j in range(len(state)):
            if state[j] == FREE:
                state[j] = OUTSIDE
        n_free = 0
    return n_in, n_free


@kernel
def _rank_types(ranks: IntArray, worth: FloatArray, state: Signs, types: Types) -> float:
    """Fill `types` in from the models inside and free; return the welfare of all of them."""
    welfare = 0.0
    for q in range(ranks.shape[1]):
        best_in = -1
        first = -1
        after = -1
        who = -1
        value_in = 0.0
        value = 0.0
        equal = 0
        for j in range(ranks.shape[0]):
            if state[j] == OUTSIDE:
                continue
            rank = ranks[j, q]
            if state[j] == INSIDE:
                if rank > best_in:
                    best_in = rank
                    value_in = worth[j, q]
                    equal = 1
                elif rank == best_in:
                    equal += 1
            if rank > first:
                after = first
                first = rank
                who = j
                value = worth[j, q]
            elif rank > after:
                after = rank
        types.top_in[q] = best_in
        types.worth_in[q] = value_in
        types.sharing[q] = equal
        types.top[q] = first
        types.second[q] = after
        types.owner[q] = who if first > after else -1
        welfare += value
    return welfare


@kernel
def _demand_matches(ranks: IntArray, worth: FloatArray, most: float, types: Types) -> bool:
    """Raise `top_in` to every score that alone pays more than `most`; return whether it can be.

    Such a score must be matched by the support, by models that are not known yet.
    """
    for q in range(ranks.shape[1]):
        for j in range(ranks.shape[0]):
            if ranks[j, q] > types.top_in[q] and worth[j, q] > most:
                types.top_in[q] = ranks[j, q]
                types.worth_in[q] = worth[j, q]
                types.sharing[q] = 0
        if types.top_in[q] > types.top[q]:
            return False
    return True


@kernel
def _servers(ranks: IntArray, state: Signs, types: Types) -> int:
    """Return how many models of the support suffice, at most, to serve every type.

    A type that a free model may take over is counted alone; for the others models inside are
    picked, most types first.
    """
    n_models, n_types = ranks.shape
    open_ = np.zeros(n_types, np.bool_)
    needed = 0
    left = 0
    for q in range(n_types):
        if types.top[q] > types.top_in[q]:
            needed += 1
        elif types.sharing[q] == 0:
            needed += types.top[q] > 0
        elif types.top[q] > 0:
            open_[q] = True
            left += 1
    while left > 0:
        pick = -1
        most = 0
        for j in range(n_models):
            if state[j] != INSIDE:
                continue
            served = 0
            for q in range(n_types):
                served += open_[q] and ranks[j, q] == types.top_in[q]
            if served > most:
                most = served
                pick = j
        for q in range(n_types):
            if open_[q] and ranks[pick, q] == types.top_in[q]:
                open_[q] = False
        left -= most
        needed += 1
    return needed


@kernel
def _estimate(
    ranks: IntArray,
    worth: FloatArray,
    state: Signs,
    types: Types,
    earnings: Earnings,
    floor: float,
    ceiling: float,
) -> tuple[float, float]:
    """Fill `earnings` in; return the bounds of the least payoff that they leave.

    What a model outside would earn is no more than the least payoff, what a model inside earns no
    less.
    """
    top_in, top, owner, sharing = types.top_in, types.top, types.owner, types.sharing
    for j in range(ranks.shape[0]):
        high = 0.0
        unit = 0.0
        low = 0.0
        if state[j] == OUTSIDE:
            for q in range(ranks.shape[1]):
                if ranks[j, q] > top[q]:
                    low += worth[j, q]
            floor = max(floor, low)
        else:
            for q in range(ranks.shape[1]):
                if ranks[j, q] >= top_in[q]:
                    high += worth[j, q]
                    among = sharing[q] if ranks[j, q] == top_in[q] else 0
                    unit += worth[j, q] / max(1, among + (state[j] == FREE))
                if owner[q] == j:
                    low += worth[j, q]
            if state[j] == INSIDE:
                ceiling = min(ceiling, unit)
        earnings.high[j] = high
        earnings.unit[j] = unit
        earnings.low[j] = low
    return floor, ceiling


@kernel
def _settle(
    state: Signs,
    earnings: Earnings,
    n_platforms: int,
    floor: float,
    ceiling: float,
    slack: float,
) -> tuple[bool, bool]:
    """Decide the free models whose earnings leave no choice; return (platforms fit, changed)."""
    changed = False
    most = 0.0
    fewest = 0.0
    for j in range(len(state)):
        if state[j] == FREE:
            if earnings.unit[j] <= 0 or earnings.unit[j] < floor * (1 - slack):
                state[j] = OUTSIDE
                changed = True
            elif earnings.low[j] > ceiling * (1 + slack):
                state[j] = INSIDE
                changed = True
        elif state[j] == INSIDE:
            fewest += max(1.0, np.ceil(earnings.low[j] / ceiling - 1 - 1e-6))
        if state[j] != OUTSIDE and floor > 0:
            most += min(float(n_platforms), np.floor(earnings.high[j] / floor + 1e-6))
    return fewest <= n_platforms and (floor <= 0 or most >= n_platforms), changed


@kernel
def _switch_gains(
    ranks: IntArray,
    worth: FloatArray,
    slack: float,
    types: Types,
    most_serving: int,
    outside: bool,
    j: int,
    x: int,
) -> bool:
    """Return whether a platform on j gains by model x whatever the support, alone on j or not.

    Type by type: where x scores no less than j, it loses nothing; where it scores less, at most
    j's share. Where it beats all that may be in use, it serves all (`outside` only); where it
    equals the best that may be in use and j does not, it gains at least a share with all platforms
    that may serve the type, `most_serving` less those inside that do not.
    """
    top_in, top, second = types.top_in, types.top, types.second
    owner, sharing = types.owner, types.sharing
    alone = 0.0
    beside = 0.0
    size = 0.0
    for q in range(ranks.shape[1]):
        own, other = ranks[j, q], ranks[x, q]
        share = worth[j, q] if own >= top_in[q] else 0.0
        others = sharing[q] if own == top_in[q] else 0
        joint = share / max(1, others)
        half = share / max(2, others + 1)
        bar = second[q] if owner[q] == j else top[q]
        if other < own:
            alone -= joint
            beside -= half
            if outside and other > bar:
                alone += worth[x, q]
                size += worth[x, q]
        elif other > own:
            little = 0.0
            if other == top[q]:
                serving = most_serving + (sharing[q] if other == top_in[q] else 0)
                little = min(worth[x, q] / serving, worth[x, q] - joint)
            if outside and other > top[q]:
                little = worth[x, q] - joint
            alone += little
            beside += little
            size += little
    return min(alone, beside) > slack * size


@kernel
def _drop_switchers(
    ranks: IntArray,
    worth: FloatArray,
    n_platforms: int,
    n_in: int,
    ties: bool,
    slack: float,
    types: Types,
    earnings: Earnings,
    state: Signs,
) -> tuple[bool, bool]:
    """Leave out free models that platforms would flee; return (none inside is one, changed).

    Without ties only who beats all others for some types can gain: the likely are tried.
    """
    changed = False
    for j in range(len(state)):
        if state[j] == OUTSIDE or not (ties or state[j] == INSIDE):
            continue
        serving = n_platforms - n_in + (state[j] == INSIDE)
        for x in range(len(state)):
            outside = state[x] == OUTSIDE
            likely = outside and earnings.low[x] > _WORTH_A_LOOK * earnings.high[j]
            if (
                x != j
                and (ties or likely)
                and _switch_gains(ranks, worth, slack, types, serving, outside, j, x)
            ):
                if state[j] == INSIDE:
                    return False, changed
                state[j] = OUTSIDE
                changed = True
                break
    return True, changed


@kernel
def _promising(state: Signs, earnings: Earnings) -> int:
    """Return the free model that earns most for sure, then at most: where to branch."""
    high, low = earnings.high, earnings.low
    pick = -1
    for j in range(len(state)):
        if state[j] == FREE and (
            pick < 0 or low[j] > low[pick] or (low[j] == low[pick] and high[j] > high[pick])
        ):
            pick = j
    return pick


@kernel
def _node(
    ranks: IntArray,
    worth: FloatArray,
    n_platforms: int,
    largest: int,
    ties: bool,
    least_welfare: float,
    most_welfare: float,
    slack: float,
    state: Signs,
) -> int:
    """Apply the rules to a node in place; return -1 to cut it, -2 at a leaf, else where to branch.

    Parameters
    ----------
    ranks, worth : shape (M, K): see `search_supports`.
    largest : greatest size of a support.
    ties : whether two models may share a type.
    least_welfare, most_welfare : supports outside this range are not asked for.
    slack : relative slack of all comparisons.
    state : shape (M,): FREE, INSIDE or OUTSIDE.
    """
    n_models, n_types = ranks.shape
    types = Types(
        np.empty(n_types, np.int64),
        np.empty(n_types),
        np.empty(n_types, np.int64),
        np.empty(n_types, np.int64),
        np.empty(n_types, np.int64),
        np.empty(n_types, np.int64),
    )
    earnings = Earnings(np.empty(n_models), np.empty(n_models), np.empty(n_models))
    peak = 0.0
    for j in range(n_models):
        for q in range(n_types):
            peak = max(peak, worth[j, q])
    ceiling = np.inf
    while True:
        n_in, n_free = _census(state, largest)
        if n_in < 0:
            return -1
        welfare = _rank_types(ranks, worth, state, types)
        ceiling = min(ceiling, welfare / n_platforms)
        most = ceiling * (1 + slack)
        if peak > most and not _demand_matches(ranks, worth, most, types):
            return -1
        welfare_in = 0.0
        for q in range(n_types):
            welfare_in += types.worth_in[q]
        if welfare < least_welfare * (1 - slack) or welfare_in > most_welfare * (1 + slack):
            return -1
        size = min(n_platforms, n_in + n_free)
        size = min(size, _servers(ranks, state, types))
        floor = welfare_in / (n_platforms + size)
        floor, ceiling = _estimate(ranks, worth, state, types, earnings, floor, ceiling)
        if floor > ceiling * (1 + slack) or ceiling <= 0:
            return -1
        fits, changed = _settle(state, earnings, n_platforms, floor, ceiling, slack)
        if not fits:
            return -1
        if changed:
            continue
        stays, changed = _drop_switchers(
            ranks, worth, n_platforms, n_in, ties, slack, types, earnings, state
        )
        if not stays:
            return -1
        if not changed:
            return _promising(state, earnings) if n_free > 0 else -2


@kernel
def _members(state: Signs) -> tuple[IntArray, int]:
    """Return the models inside, at the front of an array, and how many they are."""
    inside = np.empty(len(state), np.int64)
    size = 0
    for j in range(len(state)):
        if state[j] == INSIDE:
            inside[size] = j
            size += 1
    return inside, size


@kernel
def _refuted(
    ranks: IntArray,
    worth: FloatArray,
    n_platforms: int,
    slack: float,
    state: Signs,
) -> bool:
    """Return whether NASH-2 rules the support out beyond rounding; never with ties inside."""
    n_models, n_types = ranks.shape
    inside, size = _members(state)
    votes = np.zeros(size)
    owner = np.empty(n_types, np.int64)
    top = np.empty(n_types, np.int64)
    second = np.empty(n_types, np.int64)
    total = 0.0
    for q in range(n_types):
        owner[q] = top[q] = second[q] = -1
        for k in range(size):
            rank = ranks[inside[k], q]
            if rank > top[q]:
                second[q] = top[q]
                top[q] = rank
                owner[q] = k
            elif rank > second[q]:
                second[q] = rank
        if top[q] > 0:
            if second[q] == top[q]:
                return False
            votes[owner[q]] += worth[inside[owner[q]], q]
            total += worth[inside[owner[q]], q]
    seats = np.zeros(size, np.int64)
    given = 0
    for k in range(size):
        seats[k] = max(1, int(np.floor(votes[k] / total * n_platforms - 1e-6)))
        given += seats[k]
    while given < n_platforms:
        best = 0
        for k in range(size):
            if votes[k] / (seats[k] + 1) > votes[best] / (seats[best] + 1):
                best = k
        seats[best] += 1
        given += 1
    least = np.inf
    following = 0.0
    for k in range(size):
        least = min(least, votes[k] / seats[k])
        following = max(following, votes[k] / (seats[k] + 1))
    if given > n_platforms or following > least * (1 + slack):
        return True
    if following > least * (1 - slack):
        return False
    for x in range(n_models):
        if state[x] == INSIDE:
            continue
        for k in range(-1, size):
            if k >= 0 and seats[k] > 1:
                continue
            gained = 0.0
            for q in range(n_types):
                bar = second[q] if k >= 0 and owner[q] == k else top[q]
                if ranks[x, q] > bar:
                    gained += worth[x, q]
            if gained > (least if k < 0 else votes[k]) * (1 + slack):
                return True
    for k in range(size):
        if seats[k] > 1:
            continue
        for other in range(size):
            if other == k:
                continue
            served = votes[other]
            for q in range(n_types):
                if owner[q] == k and second[q] > 0 and ranks[inside[other], q] == second[q]:
                    served += worth[inside[other], q]
            shared = False
            for q in range(n_types):
                if owner[q] == k and ranks[inside[other], q] == second[q]:
                    same = 0
                    for third in range(size):
                        if third != k and ranks[inside[third], q] == second[q]:
                            same += 1
                    shared = shared or same > 1
            if not shared and served / (seats[other] + 1) > votes[k] * (1 + slack):
                return True
    return False


@kernel
def _no_counts(
    ranks: IntArray,
    worth: FloatArray,
    n_platforms: int,
    slack: float,
    state: Signs,
    stop: npt.NDArray[np.uint8],
) -> bool:
    """Return whether no counts on the support survive 1,000 boxes of `search_counts`."""
    n_types = ranks.shape[1]
    inside, size = _members(state)
    a = np.zeros((size, n_types))
    x = np.zeros((size, n_types))
    order = np.zeros((size, n_types), np.int64)
    for q in range(n_types):
        top = 1
        for k in range(size):
            top = max(top, ranks[inside[k], q])
        first = 0
        last = size
        for k in range(size):
            if ranks[inside[k], q] == top:
                a[k, q] = worth[inside[k], q]
                x[k, q] = 1.0
                last -= 1
                order[last, q] = k
            else:
                order[first, q] = k
                first += 1
    bits = 2
    while 2**bits <= n_platforms:
        bits += 1
    boxes = np.zeros((size * (bits + 2) + 2, 2, size), np.int64)
    for k in range(size):
        boxes[0, 0, k] = 1
        boxes[0, 1, k] = n_platforms
    found = np.zeros((1, size), np.int64)
    depth, n_found, _ = search_counts(a, x, order, n_platforms, slack, boxes, 1, found, 1000, stop)
    return depth == 0 and n_found == 0


@kernel
def search_supports(
    ranks: IntArray,
    worth: FloatArray,
    n_platforms: int,
    largest: int,
    ties: bool,
    least_welfare: float,
    most_welfare: float,
    slack: float,
    stack: Signs,
    depth: int,
    found: Signs,
    max_nodes: int,
    stop: npt.NDArray[np.uint8],
) -> tuple[int, int, int, int]:
    """Go on with a search until it ends, the buffer is full, or it is told to stop.

    Parameters
    ----------
    ranks : shape (M, K): for each type the order of the models, equal for equal scores, 0 for
        score 0.
    worth : shape (M, K): weight times score.
    largest, ties, least_welfare, most_welfare : see `_node`.
    slack : relative slack of all comparisons.
    stack : shape (>= M + 2, M): open nodes; the first `depth` are in use. Modified in place.
    found : shape (capacity, M): supports that could not be ruled out, FREE never among them.
    max_nodes : come back after so many nodes.
    stop : looked at in each node.

    Returns
    -------
    depth, n_found, n_nodes, n_leaves : depth is 0 when the search has ended.
    """
    n_models = len(ranks)
    state = np.empty(n_models, np.int8)
    n_found = 0
    n_nodes = 0
    n_leaves = 0
    while depth > 0 and n_found < len(found) and n_nodes < max_nodes and not stop[0]:
        depth -= 1
        n_nodes += 1
        for j in range(n_models):
            state[j] = stack[depth, j]
        pick = _node(
            ranks,
            worth,
            n_platforms,
            largest,
            ties,
            least_welfare,
            most_welfare,
            slack,
            state,
        )
        if pick == -1:
            continue
        if pick == -2:
            n_leaves += 1
            if not (
                _refuted(ranks, worth, n_platforms, slack, state)
                or (ties and _no_counts(ranks, worth, n_platforms, slack, state, stop))
            ):
                for j in range(n_models):
                    found[n_found, j] = state[j]
                n_found += 1
            continue
        for j in range(n_models):
            stack[depth, j] = stack[depth + 1, j] = state[j]
        stack[depth, pick] = OUTSIDE
        stack[depth + 1, pick] = INSIDE
        depth += 2
    return depth, n_found, n_nodes, n_leaves
