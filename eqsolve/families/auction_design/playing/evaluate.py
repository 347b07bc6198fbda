"""What a mechanism earns: by enumeration where types are few, else on fresh draws.

Draws for reports have their own seeds (`streams`), so that nothing is judged on what it was fitted
to (MEC-11). The 95 % interval of N independent runs of mean r and deviation s is
r ± 1.96 s / sqrt N.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.streams import Purpose, blocks, generator
from eqsolve.families.auction_design.instance.valuations import Valuations
from eqsolve.families.auction_design.playing.demand import (
    best_entries,
    entry_values,
    take_from_tariff,
    tolerance_of,
)
from eqsolve.families.auction_design.playing.runs import play_profiles, play_types, scores_of
from eqsolve.families.auction_design.solution.mechanism import (
    DirectMechanism,
    Mechanism,
    Menu,
    ScoreMechanism,
    SequentialMechanism,
)

__all__ = ["Earnings", "Z", "enumerated", "estimated", "interval_of", "is_enumerable", "revenue"]

Z = 1.96
"""Standard errors on either side of an estimate in a 95 % interval."""

MOST_PAIRS = 1_000_000
"""Pairs of type and state, or profiles, up to which types are enumerated."""


@dataclass(frozen=True, slots=True, eq=False)
class Earnings:
    """What a mechanism earns.

    Parameters
    ----------
    revenue : expected payments.
    welfare : expected value of what bidders get.
    utilities : shape (n,), expected.
    exact : whether all types were enumerated.
    interval : of the revenue at 95 %, None where exact.
    draws, seed : of an estimate, None where exact.
    runs : revenue of each run, for paired differences; empty where exact.
    """

    revenue: float
    welfare: float
    utilities: FloatArray
    exact: bool
    interval: tuple[float, float] | None = None
    draws: int | None = None
    seed: int | None = None
    runs: FloatArray | None = None


def revenue(
    mechanism: Mechanism,
    instance: AuctionDesign,
    draws: int = 20_000,
    seed: int = 0,
    *,
    exact: bool | None = None,
) -> Earnings:
    """Return what a mechanism earns on an instance.

    Parameters
    ----------
    mechanism : of a solution, or from `load_mechanism`.
    instance : its bidders.
    draws, seed : of an estimate; draws of seed s are the same for all mechanisms.
    exact : True: enumerate all types; False: draw; None: enumerate where types are few.

    Returns
    -------
    evaluation : `revenue`, `interval` (None where exact), `welfare`, `utilities`.

    Raises
    ------
    InstanceError, OptionError : no instance; fewer than 2 draws; too many types to enumerate.

    Notes
    -----
    Cost O(draws x entries), or O(types x entries) where enumerated. Source: theory MEC-11.

    Examples
    --------
    >>> from eqsolve import AuctionDesign, solve
    >>> types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    >>> design = AuctionDesign(1, [{"types": types}])
    >>> round(revenue(solve(design, strict=0).solution.mechanism, design).revenue, 6)
    1.5
    """
    require_instance(instance, AuctionDesign)
    require_count(seed, "seed")
    few = is_enumerable(mechanism, instance)
    if exact and not few:
        raise OptionError("there are too many types to enumerate, or infinitely many")
    if few and exact is not False:
        return enumerated(mechanism, instance)
    return estimated([mechanism], instance, draws, seed)[0]


def is_enumerable(mechanism: Mechanism, instance: AuctionDesign) -> bool:
    """Return whether a mechanism is evaluated exactly: finite types, few enough."""
    if not instance.is_finite:
        return False
    counts = [law.n_types for law in instance.laws if isinstance(law, FiniteLaw)]
    if isinstance(mechanism, DirectMechanism):
        return prod(counts) <= MOST_PAIRS
    if isinstance(mechanism, SequentialMechanism):
        states = 1 if instance.n_bidders == 1 else 1 << instance.n_items
        return sum(counts) * states <= MOST_PAIRS
    return isinstance(mechanism, ScoreMechanism) and not any(mechanism.linear)


def enumerated(mechanism: Mechanism, instance: AuctionDesign) -> Earnings:
    """Return the exact evaluation; `is_enumerable` says where."""
    if isinstance(mechanism, DirectMechanism):
        payments, values = _all_profiles(mechanism, instance)
    elif isinstance(mechanism, ScoreMechanism):
        payments, values = _all_scores(mechanism, instance)
    else:
        assert isinstance(mechanism, SequentialMechanism)
        payments, values = _all_states(mechanism, instance)
    return Earnings(float(payments.sum()), float(values.sum()), values - payments, exact=True)


def _all_states(
    mechanism: SequentialMechanism, instance: AuctionDesign
) -> tuple[FloatArray, FloatArray]:
    """Return expected payments and values of each bidder: every state that can be, every type."""
    n, m = instance.n_bidders, instance.n_items
    laws = instance.laws
    payments, values = np.zeros((2, n))
    states: Mapping[tuple[int, ...], float] = {tuple(range(m)): 1.0}
    for i in mechanism.order:
        law = laws[i]
        assert isinstance(law, FiniteLaw)
        alive = np.flatnonzero(np.asarray(law.weights) > 0)
        types, shares = law.valuations.take(alive), law.probabilities[alive]
        following: dict[tuple[int, ...], float] = {}
        for left, chance in states.items():
            menu = mechanism.menu(i, left)
            if menu is None:
                following[left] = following.get(left, 0.0) + chance
                continue
            available = np.zeros(m, dtype=np.bool_)
            available[list(left)] = True
            if isinstance(menu, Menu):
                paid, worth, moves = _from_entries(types, shares, menu, available)
            else:
                everywhere = np.broadcast_to(available, (len(types), m)).copy()
                taken = take_from_tariff(types, menu, everywhere)
                paid, worth = float(shares @ taken.payments), float(shares @ taken.values)
                moves = list(zip(taken.bundles, shares.tolist(), strict=True))
            payments[i] += chance * paid
            values[i] += chance * worth
            for bundle, share in moves:
                rest = tuple(np.flatnonzero(available & ~bundle).tolist())
                following[rest] = following.get(rest, 0.0) + chance * share
        states = following
    return payments, values


def _from_entries(
    types: Valuations, shares: FloatArray, menu: Menu, available: BoolArray
) -> tuple[float, float, list[tuple[BoolArray, float]]]:
    """Return expected payment and value of a menu's entries, and what is taken with what chance."""
    used = menu.weights > 0
    offered = ~((menu.bundles & used[:, :, None]) & ~available).any(axis=(1, 2))
    worth = entry_values(types, menu)
    entries = np.flatnonzero(offered)
    later = None if menu.worth is None else menu.worth[entries]
    chosen = best_entries(worth[:, entries], menu.prices[entries], later, tolerance_of(types))
    buyers = np.flatnonzero(chosen >= 0)
    bought = entries[chosen[buyers]]
    paid = float(shares[buyers] @ menu.prices[bought])
    value = float(shares[buyers] @ worth[buyers, bought])
    chance = np.bincount(bought, weights=shares[buyers], minlength=menu.n_entries)
    moves = [
        (menu.bundles[j, d], float(chance[j] * menu.weights[j, d]))
        for j in np.flatnonzero(chance)
        for d in np.flatnonzero(used[j])
    ]
    nothing = max(0.0, 1.0 - sum(share for _, share in moves))
    return paid, value, [*moves, (np.zeros_like(available), nothing)]


