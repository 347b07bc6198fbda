"""Upper bounds on what any mechanism of a class earns, recomputed from flows alone (MEC-5).

For a type t with probability f, flows give the virtual value of a bundle S,
``(v_t(S) (f + inflow) - sum_s flows[s, t] v_s(S)) / f``. The bound is the expectation, over
profiles, of the greatest sum of virtual values of disjoint bundles. Zero flows prove the welfare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product
from math import prod

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw, Law
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.laws import (
    AdditiveLaw,
    Discrete,
    Exponential,
    Marginal,
    SubsetsLaw,
    Uniform,
)
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations, BidValuations

__all__ = ["at_most", "flow_bound", "flow_problem", "one_item_integral", "welfare_bound"]

_MOST_ITEMS = 14
"""Items up to which all bundles are looked at for one bidder."""

_MOST_STEPS = 50_000_000
"""Profiles x pairs of bundle and part, up to which winners are determined."""


def flow_problem(flows: object, design: AuctionDesign, ic: str) -> str | None:
    """Return why flows are not of the form that proves something, or None.

    Parameters
    ----------
    flows : by bidder, [t][s]; for ``"dsic"`` with several bidders [profile of the others][t][s].
    """
    laws = [law for law in design.laws if isinstance(law, FiniteLaw)]
    counts = [law.n_types for law in laws]
    if not isinstance(flows, list | tuple) or len(flows) != len(laws):
        return f"there must be flows of {len(laws)} bidders"
    for i, (law, given) in enumerate(zip(laws, flows, strict=True)):
        contexts = prod(counts) // counts[i] if ic == "dsic" and len(laws) > 1 else 1
        try:
            array = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            return f"the flows of bidder {i} are no array of numbers"
        shape = (counts[i], counts[i])
        if array.size != contexts * counts[i] ** 2 or array.shape[-2:] != shape:
            return f"the flows of bidder {i} have shape {array.shape}"
        array = array.reshape(contexts, *shape)
        if not np.isfinite(array).all() or (array < 0).any():
            return f"a flow of bidder {i} is negative or no number"
        shares = law.probabilities
        left = shares + array.sum(axis=1) - array.sum(axis=2)
        slack = 1e-12 * (shares + array.sum(axis=1))
        dead = shares == 0
        if array[:, dead].any() or array[:, :, dead].any():
            return f"bidder {i}: a type of probability 0 has flows"
        if (left < -slack).any():
            k, t = (int(x) for x in np.argwhere(left < -slack)[0])
            return f"bidder {i}, type {t}: gives {-float(left[k, t]):g} more than it has"
    return None


def _virtual(law: FiniteLaw, flows: FloatArray, values: FloatArray) -> FloatArray:
    """Return virtual values times probability of bundles with given values, both (T, K)."""
    has = law.probabilities + flows.sum(axis=0)
    found: FloatArray = values * has[:, None] - flows.T @ values
    return found


def flow_bound(
    flows: Sequence[object], design: AuctionDesign, ic: str, poll: Callable[[], None]
) -> float | None:
    """Return the bound that flows prove; None where it is too much to compute.

    Parameters
    ----------
    flows : of a form that `flow_problem` accepts.
    ic : ``"dsic"``, ``"bic"``, or ``"menu"`` for one bidder.
    """
    laws = [law for law in design.laws if isinstance(law, FiniteLaw)]
    counts = [law.n_types for law in laws]
    tables = [
        np.asarray(given, np.float64).reshape(-1, count, count)
        for given, count in zip(flows, counts, strict=True)
    ]
    if len(laws) == 1:
        return _one_bidder(laws[0], tables[0][0], poll)
    m = design.n_items
    if m == 1 and ic != "dsic":
        return _one_item(laws, [table[0] for table in tables])
    if prod(counts) * len(laws) * 3**m > _MOST_STEPS:
        return None
    every = all_bundles(m)
    values = [law.valuations.of(every) for law in laws]
    shares = [law.probabilities for law in laws]
    virtual = []
    for i, law in enumerate(laws):
        alive = np.where(shares[i] > 0, shares[i], 1.0)[:, None]
        virtual.append([_virtual(law, table, values[i]) / alive for table in tables[i]])
    profiles = np.array(list(product(*map(range, counts))), dtype=np.int64)
    chances = np.prod([share[profiles[:, i]] for i, share in enumerate(shares)], axis=0)
    best = np.zeros((len(profiles), 1 << m))
    for i in range(len(laws)):
        poll()
        context = np.zeros(len(profiles), dtype=np.int64)
        if len(virtual[i]) > 1:
            for j in range(len(laws)):
                if j != i:
                    context = context * counts[j] + profiles[:, j]
        own = np.stack(virtual[i])[context, profiles[:, i]]
        grown = best.copy()
        for whole in range(1 << m):
            part = whole
            while part:  # every non-empty part of the bundle goes to bidder i
                np.maximum(
                    grown[:, whole], best[:, whole & ~part] + own[:, part], out=grown[:, whole]
                )
                part = (part - 1) & whole
        best = grown
    return float(chances @ best[:, -1])


def _one_bidder(law: FiniteLaw, flows: FloatArray, poll: Callable[[], None]) -> float | None:
    """Return the expectation of the greatest virtual value of any bundle.

    A type that bids is best given one of its bids: throwing the rest away keeps its own value and
    lowers what is subtracted; one that wants a single item is best given one. Where values add up
    virtual values do, item by item.
    """
    types, m = law.valuations, law.n_items
    if isinstance(types, BidValuations):
        total = 0.0
        has = law.probabilities + flows.sum(axis=0)
        for t in range(law.n_types):
            own = slice(int(types.starts[t]), int(types.starts[t + 1]))
            if own.start == own.stop or not law.probabilities[t]:
                continue
            if t % 64 == 0:
                poll()
            from_ = np.flatnonzero(flows[:, t])
            lost = flows[from_, t] @ types.take(from_).of(types.bundles[own])
            worth = types.take([t]).of(types.bundles[own])[0]
            total += max(0.0, float((has[t] * worth - lost).max()))
        return total
    if isinstance(types, AdditiveValuations) and types.counted in (1, m):
        virtual = _virtual(law, flows, types.values)
        gains = np.maximum(virtual, 0.0)
        per_type = gains.sum(axis=1) if types.counted == m else gains.max(axis=1, initial=0.0)
        return float(per_type.sum())
    if m > _MOST_ITEMS:
        return None
    total_of = np.zeros(law.n_types)
    every = all_bundles(m)
    step = max(1, 1 << 22 // max(1, law.n_types))
    for start in range(0, len(every), step):
        poll()
        virtual = _virtual(law, flows, types.of(every[start : start + step]))
        total_of = np.maximum(total_of, virtual.max(axis=1, initial=0.0))
    return float(total_of.sum())


def _one_item(laws: Sequence[FiniteLaw], flows: Sequence[FloatArray]) -> float:
    """Return the expectation of the greatest positive virtual value of independent bidders."""
    scores, chances = [], []
    for law, own in zip(laws, flows, strict=True):
        alive = law.probabilities > 0
        shares = law.probabilities[alive]
        worth = law.valuations.of_all_items()[:, None]
        scores.append(_virtual(law, own, worth)[alive, 0] / shares)
        chances.append(shares)
    marks = np.unique(np.concatenate([[0.0], *scores]))
    marks = marks[marks >= 0]
    total = 0.0
    for low, high in pairwise(marks.tolist()):
        below = prod(
            float(share[score <= low].sum()) for score, share in zip(scores, chances, strict=True)
        )
        total += (high - low) * (1 - below)
    return total


def welfare_bound(design: AuctionDesign, poll: Callable[[], None]) -> float | None:
    """Return a number that the expected welfare cannot exceed; None where none is computed."""
    laws = design.laws
    if design.is_finite:
        finite = [law for law in laws if isinstance(law, FiniteLaw)]
        if len(finite) == 1:
            return float(finite[0].probabilities @ finite[0].valuations.greatest())
        nothing = [np.zeros((law.n_types, law.n_types)) for law in finite]
        return flow_bound(nothing, design, "bic", poll)
    if not all(isinstance(law, AdditiveLaw) for law in laws):
        return None
    # Items to those who value them most: an upper bound also where few items count.
    total = 0.0
    for j in range(design.n_items):
        marginals = [law.items[j] for law in laws if isinstance(law, AdditiveLaw)]
        total += _expected_most(marginals)
    return total


_STEPS = 20_000


def _expected_most(marginals: Sequence[Marginal]) -> float:
    """Return an upper sum of the integral of P(the greatest value exceeds x), which falls."""
    top = max(law.top for law in marginals) * 2
    edges = np.linspace(0.0, top, _STEPS + 1)
    above = 1 - np.prod([at_most(law, edges) for law in marginals], axis=0)
    above[0] = 1.0
    return float(above[:-1].sum() * top / _STEPS)


def at_most(law: Marginal, x: FloatArray) -> FloatArray:
    """Return P(value <= x)."""
    if isinstance(law, Uniform):
        if law.high == law.low:
            return (x >= law.low).astype(np.float64)
        return np.clip((x - law.low) / (law.high - law.low), 0.0, 1.0)
    if isinstance(law, Exponential):
        return 1 - np.exp(-np.maximum(x, 0.0) / law.mean) if law.mean else np.ones_like(x)
    assert isinstance(law, Discrete)
    shares = np.array(law.weights) / sum(law.weights)
    found: FloatArray = (np.array(law.values) <= x[:, None]) @ shares
    return found


def one_item_integral(laws: Sequence[Law]) -> tuple[float, float] | None:
    """Return between which numbers the expected greatest positive virtual value lies.

    For uniform and exponential values, whose virtual values rise: upper and lower sums of
    ``P(the greatest virtual value exceeds x)``, a falling function. None for other laws.
    """
    marginals: list[Uniform | Exponential] = []
    for law in laws:
        one = law.items[0] if isinstance(law, AdditiveLaw) else None
        if isinstance(law, SubsetsLaw):
            one = Uniform(0.0, 1.0)
        if not isinstance(one, Uniform | Exponential) or one.top <= 0:
            return None
        marginals.append(one)
    top = max(law.top for law in marginals) * 2
    edges = np.linspace(0.0, top, _STEPS + 1)
    below = np.ones_like(edges)
    for one in marginals:
        if isinstance(one, Uniform):
            below *= at_most(one, (edges + one.high) / 2)
        else:
            below *= at_most(one, edges + one.mean)
    above = 1 - below
    width = top / _STEPS
    return float(above[1:].sum() * width), float(above[:-1].sum() * width)
