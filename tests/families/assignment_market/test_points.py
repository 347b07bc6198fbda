"""Markets of points: the part that is kept decides the whole market."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import AssignmentMarket
from eqsolve.families.assignment_market.points import gainful_pairs


def whole(
    here: np.ndarray, there: np.ndarray, constant: float, reserves: object = None, **more: object
) -> AssignmentMarket:
    """Return the market of all pairs."""
    distance = np.sqrt(((here[:, None] - there[None]) ** 2).sum(axis=2))
    table = np.where(distance > constant, np.nan, constant - distance)
    return AssignmentMarket(table, reserves, **more)


def agree(part: AssignmentMarket, full: AssignmentMarket) -> None:
    """Check that welfare and both ends are the same, and the part's answer right for the whole."""
    one, two = eqsolve.solve(part).require(), eqsolve.solve(full).require()
    assert one.welfare == pytest.approx(two.welfare)
    np.testing.assert_allclose(one.price_min, two.price_min, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.price_max, two.price_max, rtol=1e-9, atol=1e-9)
    assert eqsolve.verify(full, one).valid


@pytest.mark.parametrize(
    ("n", "m", "constant"), [(120, 120, 2.0), (60, 200, 0.4), (200, 60, 1.0), (80, 80, 0.1)]
)
def test_the_part_decides_the_whole(n: int, m: int, constant: float) -> None:
    rng = np.random.default_rng(n + m)
    here, there = rng.random((n, 2)), rng.random((m, 2))
    part = eqsolve.from_points(here, there, constant=constant, neighbors=3)
    agree(part, whole(here, there, constant))
    record = part.metadata["points"]
    assert part.values.n_edges <= record["candidates"] < record["pairs"] == n * m


@settings(max_examples=30)
@given(st.data())
def test_points_on_a_grid_with_ties(data: st.DataObject) -> None:
    point = st.tuples(st.integers(0, 3), st.integers(0, 3))
    here = np.array(data.draw(st.lists(point, min_size=1, max_size=6)), dtype=float)
    there = np.array(data.draw(st.lists(point, min_size=1, max_size=6)), dtype=float)
    reserves = [data.draw(st.integers(0, 3)) for _ in there]
    constant = data.draw(st.sampled_from([1, 2.5, 6]))
    part = eqsolve.from_points(here, there, constant=constant, reserves=reserves, neighbors=1)
    agree(part, whole(here, there, constant, reserves))


@settings(max_examples=30)
@given(st.data())
def test_points_with_capacities(data: st.DataObject) -> None:
    point = st.tuples(st.integers(0, 3), st.integers(0, 3))
    here = np.array(data.draw(st.lists(point, min_size=1, max_size=6)), dtype=float)
    there = np.array(data.draw(st.lists(point, min_size=1, max_size=6)), dtype=float)
    limits = {
        "buyer_capacities": [data.draw(st.integers(0, 3)) for _ in here],
        "seller_capacities": [data.draw(st.integers(0, 3)) for _ in there],
    }
    reserves = [data.draw(st.integers(0, 2)) for _ in there]
    constant = data.draw(st.sampled_from([1, 2.5, 6]))
    part = eqsolve.from_points(
        here, there, constant=constant, reserves=reserves, neighbors=1, **limits
    )
    agree(part, whole(here, there, constant, reserves, **limits))


def test_the_part_decides_the_whole_with_capacities() -> None:
    rng = np.random.default_rng(7)
    here, there = rng.random((40, 2)), rng.random((90, 2))
    limits = {"buyer_capacities": [6] * 40, "seller_capacities": [3] * 90}
    part = eqsolve.from_points(here, there, constant=0.5, neighbors=3, **limits)
    agree(part, whole(here, there, 0.5, **limits))
    assert part.values.n_edges <= part.metadata["points"]["candidates"] < 40 * 90


def test_gainful_pairs_are_found_exactly_where_there_are_any() -> None:
    rng = np.random.default_rng(4)
    here, there = rng.random((70, 3)), rng.random((90, 3))
    price, utility = rng.random(90), rng.random(70) * 0.6
    buyer, seller, gain = gainful_pairs(here, there, 1.0, price, utility)
    distance = np.sqrt(((here[:, None] - there[None]) ** 2).sum(axis=2))
    expected = np.where(distance > 1, -1, 1 - distance - price - utility[:, None])
    np.testing.assert_allclose(gain, expected[buyer, seller])
    assert (gain > 0).all()
    assert set(buyer.tolist()) == set(np.flatnonzero((expected > 1e-9).any(axis=1)).tolist())


def test_empty_sides_and_faults() -> None:
    empty = eqsolve.from_points(np.zeros((0, 2)), [[1, 2]], constant=1)
    assert (empty.n_buyers, empty.n_sellers) == (0, 1)
    assert eqsolve.from_points([[1, 2]], np.zeros((0, 2)), constant=1).n_sellers == 0
    with pytest.raises(eqsolve.InstanceError, match="have 1 coordinates, the buyers 2"):
        eqsolve.from_points([[1, 2]], [[1]], constant=1)
    with pytest.raises(eqsolve.InstanceError, match="must be finite"):
        eqsolve.from_points([[1, np.inf]], [[1, 2]], constant=1)
    with pytest.raises(eqsolve.InstanceError, match=r"(?s)reserves.*buyer_capacities\[0\] = 0.5"):
        eqsolve.from_points([[1, 2]], [[1, 2]], constant=1, reserves=[-1], buyer_capacities=[0.5])
    for wrong in ({"constant": 0}, {"constant": 1, "neighbors": 0}):
        with pytest.raises(eqsolve.OptionError, match="must be > 0"):
            eqsolve.from_points([[1, 2]], [[1, 2]], **wrong)
