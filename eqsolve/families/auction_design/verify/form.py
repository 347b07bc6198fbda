"""Whether a mechanism is one of the instance, and of the class that is claimed (MEC-1, SEQ-1).

Menus make truth best by their form: what is checked is that they sell only what is there. Lotteries
sum to at most 1, scores rise, and direct mechanisms have an outcome for every profile. Cost: as the
mechanism is long, and the product of types for profiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.laws import AdditiveLaw
from eqsolve.families.auction_design.solution import DesignSolution
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
from eqsolve.families.auction_design.verify.policy import policy_problems

__all__ = ["class_problems", "form_problems", "menu_problems"]


def form_problems(mechanism: Mechanism, design: AuctionDesign) -> Iterator[str]:
    """Yield what is wrong with the form of a mechanism."""
    if mechanism.n_items != design.n_items:
        yield f"it is over {mechanism.n_items} items, there are {design.n_items}"
        return
    if isinstance(mechanism, SequentialMechanism):
        yield from menu_problems(mechanism)
    elif isinstance(mechanism, ScoreMechanism):
        yield from _score_problems(mechanism)
    elif isinstance(mechanism, ItemAuctions):
        for j, auction in enumerate(mechanism.auctions):
            yield from (f"item {j}: {problem}" for problem in _score_problems(auction))
        for i, law in enumerate(design.laws):
            adds_up = isinstance(law, AdditiveLaw) and law.demand in (None, law.n_items)
            if not adds_up:
                yield f"auctions of single items, but the values of bidder {i} do not add up"
    elif isinstance(mechanism, PolicyMechanism):
        yield from policy_problems(mechanism, design.n_bidders)
    elif isinstance(mechanism, DirectMechanism):
        yield from _profile_problems(mechanism, design)


def class_problems(
    design: AuctionDesign, solution: DesignSolution, asked: Mapping[str, object]
) -> Iterator[str]:
    """Yield where the mechanism, the options and the class that is named disagree."""
    among, n = solution.among, design.n_bidders
    word = among.removeprefix("deterministic ")
    mechanism = solution.mechanism
    if word == "menu" and n > 1:
        yield f"a menu is for one bidder, there are {n}"
    if isinstance(mechanism, DirectMechanism):
        if word in ("menu", "sequential"):
            yield f"a direct mechanism among {among}s"
        if word == "dsic" and mechanism.ic != "dsic":
            yield "a mechanism that is truthful on average among those where truth is dominant"
        if among != word and not np.isin(mechanism.chances, (0.0, 1.0)).all():
            yield f"a lottery among {among}s"
    if isinstance(mechanism, ScoreMechanism) and n > 1 and word in ("menu", "sequential"):
        yield f"an auction among {among}s"
    if isinstance(mechanism, SequentialMechanism) and among != word:
        menus = [menu for menu in mechanism.menus if isinstance(menu, Menu)]
        if not all(np.isin(menu.weights, (0.0, 1.0)).all() for menu in menus):
            yield f"a lottery among {among}s"
    if (
        isinstance(mechanism, SequentialMechanism | PolicyMechanism)
        and word == "sequential"
        and mechanism.order != design.order
    ):
        yield f"the bidders come in the order {list(mechanism.order)}"
    scored = isinstance(mechanism, ScoreMechanism)  # the best of every class with one item
    word = word.removesuffix(" in any order")
    if asked.get("mechanism") not in (None, "auto", word) and not scored:
        yield f"the options ask for {asked['mechanism']}, among is {among!r}"
    if asked.get("lotteries") is False and among == word and not scored:
        yield f"the options ask for no lotteries, among is {among!r}"


def menu_problems(mechanism: SequentialMechanism) -> Iterator[str]:
    """Yield what is wrong with menus: goods that are gone, lotteries above 1, negative fees."""
    m = mechanism.n_items
    yield from _twice([menu.state for menu in mechanism.menus])
    for k, menu in enumerate(mechanism.menus):
        state = menu.state
        if state.n_remaining is not None and not 0 <= state.n_remaining <= m:
            yield f"menu {k}: {state.n_remaining} of {m} items cannot be left"
        if state.remaining is not None and len(set(state.remaining)) < len(state.remaining):
            yield f"menu {k}: an item is named twice among those left"
        if isinstance(menu, Tariff):
            given = [np.array([menu.fee]), menu.item_prices, menu.size_prices]
            if any(part is not None and (part < 0).any() for part in given):
                yield f"menu {k}: a fee or price of a tariff is negative"
            continue
        if (menu.weights < 0).any():
            yield f"menu {k}: a lottery has a negative probability"
        total = menu.weights.sum(axis=1)
        for j in np.flatnonzero(total > 1 + 1e-9).tolist():
            yield f"menu {k}, entry {j}: probabilities sum to {total[j]:g}"
        if state.remaining is not None:
            gone = ~np.isin(np.arange(m), state.remaining)
            sold = (menu.bundles & (menu.weights > 0)[:, :, None]).any(axis=1)
            for j, item in np.argwhere(sold & gone).tolist():
                yield f"menu {k}, entry {j}: sells item {item}, which is gone"
        if state.n_remaining is not None:
            sizes = np.where(menu.weights > 0, menu.bundles.sum(axis=2), 0)
            for j in np.flatnonzero(sizes.max(axis=1, initial=0) > state.n_remaining).tolist():
                yield f"menu {k}, entry {j}: sells more than the {state.n_remaining} items left"


def _twice(states: list[object]) -> Iterator[str]:
    """Yield a problem for each state with two menus."""
    seen: set[object] = set()
    for state in states:
        if state in seen:
            yield f"two menus for {state}"
        seen.add(state)


def _score_problems(mechanism: ScoreMechanism) -> Iterator[str]:
    """Yield what is wrong with scores: truth is dominant only where they rise."""
    rising = all(
        (np.diff(values) > 0).all() and (np.diff(scores) >= 0).all()
        for values, scores in zip(mechanism.values, mechanism.scores, strict=True)
    )
    if not rising:
        yield "scores must rise with values"
    lines = zip(mechanism.values, mechanism.scores, mechanism.linear, strict=True)
    for i, (values, scores, linear) in enumerate(lines):
        if len(values) < (2 if linear else 1) or (linear and (np.diff(scores) <= 0).any()):
            yield f"bidder {i}: a line needs two points or more, and must rise"


def _profile_problems(mechanism: DirectMechanism, design: AuctionDesign) -> Iterator[str]:
    """Yield what is wrong with the profiles and lotteries of a direct mechanism."""
    if not design.is_finite:
        yield "profiles can be listed for finite types only"
        return
    laws = [law for law in design.laws if isinstance(law, FiniteLaw)]
    counts = [law.n_types for law in laws]
    if (mechanism.profiles >= np.array(counts)).any():
        yield "a profile names a type that does not exist"
        return
    listed = {tuple(profile) for profile in mechanism.profiles.tolist()}
    if len(listed) < len(mechanism.profiles):
        yield "a profile is listed twice"
    alive = [np.flatnonzero(law.probabilities > 0).tolist() for law in laws]
    needed = 1
    for types in alive:
        needed *= len(types)
    inside = [set(types) for types in alive]
    there = sum(
        all(t in types for t, types in zip(profile, inside, strict=True)) for profile in listed
    )
    if there < needed:
        yield f"{needed - there} profiles of positive probability have no outcome"
    if there < len(listed):
        yield "a profile of probability 0 has an outcome"
    if (mechanism.chances < 0).any():
        yield "a lottery has a negative probability"
    ends = np.concatenate([[0.0], np.cumsum(mechanism.chances)])
    total = ends[mechanism.atoms[1:]] - ends[mechanism.atoms[:-1]]
    for p in np.flatnonzero(total > 1 + 1e-9).tolist():
        profile = mechanism.profiles[p].tolist()
        yield f"profile {profile}: probabilities sum to {total[p]:g}"
