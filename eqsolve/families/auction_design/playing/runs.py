"""Playing a mechanism: many types at once, one run for each, and what they get and pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.families.auction_design.instance.reading import read_types
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    TableValuations,
    Valuations,
)
from eqsolve.families.auction_design.playing.demand import take_entries, take_from_tariff
from eqsolve.families.auction_design.playing.policy import menu_of_policy, outputs_of
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

__all__ = ["Played", "play", "play_profiles", "play_types", "scores_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What happened in N runs.

    Parameters
    ----------
    bundles : shape (N, n, m), who got which items; drawn where there are lotteries.
    payments : shape (N, n).
    values : shape (N, n), of what each got, expected over the lottery of its entry.
    """

    bundles: BoolArray
    payments: FloatArray
    values: FloatArray

    @property
    def revenue(self) -> FloatArray:
        """What the seller earned in each run, shape (N,)."""
        found: FloatArray = self.payments.sum(axis=1)
        return found

    @property
    def utilities(self) -> FloatArray:
        """Value less payment, shape (N, n)."""
        return self.values - self.payments


def play(mechanism: Mechanism, types: object, *, seed: int = 0) -> Played:
    """Return what types get and pay.

    Parameters
    ----------
    mechanism : of a solution, or from `load_mechanism`.
    types : for each bidder as many types as there are runs: `Valuations`, a list of mappings with
        ``values``, ``additive``, ``unit_demand`` or ``bids``, or an array with a column for each
        item (additive) or for each bundle; with one bidder also that alone. For mechanisms that
        list outcomes by profile, profiles: an array of type indices, shape (N, n).
    seed : draws lotteries.

    Raises
    ------
    InstanceError : types that are none, or not equally many for each bidder.
    OptionError : a profile that the mechanism does not list.

    Notes
    -----
    Ties go to the seller: greatest price, then lowest index. Cost O(types x entries x items) at
    most. Source: theory MEC-1.

    Examples
    --------
    >>> from eqsolve import AuctionDesign, solve
    >>> types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    >>> design = AuctionDesign(1, [{"types": types}])
    >>> mechanism = solve(design, strict=0).solution.mechanism
    >>> play(mechanism, np.array([[1.0], [3.0]])).payments.round(6).tolist()
    [[0.0], [3.0]]
    """
    require_count(seed, "seed")
    if isinstance(mechanism, DirectMechanism):
        profiles = np.asarray(types)
        if profiles.ndim != 2 or profiles.dtype.kind not in "iu":
            raise InstanceError(Fault("types", "must be profiles: type indices, shape (N, n)"))
        return play_profiles(mechanism, profiles.astype(np.int64), None, seed)
    n_bidders = _n_bidders(mechanism)
    m = mechanism.n_items
    alone = isinstance(types, Valuations | np.ndarray) or (
        isinstance(types, Sequence) and len(types) > 0 and isinstance(types[0], Mapping)
    )
    given = [types] if alone else list(types) if isinstance(types, Sequence) else []
    if len(given) != n_bidders:
        raise InstanceError(Fault("types", f"must be types of each of {n_bidders} bidders"))
    faults: list[Fault] = []
    read = [_valuations(entry, f"types[{i}]", m, faults) for i, entry in enumerate(given)]
    found = [entry for entry in read if entry is not None]
    if not faults and len({len(entry) for entry in found}) > 1:
        faults.append(Fault("types", "must be equally many for each bidder"))
    if faults:
        raise InstanceError(faults)
    return play_types(mechanism, tuple(found), np.random.Generator(np.random.PCG64(seed)))


def _n_bidders(mechanism: Mechanism) -> int:
    """Return how many bidders a mechanism is for."""
    if isinstance(mechanism, SequentialMechanism | PolicyMechanism):
        return len(mechanism.order)
    return mechanism.n_bidders


