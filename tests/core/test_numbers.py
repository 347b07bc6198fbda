"""Numbers keep their nature, and every fault is found in one pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers


def convert(
    value: object, shape: tuple[int | None, ...], **options: bool
) -> tuple[object, list[str]]:
    faults: list[Fault] = []
    array = as_numbers(value, "x", shape, faults, **options)
    return array, [str(fault) for fault in faults]


@given(st.lists(st.integers(0, 2**63 - 1), max_size=6))
def test_integers_are_held_exactly(numbers: list[int]) -> None:
    array, faults = convert(numbers, (None,))
    assert faults == []
    assert array.dtype == np.int64
    assert array.tolist() == numbers


@given(st.lists(st.one_of(st.none(), st.integers(0, 2**62)), min_size=1, max_size=6))
def test_big_integers_survive_beside_missing_entries(numbers: list[int | None]) -> None:
    array, faults = convert(numbers, (None,), missing=True)
    assert faults == []
    assert array.tolist() == [-1 if number is None else number for number in numbers]


@given(st.lists(st.floats(0, 1e300), max_size=6))
def test_floats_are_not_changed(numbers: list[float]) -> None:
    array, faults = convert(numbers, (None,))
    assert faults == []
    assert array.tolist() == numbers


def test_whole_floats_become_integers() -> None:
    array, _ = convert([[1.0, 2.0], [3.0, 0.0]], (2, 2))
    assert array.dtype == np.int64


@pytest.mark.parametrize(
    ("value", "shape", "rule"),
    [
        ([1, -2], (None,), "x[1] = -2: must be >= 0 and finite"),
        ([1.5, float("inf")], (None,), "x[1] = inf: must be >= 0 and finite"),
        ([[1, None]], (None, None), "x[0, 1]: a number is missing here"),
        ([[1, 2], [3]], (None, None), "x[1]: has 1 entries, expected 2 as in the first row"),
        ([[[1, 2]], [[3]]], (None,) * 3, "x[1, 0]: has 1 entries, expected 2 as in the first row"),
        ([[1, 2], 3], (None, None), "x[1] = 3: must be a list of 2 entries"),
        ([1, "2"], (None,), "x[1] = '2': must be a number"),
        ([1, True], (None,), "x[1] = True: must be a number"),
        ([True, False], (None,), "x[0] = True: must be a number"),
        ([1, 2**64], (None,), "x[1] = 18446744073709551616: integers must fit 64 bits"),
        ([0.5, 2**53 + 1], (None,), "beside fractions would lose digits"),
        ([1, 2, 3], (2,), "x: has length 3, expected 2"),
        ([[1, 2]], (1, 3), "x: has length 2 along axis 1, expected 3"),
        (5, (None,), "x: is one number, must be a list of numbers"),
        ({"a": 1}, (None,), "must be a number"),
        ([[1], [{}]], (None, None), "x[1, 0] = '<dict>': must be a number"),
    ],
)
def test_faults_name_place_value_and_rule(
    value: object, shape: tuple[int | None, ...], rule: str
) -> None:
    array, faults = convert(value, shape)
    assert array is None
    assert any(rule in fault for fault in faults), faults


def test_all_faults_are_listed_up_to_a_limit() -> None:
    _, faults = convert([-1] * (MAX_FAULTS + 50), (None,))
    assert len(faults) == MAX_FAULTS + 1
    assert "50 more entries" in faults[-1]


def test_minus_one_is_a_fault_and_not_a_missing_edge() -> None:
    array, faults = convert([[1, -1]], (None, None), missing=True)
    assert array is None
    assert faults == ["x[0, 1] = -1: must be >= 0 and finite"]


@pytest.mark.parametrize("empty", [[], [[]], np.zeros((0, 3)), np.zeros((3, 0))])
def test_empty_sides_are_allowed(empty: object) -> None:
    array, faults = convert(empty, (None, None))
    assert faults == []
    assert array.size == 0


def test_the_result_is_read_only_and_the_input_untouched() -> None:
    given_array = np.array([1.5, 2.5])
    array, _ = convert(given_array, (2,))
    given_array[0] = 9.0
    assert array.tolist() == [1.5, 2.5]
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0.0


def test_a_wrong_type_does_not_hide_other_faults():
    """All faults in one pass: the negative number, the null and the length beside the text."""
    faults = []
    assert as_numbers([["x", -2], [None, 1e999]], "values", (3, 2), faults) is None
    assert [str(fault) for fault in faults] == [
        "values[0, 0] = 'x': must be a number",
        "values[0, 1] = -2: must be >= 0 and finite",
        "values[1, 0]: a number is missing here",
        "values[1, 1] = inf: must be >= 0 and finite",
        "values: has length 2 along axis 0, expected 3",
    ]


def test_signs_and_gaps_are_no_faults_where_they_are_allowed():
    faults = []
    assert as_numbers(["x", -2, -0.5], "gains", (3,), faults, signed=True) is None
    assert as_numbers(["x", None], "values", (2,), faults, missing=True) is None
    assert [fault.index for fault in faults] == [(0,), (0,)]
