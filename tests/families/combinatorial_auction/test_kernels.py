"""The two compiled searches, of the solver and of the verifier, against all sets of columns."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, strategies as st

from eqsolve.families.combinatorial_auction.kernels.price_tree import Columns, Rows, search
from eqsolve.families.combinatorial_auction.verify.search import compiled_search

GO = np.zeros(1, dtype=np.bool_)


@st.composite
def programs(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Draw values, a matrix with rows for what is scarce, and capacities; columns fit alone."""
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 8))
    capacity = draw(st.lists(st.integers(1, 4), min_size=m, max_size=m))
    amounts = [
        draw(st.lists(st.integers(0, most) | st.just(0), min_size=n, max_size=n))
        for most in capacity
    ]
    values = draw(st.lists(st.integers(1, 5) | st.integers(1, 10**6), min_size=n, max_size=n))
    return np.array(values), np.array(amounts), np.array(capacity)


def best_of(values: Any, matrix: Any, capacity: Any) -> int:
    """Return the best value of all sets of columns."""
    sets = np.array(list(product((0, 1), repeat=len(values))))
    fit = (sets @ matrix.T <= capacity).all(axis=1)
    return int((sets[fit] @ values).max())


def sparse(matrix: Any) -> tuple[Any, Any, Any]:
    """Return starts, places and amounts of the entries of a matrix, line by line."""
    line, place = np.nonzero(matrix)
    counts = np.bincount(line, minlength=len(matrix))
    return np.append(0, np.cumsum(counts)), place, matrix[line, place]


def by_both(program: tuple[Any, Any, Any], prices: Any, least: int, step: int, stop: Any) -> Any:
    """Return (value, columns, complete) by the solver's search and by the verifier's."""
    values, matrix, capacity = program
    by_column, by_row = sparse(matrix.T), sparse(matrix)
    best, chosen, bound, _ = search(
        Columns(values, *by_column), Rows(capacity, *by_row), prices.copy(), least, step, stop
    )
    own, winners, complete = compiled_search()(
        values, *by_column, *by_row, capacity, prices.copy(), least, step, stop
    )
    return (best, chosen, bound), (own, winners, complete)


@given(program=programs(), data=st.data())
def test_both_find_the_best_set_from_any_prices(program: Any, data: Any) -> None:
    values, matrix, capacity = program
    start = st.lists(st.integers(0, 20), min_size=len(capacity), max_size=len(capacity))
    wanted = best_of(*program)
    (best, chosen, bound), (own, winners, complete) = by_both(
        program, np.array(data.draw(start)), 0, 1, GO
    )
    assert best == bound == own == wanted
    assert complete
    for places in (chosen, winners):
        assert (matrix @ places <= capacity).all()
        assert values @ places == wanted


@given(program=programs(), step=st.sampled_from([1, 60]))
def test_what_is_known_is_not_found_again(program: Any, step: int) -> None:
    values, matrix, capacity = program
    wanted = best_of(*program) * step
    scaled = values * step, matrix, capacity
    none = np.zeros(len(capacity), dtype=np.int64)
    (best, chosen, bound), (own, winners, complete) = by_both(scaled, none, wanted, step, GO)
    assert best == bound == own == wanted
    assert complete
    assert not chosen.any()
    assert not winners.any()
    (best, chosen, _), (own, winners, _) = by_both(scaled, none, wanted - step, step, GO)
    assert best == own == wanted
    assert scaled[0] @ chosen == scaled[0] @ winners == wanted


@given(program=programs())
def test_a_search_that_is_stopped_says_no_more_than_it_knows(program: Any) -> None:
    none = np.zeros(len(program[2]), dtype=np.int64)
    wanted = best_of(*program)
    stop = np.ones(1, dtype=np.bool_)
    (best, _, bound), (own, _, complete) = by_both(program, none, 0, 1, stop)
    assert max(best, own) <= wanted <= bound
    assert not complete


@given(program=programs(), data=st.data())
def test_barred_columns_take_no_part_and_a_ceiling_that_is_reached_ends_it(
    program: Any, data: Any
) -> None:
    values, matrix, capacity = program
    flags = st.lists(st.booleans(), min_size=len(values), max_size=len(values))
    barred = np.array(data.draw(flags))
    wanted = best_of(np.where(barred, 0, values), matrix, capacity)
    ceiling = wanted + data.draw(st.integers(0, 3))
    best, chosen, bound, _ = search(
        Columns(values, *sparse(matrix.T)), Rows(capacity, *sparse(matrix)),
        np.zeros(len(capacity), dtype=np.int64), 0, 1, GO, barred=barred, ceiling=ceiling,
    )  # fmt: skip
    assert best == bound == wanted == values @ chosen
    assert not (chosen & barred).any()
