"""Which pairs are asked about: never twice, best first, against every bundle looked at in turn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import CourseAllocation
from eqsolve.families.course_allocation.strategies import course_allocations
from eqsolve.families.course_elicitation.asking.acquisition import ASKING, REACH
from eqsolve.families.course_elicitation.asking.menu import Menu, Shelf, menus_of
from eqsolve.families.course_elicitation.instance import ACQUISITIONS, Bayes
from eqsolve.families.course_elicitation.learning.bayes import BayesBelief
from eqsolve.families.course_elicitation.learning.prior import Prior
from eqsolve.families.course_elicitation.verify.definitions import all_bundles

THREE = CourseAllocation([[4, 2, 1]], [1, 1, 1], max_courses=2)


def shelf(market: CourseAllocation, prices: list[float], money: float, i: int = 0) -> Shelf:
    return Shelf(menus_of(market)[i], np.array(prices, dtype=float), money)


def prior(market: CourseAllocation, values: list[float], i: int = 0) -> Prior:
    pairs = [(0, 1, 1.0)] if market.n_courses > 1 else []
    return Prior.around(menus_of(market)[i], np.array(values), pairs, Bayes(), 0.0)


def belief(market: CourseAllocation, values: list[float]) -> BayesBelief:
    return BayesBelief(prior(market, values))


@given(course_allocations())
def test_menus_hold_every_permissible_bundle_once(market: CourseAllocation) -> None:
    for i, menu in enumerate(menus_of(market)):
        found = [menu.courses(place) for place in range(len(menu))]
        assert found == sorted(all_bundles(market, i))


@given(course_allocations(max_students=2), st.data())
def test_worth_is_the_sum_of_courses_and_pairs(
    market: CourseAllocation, data: st.DataObject
) -> None:
    m = market.n_courses
    for i in range(market.n_students):
        number = st.sampled_from([-1.5, 0.0, 0.25, 3.0])
        size = m + (m > 1)
        weights = np.array(data.draw(st.lists(number, min_size=size, max_size=size)))
        prices = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=m, max_size=m))
        held, known = shelf(market, prices, 1.0, i), prior(market, [0.0] * m, i)
        worth = held.within(held.menu.worth(weights[:m], known.pairs, weights[m:]))
        for place in range(len(held.menu)):
            own = held.menu.courses(place)
            total = sum(weights[j] for j in own) + (weights[m] if {0, 1} <= set(own) else 0)
            dear = sum(prices[j] for j in own) > 1.0
            assert worth[place] == (-np.inf if dear else pytest.approx(total))
            assert known.features(own) @ weights == pytest.approx(total)


@pytest.mark.parametrize("acquisition", ACQUISITIONS)
@pytest.mark.parametrize("money", [0.0, 1.0, np.inf])
def test_all_pairs_are_asked_about_once_and_none_twice(acquisition: str, money: float) -> None:
    held = shelf(THREE, [1.0, 1.0, 0.0], money)
    asking = ASKING[acquisition](held, np.random.default_rng(3))
    known = belief(THREE, [40.0, 20.0, 10.0])
    seen = set()
    many = len(held.menu)
    for _ in range(many * (many - 1) // 2):
        a, b = asking.next(known)
        seen.add(frozenset((a, b)))
        truth = [sum([4, 2, 1][j] for j in held.menu.courses(place)) for place in (a, b)]
        answer = int(truth[1] > truth[0])
        asking.told(answer)
        better, other = (a, b) if answer == 0 else (b, a)
        known.learn(held.menu.courses(better), held.menu.courses(other))
    assert seen == {frozenset(pair) for pair in combinations(range(many), 2)}


def test_bundles_in_reach_are_asked_about_first() -> None:
    assert REACH == {"double_thompson": 1.25, "top_two": 1.25, "random": 1.25, "obis": 1.0}
    for acquisition in ACQUISITIONS:
        held = shelf(THREE, [1.0, 1.0, 0.5], 1.0)
        asking = ASKING[acquisition](held, np.random.default_rng(0))
        near = np.flatnonzero(held.reach)
        pairs = len(near) * (len(near) - 1) // 2 if acquisition != "obis" else 1
        for _ in range(pairs):
            pair = asking.next(belief(THREE, [40.0, 20.0, 10.0]))
            asking.told(0)
            assert set(pair) <= set(near.tolist())


def test_top_two_asks_about_the_two_best() -> None:
    held = shelf(THREE, [0, 0, 0], np.inf)
    asking = ASKING["top_two"](held, np.random.default_rng(0))
    known = belief(THREE, [40.0, 30.0, 10.0])
    asked = [tuple(held.menu.courses(place) for place in asking.next(known)) for _ in range(3)]
    # Pairs 0, 1 with 71; then 0, 2 with 50; 0 with 40; 1, 2 with 40: the best meets each in turn.
    assert asked[0] == ((0, 1), (0, 2))
    assert [pair[0] for pair in asked] == [(0, 1)] * 3
    worth = held.within(known.mean())
    order = [held.menu.courses(int(place)) for place in np.argsort(-worth, kind="stable")]
    assert [pair[1] for pair in asked] == order[1:4]


@given(st.permutations(range(8)), st.integers(0, 9))
def test_insertion_by_truthful_comparisons_sorts(order: list[int], seed: int) -> None:
    """OBIS: after all insertions the list is sorted, and none takes more than log2 comparisons."""
    market = CourseAllocation([[1, 1, 1]], [1, 1, 1])
    held = shelf(market, [0, 0, 0], np.inf)
    asking = ASKING["obis"](held, np.random.default_rng(seed))
    known = belief(market, [3.0, 2.0, 1.0])
    asked = 0
    while len(asking._ranked) < len(held.menu) or asking._new is not None:  # type: ignore[attr-defined]
        a, b = asking.next(known)
        asking.told(int(order[b] > order[a]))
        asked += 1
    ranked = [order[place] for place in asking._ranked]  # type: ignore[attr-defined]
    assert ranked == sorted(order, reverse=True)
    assert asked <= sum(int(np.ceil(np.log2(size + 1))) for size in range(1, 8))


def test_thompson_draws_find_the_best_bundles_of_two_worlds() -> None:
    held = shelf(THREE, [0, 0, 0], np.inf)
    asking = ASKING["double_thompson"](held, np.random.default_rng(5))
    known = belief(THREE, [40.0, 35.0, 30.0])
    asked = {frozenset(asking.next(known)) for _ in range(15)}
    assert len(asked) == 15
    best = int(np.argmax(held.within(known.mean())))
    assert sum(best in pair for pair in asked) >= 4


def test_a_menu_is_shared_by_those_who_may_take_the_same() -> None:
    market = CourseAllocation([[4, 2], [1, 1], [3, None]], [1, 1])
    menus = menus_of(market)
    assert menus[0] is menus[1]
    assert menus[2] is not menus[0]
    assert isinstance(menus[2], Menu)
    assert [menus[2].courses(place) for place in range(len(menus[2]))] == [(), (0,)]
