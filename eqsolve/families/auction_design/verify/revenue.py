"""What a mechanism earns, by the verifier's own choice: enumerated, or on given draws."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw, Valuations
from eqsolve.families.auction_design.instance.streams import blocks, generator
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
from eqsolve.families.auction_design.solution.mechanism import (
    DirectMechanism,
    ItemAuctions,
    Mechanism,
    Menu,
    PolicyMechanism,
    ScoreMechanism,
    SequentialMechanism,
    Tariff,
)
from eqsolve.families.auction_design.verify.choice import choose, choose_entries
from eqsolve.families.auction_design.verify.policy import policy_menu

__all__ = ["MOST_PAIRS", "Earned", "counted", "drawn", "interval_of", "mean_of", "n_pairs"]

_Z = 1.96
"""Standard errors from the mean to the ends of an interval."""

MOST_PAIRS = 1_000_000
"""Pairs of type and state, or profiles, up to which types are enumerated."""


class Earned(NamedTuple):
    """Expected payments and values by bidder; revenue of each run where there are runs."""

    payments: FloatArray
    values: FloatArray
    runs: FloatArray | None = None


def n_pairs(mechanism: Mechanism, design: AuctionDesign) -> int | None:
    """Return how many pairs of type and state (or profiles) there are; None: infinitely many."""
    if not design.is_finite:
        return None
    counts = [law.n_types for law in design.laws if isinstance(law, FiniteLaw)]
    if isinstance(mechanism, SequentialMechanism):
        states = 1 if design.n_bidders == 1 else 1 << design.n_items
        return sum(counts) * states
    if isinstance(mechanism, ScoreMechanism):
        return None if any(mechanism.linear) else sum(counts)
    if isinstance(mechanism, ItemAuctions | PolicyMechanism):
        return None
    return prod(counts)


def counted(mechanism: Mechanism, design: AuctionDesign, poll: Callable[[], None]) -> Earned:
    """Return what is earned, over all types."""
    laws = [law for law in design.laws if isinstance(law, FiniteLaw)]
    if isinstance(mechanism, DirectMechanism):
        return _profiles(mechanism, laws, poll)
    if isinstance(mechanism, ScoreMechanism):
        return _scores(mechanism, laws)
    assert isinstance(mechanism, SequentialMechanism)
    n, m = design.n_bidders, design.n_items
    payments, values = np.zeros((2, n))
    states = {(1 << m) - 1: 1.0}  # sets of items left, as bits
    for i in mechanism.order:
        following: dict[int, float] = {}
        for left, chance in states.items():
            poll()
            items = tuple(j for j in range(m) if left >> j & 1)
            menu = mechanism.menu(i, items)
            moves = [(0, 1.0)]
            if menu is not None:
                paid, worth, moves = _state(laws[i], menu, items, m)
                payments[i] += chance * paid
                values[i] += chance * worth
            for bundle, share in moves:
                following[left & ~bundle] = following.get(left & ~bundle, 0.0) + chance * share
        states = following
    return Earned(payments, values)


def _state(
    law: FiniteLaw, menu: Menu | Tariff, items: tuple[int, ...], m: int
) -> tuple[float, float, list[tuple[int, float]]]:
    """Return expected payment and value in a state, and what is taken (as bits), how likely."""
    alive = np.flatnonzero(np.asarray(law.weights) > 0)
    types, shares = law.valuations.take(alive), law.probabilities[alive]
    available = np.isin(np.arange(m), items)
    taken: dict[int, float] = {}
    if isinstance(menu, Tariff):
        rows = np.tile(available, (len(types), 1))
        found = choose(types, menu, rows, np.random.default_rng(0))
        for bundle, share in zip(found.bundles, shares.tolist(), strict=True):
            taken[_bits(bundle)] = taken.get(_bits(bundle), 0.0) + share
        return float(shares @ found.payments), float(shares @ found.values), list(taken.items())
    chosen, values = choose_entries(types, menu, available)
    paid = 0.0
    for t, j in enumerate(chosen.tolist()):
        rest = float(shares[t])
        if j >= 0:
            paid += float(shares[t] * menu.prices[j])
            for chance, bundle in zip(menu.weights[j].tolist(), menu.bundles[j], strict=True):
                key = _bits(bundle)
                taken[key] = taken.get(key, 0.0) + float(shares[t]) * chance
                rest -= float(shares[t]) * chance
        taken[0] = taken.get(0, 0.0) + max(rest, 0.0)
    return paid, float(shares @ values), list(taken.items())


def _bits(bundle: BoolArray) -> int:
    """Return a bundle as bits."""
    return sum(1 << int(j) for j in np.flatnonzero(bundle))


def _profiles(
    mechanism: DirectMechanism, laws: list[FiniteLaw], poll: Callable[[], None]
) -> Earned:
    """Return what is earned over all profiles."""
    n = len(laws)
    shares = [law.probabilities for law in laws]
    payments, values = np.zeros((2, n))
    for p, profile in enumerate(mechanism.profiles.tolist()):
        if p % 256 == 0:
            poll()
        chance = prod(float(shares[i][t]) for i, t in enumerate(profile))
        payments += chance * mechanism.payments[p]
        for a in range(int(mechanism.atoms[p]), int(mechanism.atoms[p + 1])):
            for i, t in enumerate(profile):
                held = mechanism.owners[a] == i
                worth = float(laws[i].valuations.take([t]).of(held[None])[0, 0])
                values[i] += chance * float(mechanism.chances[a]) * worth
    return Earned(payments, values)


def score(mechanism: ScoreMechanism, bidder: int, value: float) -> float:
    """Return the score of a value."""
    values, scores = mechanism.values[bidder], mechanism.scores[bidder]
    k = int((values <= value).sum()) - 1
    if not mechanism.linear[bidder]:
        return float(scores[k]) if k >= 0 else -np.inf
    k = min(max(k, 0), len(values) - 2)
    slope = (scores[k + 1] - scores[k]) / (values[k + 1] - values[k])
    return float(scores[k] + slope * (value - values[k]))


def _scores(mechanism: ScoreMechanism, laws: list[FiniteLaw]) -> Earned:
    """Return what is earned where scores decide: winners by score, payments by the rents below."""
    n = len(laws)
    table = []
    for i, law in enumerate(laws):
        worth = law.valuations.of_all_items().tolist()
        rows = [
            (score(mechanism, i, value), value, share)
            for value, share in zip(worth, law.probabilities.tolist(), strict=True)
            if share > 0
        ]
        table.append(rows)
    payments, values = np.zeros((2, n))

    def wins(i: int, level: float) -> float:
        """Return how likely bidder i wins with a score."""
        if level <= 0:
            return 0.0
        chance = 1.0
        for j in range(n):
            if j < i:
                chance *= sum(share for s, _, share in table[j] if s < level)
            elif j > i:
                chance *= sum(share for s, _, share in table[j] if s <= level)
        return chance

    for i in range(n):
        steps = [wins(i, float(level)) for level in mechanism.scores[i]]
        for level, value, share in table[i]:
            chance = wins(i, level)
            rent = 0.0
            for k, low in enumerate(mechanism.values[i].tolist()):
                if low > value:
                    break
                following = mechanism.values[i].tolist()[k + 1 : k + 2]
                rent += steps[k] * (min([value, *following]) - low)
            payments[i] += share * (value * chance - rent)
            values[i] += share * value * chance
    return Earned(payments, values)


def drawn(
    mechanism: Mechanism,
    design: AuctionDesign,
    draws: int,
    seed: int,
    poll: Callable[[], None],
) -> Earned:
    """Return what is earned on the report draws of a seed."""
    n = design.n_bidders
    runs = []
    payments, values = np.zeros((2, n))
    for block, types in enumerate(blocks(design.laws, draws, seed, "report")):
        rng = generator(seed, "report", n, block)
        if isinstance(mechanism, ScoreMechanism):
            paid, worth = _play_scores(mechanism, types)
        elif isinstance(mechanism, ItemAuctions):
            single = np.eye(mechanism.n_items, dtype=np.bool_)
            paid, worth = np.zeros((2, len(types[0]), n))
            for j, auction in enumerate(mechanism.auctions):
                alone = tuple(AdditiveValuations(part.of(single[[j]])) for part in types)
                one = _play_scores(auction, alone)
                paid, worth = paid + one[0], worth + one[1]
        else:
            assert isinstance(mechanism, SequentialMechanism | PolicyMechanism)
            paid, worth = _play_menus(mechanism, types, rng, poll)
        runs.append(paid.sum(axis=1))
        payments += paid.sum(axis=0)
        values += worth.sum(axis=0)
        poll()
    return Earned(payments / draws, values / draws, np.concatenate(runs))


def _play_menus(
    mechanism: SequentialMechanism | PolicyMechanism,
    types: tuple[Valuations, ...],
    rng: np.random.Generator,
    poll: Callable[[], None],
) -> tuple[FloatArray, FloatArray]:
    """Return payments and values, shape (N, n), bidders choosing one after the other."""
    runs, n, m = len(types[0]), len(types), mechanism.n_items
    left = np.ones((runs, m), dtype=np.bool_)
    payments, values = np.zeros((2, runs, n))
    for place, i in enumerate(mechanism.order):
        groups: dict[bytes, list[int]] = {}
        by_count = isinstance(mechanism, SequentialMechanism) and _counts_alone(mechanism, i)
        for run in range(runs):
            part = left[run].sum(keepdims=True) if by_count else np.packbits(left[run])
            groups.setdefault(part.tobytes(), []).append(run)
        for _, members in sorted(groups.items()):
            poll()
            rows = np.array(members)
            menu: Menu | Tariff | None
            if isinstance(mechanism, PolicyMechanism):
                menu = policy_menu(mechanism, place, left[rows[0]])
            else:
                menu = mechanism.menu(i, tuple(np.flatnonzero(left[rows[0]]).tolist()))
            if menu is None:
                continue
            found = choose(types[i].take(rows), menu, left[rows], rng)
            payments[rows, i], values[rows, i] = found.payments, found.values
            left[rows] &= ~found.bundles
    return payments, values


def _counts_alone(mechanism: SequentialMechanism, bidder: int) -> bool:
    """Return whether what a bidder is shown depends on how many items are left alone."""
    own = [menu for menu in mechanism.menus if menu.state.bidder == bidder]
    return all(isinstance(menu, Tariff) and menu.state.remaining is None for menu in own)


def _play_scores(
    mechanism: ScoreMechanism, types: tuple[Valuations, ...]
) -> tuple[FloatArray, FloatArray]:
    """Return payments and values, shape (N, n), where scores decide."""
    worth = np.stack([part.of_all_items() for part in types], axis=1)
    scores = np.stack(
        [_scores_at(mechanism, i, worth[:, i]) for i in range(worth.shape[1])], axis=1
    )
    payments, values = np.zeros((2, *worth.shape))
    winners = scores.argmax(axis=1)  # the first of equal ones
    for i in range(worth.shape[1]):
        rows = np.flatnonzero((winners == i) & (scores[:, i] > 0))
        before = np.maximum(scores[rows, :i].max(axis=1, initial=0.0), 0.0)
        after = scores[rows, i + 1 :].max(axis=1, initial=-np.inf)
        payments[rows, i] = _least_values(mechanism, i, before, after)
        values[rows, i] = worth[rows, i]
    return payments, values


def _scores_at(mechanism: ScoreMechanism, bidder: int, worth: FloatArray) -> FloatArray:
    """Return the scores of values."""
    values, scores = mechanism.values[bidder], mechanism.scores[bidder]
    if mechanism.linear[bidder]:
        return _line(values, scores, worth)
    step = (values <= worth[:, None]).sum(axis=1)
    found: FloatArray = np.append(scores, -np.inf)[step - 1]
    return found


def _line(x: FloatArray, y: FloatArray, at: FloatArray) -> FloatArray:
    """Return a piecewise linear function, extended beyond its ends."""
    k = np.clip((x <= at[:, None]).sum(axis=1) - 1, 0, len(x) - 2)
    found: FloatArray = y[k] + (y[k + 1] - y[k]) / (x[k + 1] - x[k]) * (at - x[k])
    return found


def _least_values(
    mechanism: ScoreMechanism, bidder: int, before: FloatArray, after: FloatArray
) -> FloatArray:
    """Return the least values whose scores are above one level and at least another."""
    values, scores = mechanism.values[bidder], mechanism.scores[bidder]
    if mechanism.linear[bidder]:
        return np.maximum(0.0, _line(scores, values, np.maximum(before, after)))
    wins = (scores > before[:, None]) & (scores >= after[:, None])
    found: FloatArray = np.where(wins, values, np.inf).min(axis=1)
    return found


def mean_of(runs: FloatArray) -> tuple[float, float]:
    """Return the mean of runs and its standard error."""
    return float(runs.mean()), float(runs.std(ddof=1) / np.sqrt(len(runs)))


def interval_of(runs: FloatArray) -> list[float]:
    """Return both ends of the interval in which the mean lies with a chance of 95 percent."""
    mean, error = mean_of(runs)
    return [mean - _Z * error, mean + _Z * error]