def _valuations(given: Any, field: str, m: int, faults: list[Fault]) -> Valuations | None:
    """Return types of one bidder, None after a fault."""
    if isinstance(given, Valuations):
        if given.n_items == m:
            return given
    elif isinstance(given, np.ndarray) and given.ndim == 2:
        if given.shape[1] == m:
            return AdditiveValuations(given)
        if given.shape[1] == 1 << m:
            return TableValuations(given)
    elif isinstance(given, Sequence) and given and isinstance(given[0], Mapping):
        return read_types(given, field, m, faults)
    faults.append(Fault(field, f"are no types over {m} items"))
    return None


def play_types(
    mechanism: Mechanism, types: tuple[Valuations, ...], rng: np.random.Generator
) -> Played:
    """Return what types get and pay; see `play` for what they are and `rng` for lotteries."""
    if isinstance(mechanism, ScoreMechanism):
        return _play_scores(mechanism, types)
    if isinstance(mechanism, ItemAuctions):
        return _play_items(mechanism, types)
    if isinstance(mechanism, SequentialMechanism | PolicyMechanism):
        return _play_sequence(mechanism, types, rng)
    raise OptionError("a mechanism that lists profiles is played by types' indices")


def _play_sequence(
    mechanism: SequentialMechanism | PolicyMechanism,
    types: tuple[Valuations, ...],
    rng: np.random.Generator,
) -> Played:
    """Let the bidders choose one after the other."""
    runs, n, m = len(types[0]), len(types), mechanism.n_items
    left = np.ones((runs, m), dtype=np.bool_)
    bundles = np.zeros((runs, n, m), dtype=np.bool_)
    payments, values = np.zeros((2, runs, n))
    for place, i in enumerate(mechanism.order):
        for menu, rows in _groups(mechanism, place, left):
            some = types[i].take(rows)
            if isinstance(menu, Tariff):
                taken = take_from_tariff(some, menu, left[rows])
            else:
                taken = take_entries(some, menu, left[rows[0]], rng)
            bundles[rows, i] = taken.bundles
            payments[rows, i], values[rows, i] = taken.payments, taken.values
        left &= ~bundles[:, i]
    return Played(bundles, payments, values)


def _groups(
    mechanism: SequentialMechanism | PolicyMechanism, place: int, left: BoolArray
) -> list[tuple[Menu | Tariff, IntArray]]:
    """Return which menu is shown in which runs to the bidder at a place of the order."""
    bidder = mechanism.order[place]
    by_count = isinstance(mechanism, SequentialMechanism) and all(
        menu.state.remaining is None and isinstance(menu, Tariff)
        for menu in mechanism.menus
        if menu.state.bidder == bidder
    )
    keys = left.sum(axis=1)[:, None] if by_count else np.packbits(left, axis=1)
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    states = left[first]
    menus: list[Menu | Tariff | None]
    if isinstance(mechanism, PolicyMechanism):
        outputs = outputs_of(mechanism, states, place)
        menus = [
            menu_of_policy(mechanism, place, *pair) for pair in zip(states, outputs, strict=True)
        ]
    else:
        menus = [mechanism.menu(bidder, tuple(np.flatnonzero(state).tolist())) for state in states]
    order = np.argsort(inverse.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(inverse.ravel(), minlength=len(first)))
    parts = np.split(order, ends[:-1])
    return [(menu, rows) for menu, rows in zip(menus, parts, strict=True) if menu is not None]


def scores_of(mechanism: ScoreMechanism, bidder: int, worth: FloatArray) -> FloatArray:
    """Return the scores of a bidder's values, below 0 where there is none."""
    if mechanism.linear[bidder]:
        return _on_line(worth, mechanism.values[bidder], mechanism.scores[bidder])
    step: IntArray = np.searchsorted(mechanism.values[bidder], worth, side="right")
    found: FloatArray = np.concatenate([[-np.inf], mechanism.scores[bidder]])[step]
    return found


def _on_line(at: FloatArray, inputs: FloatArray, outputs: FloatArray) -> FloatArray:
    """Return a function given by points, on lines between them and beyond the ends."""
    k = np.clip(np.searchsorted(inputs, at, side="right") - 1, 0, len(inputs) - 2)
    slope = (outputs[k + 1] - outputs[k]) / (inputs[k + 1] - inputs[k])
    found: FloatArray = outputs[k] + slope * (at - inputs[k])
    return found


