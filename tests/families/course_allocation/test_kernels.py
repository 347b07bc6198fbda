"""Compiled code beside brute force: bundles, their utilities, envy, and picks without a better."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings, strategies as st

from eqsolve import CourseAllocation
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.course_allocation.bundles import bundles_of
from eqsolve.families.course_allocation.kernels.branching import search
from eqsolve.families.course_allocation.kernels.envying import fill_tops, largest_bundle
from eqsolve.families.course_allocation.kernels.listing import fill_bundles
from eqsolve.families.course_allocation.kernels.picking import wander
from eqsolve.families.course_allocation.kernels.wishes import best_part
from eqsolve.families.course_allocation.measures import largest_size, rows_of
from eqsolve.families.course_allocation.strategies import course_allocations
from eqsolve.families.course_allocation.units import units_of
from eqsolve.families.course_allocation.wishes import FORBIDDEN
from tests.families.course_allocation import oracle


@given(course_allocations(max_students=2))
def test_bundles_are_all_and_in_order(market):
    found = bundles_of(market)
    rows = [tuple(j for j in row if j >= 0) for row in found.rows.tolist()]
    assert rows == sorted(set(rows))
    for i in range(market.n_students):
        allowed = {bundle for bundle in oracle.bundles(market, i) if bundle}
        listed = {
            row for row, worth in zip(rows, found.utilities[i], strict=True) if worth != FORBIDDEN
        }
        assert listed == allowed


def test_a_table_that_is_too_short_is_told():
    units = units_of(CourseAllocation([[1] * 4], [1] * 4, max_courses=2))
    rows = np.full((3, 2), -1, dtype=np.int64)
    count = interpreted(fill_bundles)(units.wishes, 2, 0, rows, np.zeros(3, dtype=np.int64))
    assert count == 4
    assert rows.tolist() == [[0, -1], [0, 1], [0, 2]]


@given(course_allocations(max_students=2))
def test_the_best_part_of_a_bundle_and_its_bound(market):
    units = units_of(market)
    m = market.n_courses
    tops = np.zeros(units.wishes.values.shape, dtype=np.int64)
    interpreted(fill_tops)(units.wishes, tops)
    row = rows_of([range(m)])[0]
    work = np.zeros((2, len(row) + 1), dtype=np.int64)
    for i in range(market.n_students):
        best = interpreted(best_part)(units.wishes, i, row, -1, 2**62, work)
        assert units.amount(best) == float(oracle.best_part(market, i, range(m)))
        for size in range(m + 1):
            for bundle in itertools.combinations(range(m), size):
                exact = oracle.utility(market, i, bundle)
                assert units.amount(int(tops[i, list(bundle)].sum())) >= float(exact) - 1e-9
        without = interpreted(best_part)(units.wishes, i, row, 0, 2**62, work)
        assert units.amount(without) == float(oracle.best_part(market, i, range(1, m)))


@given(course_allocations())
def test_the_largest_bundle_of_anybody(market):
    sizes = [len(bundle) for i in range(market.n_students) for bundle in oracle.bundles(market, i)]
    assert largest_size(market) == max(sizes, default=0)
    work = np.zeros((2, market.n_courses + 1), dtype=np.int64)
    for i in range(market.n_students):
        own = max(len(bundle) for bundle in oracle.bundles(market, i))
        wishes = units_of(market).wishes
        order = np.array(
            sorted(np.flatnonzero(market.allowed[i]), key=wishes.credits.__getitem__),
            dtype=np.int64,
        )
        found = interpreted(largest_bundle)(wishes, i, 0, market.n_courses, order, work)
        assert found == own


@settings(max_examples=40)
@given(st.data())
def test_wandering_keeps_the_best_pick_it_saw(data):
    m = data.draw(st.integers(1, 4))
    bundle = st.sets(st.integers(0, m - 1), max_size=3)
    own = data.draw(st.lists(st.lists(bundle, min_size=1, max_size=3), min_size=1, max_size=4))
    seats = np.array(data.draw(st.lists(st.integers(0, 2), min_size=m, max_size=m)))
    free = np.array(data.draw(st.lists(st.booleans(), min_size=m, max_size=m)))
    squares = data.draw(st.booleans())
    rows = rows_of([choice for choices in own for choice in choices])
    start = np.cumsum([0, *map(len, own)])
    pick = start[:-1].copy()
    movers = np.flatnonzero(np.diff(start) > 1)

    def excess_of(places):
        taken = rows[list(places)]
        return np.bincount(taken[taken >= 0], minlength=m) - seats

    def size(places):
        z = np.where(free, np.maximum(excess_of(places), 0), excess_of(places))
        return int((z**2 if squares else abs(z)).sum())

    excess, best = excess_of(pick), pick.copy()
    until, work = np.zeros(len(rows), dtype=np.int64), np.zeros(m, dtype=np.int64)
    first = size(pick)
    least = interpreted(wander)(
        start, rows, movers, excess, free, squares, pick, best, until, work, 50
    )
    assert size(best) == least <= first
    assert (excess == excess_of(pick)).all()
    assert not work.any()
    assert all(start[i] <= place < start[i + 1] for i, place in enumerate(best))
    for i in movers:  # no move of one student improves it
        for place in range(start[i], start[i + 1]):
            assert size([*best[:i], place, *best[i + 1 :]]) >= least


def test_the_search_takes_any_price_of_money():
    market = CourseAllocation([[5, 4, 3, 3]], [1] * 4, max_courses=2)
    units = units_of(market)
    tops = units.wishes.values[0]
    prices = np.array([0.75, 0.5, 0.25, 0.25])
    for money in (0.0, 1.0, 4.0, 100.0):
        order = np.argsort(-(tops - money * prices), kind="stable")
        best = np.full(4, -1)
        work = np.zeros((4, 5), dtype=np.int64)
        found = interpreted(search)(
            units.wishes, tops, np.ones(4, dtype=bool), 0, prices, 1.0, False, (1, 2), order, 4,
            np.array([money, 0.0]), np.zeros((4, 5)), work, best, 0, -1,
            np.zeros(1, dtype=np.uint8),
        )  # fmt: skip
        assert (found, best.tolist()) == (8, [0, 2, -1, -1])