def _all_profiles(
    mechanism: DirectMechanism, instance: AuctionDesign
) -> tuple[FloatArray, FloatArray]:
    """Return expected payments and values of each bidder over all profiles that can be."""
    laws = [law for law in instance.laws if isinstance(law, FiniteLaw)]
    shares = [law.probabilities for law in laws]
    grids = np.meshgrid(*(np.flatnonzero(share > 0) for share in shares), indexing="ij")
    profiles = np.stack([grid.ravel() for grid in grids], axis=1)
    chances = np.prod([share[profiles[:, i]] for i, share in enumerate(shares)], axis=0)
    played = play_profiles(mechanism, profiles, tuple(law.valuations for law in laws))
    return chances @ played.payments, chances @ played.values


def _all_scores(
    mechanism: ScoreMechanism, instance: AuctionDesign
) -> tuple[FloatArray, FloatArray]:
    """Return expected payments and values of each bidder, from how likely each score wins."""
    n = instance.n_bidders
    laws = [law for law in instance.laws if isinstance(law, FiniteLaw)]
    worth = [law.valuations.of_all_items() for law in laws]
    shares = [law.probabilities for law in laws]
    scores = [scores_of(mechanism, i, worth[i]) for i in range(n)]
    payments, values = np.zeros((2, n))
    for i in range(n):
        own = mechanism.scores[i]
        wins = (own > 0).astype(np.float64)
        for j in range(n):
            if j != i:
                beaten = scores[j] < own[:, None] if j < i else scores[j] <= own[:, None]
                wins *= beaten @ shares[j]
        rents = np.concatenate([[0.0], np.cumsum(np.diff(mechanism.values[i]) * wins[:-1])])
        step = np.searchsorted(mechanism.values[i], worth[i], side="right")
        chance = np.concatenate([[0.0], wins])[step]
        paid = np.concatenate([[0.0], mechanism.values[i] * wins - rents])[step]
        payments[i] = shares[i] @ paid
        values[i] = shares[i] @ (chance * worth[i])
    return payments, values


