"""Compiled code beside brute force: bundles, their utilities, envy, and picks without a better."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings, strategies as st

from eqsolve import CourseAllocation
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.course_allocation.bundles import bundles_of
from eqsolve.families.course_allocation.kernels.envying import fill_tops, largest_bundle
from eqsolve.families.course_allocation.kernels.listing import fill_bundles
from eqsolve.families.course_allocation.kernels.picking import descend
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
        found = interpreted(largest_bundle)(units_of(market).wishes, i, 0, market.n_courses, work)
        assert found == own


@settings(max_examples=40)
@given(st.data())
def test_no_move_of_one_or_two_improves_a_pick(data):
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

    def size(places):
        taken = rows[list(places)]
        z = np.bincount(taken[taken >= 0], minlength=m) - seats
        z = np.where(free, np.maximum(z, 0), z)
        return int((z**2 if squares else abs(z)).sum())

    taken = rows[pick]
    excess = np.bincount(taken[taken >= 0], minlength=m) - seats
    work = np.zeros(m, dtype=np.int64)
    before = size(pick)
    interpreted(descend)(start, rows, movers, excess, free, squares, pick, work)
    assert size(pick) <= before
    taken = rows[pick]
    assert (excess == np.bincount(taken[taken >= 0], minlength=m) - seats).all()
    everything = [range(start[i], start[i + 1]) for i in range(len(own))]
    for places in itertools.product(*everything):
        if sum(a != b for a, b in zip(places, pick, strict=True)) <= 2:
            assert size(places) >= size(pick)