def least_winning(
    mechanism: ScoreMechanism, bidder: int, above: FloatArray, level: FloatArray
) -> FloatArray:
    """Return the least values whose scores are above one number and at least another."""
    own: FloatArray = mechanism.scores[bidder]
    if mechanism.linear[bidder]:
        least = _on_line(np.maximum(above, level), own, mechanism.values[bidder])
        return np.maximum(least, 0.0)
    step = np.searchsorted(own, above, side="right")
    step = np.maximum(step, np.searchsorted(own, level, side="left"))
    found: FloatArray = mechanism.values[bidder][step]
    return found


def _play_scores(mechanism: ScoreMechanism, types: tuple[Valuations, ...]) -> Played:
    """Give the item to the highest positive score, for the least value that wins."""
    worth = np.stack([part.of_all_items() for part in types], axis=1)
    runs, n = worth.shape
    scores = np.stack([scores_of(mechanism, i, worth[:, i]) for i in range(n)], axis=1)
    winner = scores.argmax(axis=1)
    sold = scores[np.arange(runs), winner] > 0
    bundles = np.zeros((runs, n, 1), dtype=np.bool_)
    payments, values = np.zeros((2, runs, n))
    for i in range(n):
        rows = np.flatnonzero(sold & (winner == i))
        before: FloatArray = scores[rows, :i].max(axis=1, initial=0.0)
        after: FloatArray = scores[rows, i + 1 :].max(axis=1, initial=-np.inf)
        bundles[rows, i, 0] = True
        payments[rows, i] = least_winning(mechanism, i, before, after)
        values[rows, i] = worth[rows, i]
    return Played(bundles, payments, values)


def _play_items(mechanism: ItemAuctions, types: tuple[Valuations, ...]) -> Played:
    """Play the auction of every item by itself.

    Raises
    ------
    OptionError : types whose values do not add up.
    """
    for part in types:
        if not isinstance(part, AdditiveValuations) or part.counted < part.n_items:
            raise OptionError("auctions of single items are for bidders whose values add up")
    single = np.eye(mechanism.n_items, dtype=np.bool_)
    values = [part.of(single) for part in types]
    played = [
        _play_scores(auction, tuple(AdditiveValuations(own[:, [j]]) for own in values))
        for j, auction in enumerate(mechanism.auctions)
    ]
    return Played(
        np.concatenate([one.bundles for one in played], axis=2),
        np.sum([one.payments for one in played], axis=0),
        np.sum([one.values for one in played], axis=0),
    )


def play_profiles(
    mechanism: DirectMechanism,
    profiles: IntArray,
    types: tuple[Valuations, ...] | None,
    seed: int = 0,
) -> Played:
    """Return what listed profiles get and pay.

    Parameters
    ----------
    types : the types that indices mean, for values; None: values are told as 0.

    Raises
    ------
    OptionError : a profile that the mechanism does not list.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    index = {tuple(profile): p for p, profile in enumerate(mechanism.profiles.tolist())}
    runs, n = len(profiles), profiles.shape[1]
    bundles = np.zeros((runs, n, mechanism.n_items), dtype=np.bool_)
    payments, values = np.zeros((2, runs, n))
    marks = rng.random(runs)
    for run, profile in enumerate(profiles.tolist()):
        p = index.get(tuple(profile))
        if p is None:
            raise OptionError(f"the mechanism lists no profile {profile}")
        atoms = slice(int(mechanism.atoms[p]), int(mechanism.atoms[p + 1]))
        cumulated = np.cumsum(mechanism.chances[atoms])
        atom = int(np.searchsorted(cumulated, marks[run], side="right"))
        owners = mechanism.owners[atoms]
        if atom < len(owners):
            bundles[run] = owners[atom][None, :] == np.arange(n)[:, None]
        payments[run] = mechanism.payments[p]
        if types is not None:
            for i in range(n):
                held = owners == i
                worth = types[i].take([profile[i]]).of(held)[0]
                values[run, i] = float(mechanism.chances[atoms] @ worth)
    return Played(bundles, payments, values)