def estimated(
    mechanisms: Sequence[Mechanism],
    instance: AuctionDesign,
    draws: int,
    seed: int,
    *,
    purpose: Purpose = "report",
    deadline: Deadline | None = None,
) -> list[Earnings]:
    """Return what mechanisms earn on the same draws, some thousand at least.

    Parameters
    ----------
    draws, seed, purpose : of the draws, see `streams`.
    deadline : when to stop with the draws there are by then.

    Raises
    ------
    OptionError : fewer than 2 draws, for which there is no interval.
    """
    require_count(draws, "draws", 2)
    if any(isinstance(mechanism, DirectMechanism) for mechanism in mechanisms):
        raise OptionError("a mechanism that lists profiles is evaluated by enumeration")
    laws = instance.laws
    earned: list[list[FloatArray]] = [[] for _ in mechanisms]
    sums = np.zeros((len(mechanisms), 2, len(laws)))
    for block, types in enumerate(blocks(laws, draws, seed, purpose)):
        for k, mechanism in enumerate(mechanisms):
            played = play_types(mechanism, types, generator(seed, purpose, len(laws), block))
            earned[k].append(played.revenue)
            sums[k] += played.payments.sum(axis=0), played.values.sum(axis=0)
        if deadline is not None and deadline.expired():
            break
    found = []
    for parts, total in zip(earned, sums, strict=True):
        runs = np.concatenate(parts)
        paid, worth = total / len(runs)
        found.append(
            Earnings(
                float(runs.mean()), float(worth.sum()), worth - paid, exact=False,
                interval=interval_of(runs), draws=len(runs), seed=seed, runs=runs,
            )
        )  # fmt: skip
    return found


def interval_of(runs: FloatArray) -> tuple[float, float]:
    """Return the 95 % interval of a mean.

    Examples
    --------
    >>> [round(end, 3) for end in interval_of(np.array([0.0, 1.0, 2.0, 1.0]))]
    [0.2, 1.8]
    """
    error = Z * float(runs.std(ddof=1)) / len(runs) ** 0.5
    mean = float(runs.mean())
    return mean - error, mean + error
