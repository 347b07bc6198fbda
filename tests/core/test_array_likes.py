"""Whatever users pass for an array is held exactly, or refused by name: nothing is rounded."""

from __future__ import annotations

from array import array
from collections import deque
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

import eqsolve
from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.digits import NumberError, keeps_digits, read_number
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers

BIG = 2**53 + 1


def held(value: Any, depth: int = 2) -> tuple[Any, list[str]]:
    faults: list[Fault] = []
    found = as_numbers(value, "x", (None,) * depth, faults, missing=True)
    return (None if found is None else found.tolist()), [str(fault) for fault in faults]


EXACT: dict[str, tuple[Any, Any]] = {
    "masked integers": (np.ma.array([[BIG, 2**53]], mask=[[0, 1]]), [[BIG, -1]]),
    "masked without a mask": (np.ma.array([[BIG, 2**53]]), [[BIG, 2**53]]),
    "masked rows in a list": ([np.ma.array([1, 2], mask=[0, 1])], [[1, -1]]),
    "masked floats": (np.ma.array([[-1.0, 0.5]], mask=[[1, 0]]), [[-1, 0.5]]),
    "signed beside unsigned": ([[np.int64(BIG), np.uint64(3)]], [[BIG, 3]]),
    "numpy numbers beside nothing": ([[np.int64(3), None, np.float32(0.5)]], [[3, -1, 0.5]]),
    "rows of arrays": ([np.array([BIG, 3]), np.array([4, 5])], [[BIG, 3], [4, 5]]),
    "objects": (np.array([[BIG, None]], dtype=object), [[BIG, -1]]),
    "generator of ranges": ((range(k, k + 2) for k in (1, 5)), [[1, 2], [5, 6]]),
    "deques": (deque([deque([BIG, 1])]), [[BIG, 1]]),
    "array module": ([array("q", [BIG, 1])], [[BIG, 1]]),
    "half floats": (np.array([[0.1]], dtype=np.float16), [[float(np.float16(0.1))]]),
    "big-endian": (np.array([[BIG]], dtype=">i8"), [[BIG]]),
    "unsigned": (np.array([[2**63 - 1]], dtype=np.uint64), [[2**63 - 1]]),
    "whole long doubles": (np.array([[3, 5]], dtype=np.longdouble), [[3, 5]]),
    "frame of two types": (
        pd.DataFrame({0: [BIG, 1], 1: np.array([2, 3], dtype=np.uint64)}),
        [[BIG, 2], [1, 3]],
    ),
    "nullable frame": (
        pd.DataFrame([[BIG, pd.NA], [3, 4]], dtype="Int64"),
        [[BIG, -1], [3, 4]],
    ),
    "column of pyarrow": ([pa.chunked_array([[BIG, None]])], [[BIG, -1]]),
    "empty frame": (pd.DataFrame(np.zeros((0, 0))), []),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_numbers_are_held_exactly(name: str) -> None:
    value, expected = EXACT[name]
    assert held(value) == (expected, [])


LOST = "beyond 2**53 beside fractions would lose digits"
DIGITS = "has more digits than a 64-bit float holds"
REFUSED: dict[str, tuple[Any, str]] = {
    "numpy integer beside a fraction": ([[np.int64(BIG), 0.5]], LOST),
    "rows of two types": ([np.array([BIG, 3]), np.array([0.5, 1])], LOST),
    "frame of two types": (pd.DataFrame([[BIG, 0.5], [1, 1.5]]).convert_dtypes(), LOST),
    "long double": (np.array([[np.longdouble(BIG)]]), DIGITS),
    "long double in a list": ([[np.longdouble(1) / 3, None]], DIGITS),
    "masked complex": (np.ma.array([[1 + 5j, 2]]), "holds complex128"),
    "complex": ([[1 + 5j]], "must be a number"),
    "masked text": (np.ma.array([["1", "2"]]), "must be a number"),
    "numpy truth": ([[np.True_, 2]], "x[0, 0] = True: must be a number"),
    "array of truth": (np.array([[True]]), "x[0, 0] = True: must be a number"),
    "truth in an array in a list": ([np.array([True, False])], "x[0, 0] = True"),
    "durations": (np.array([[1]], dtype="m8[s]"), "holds timedelta64[s]"),
    "duration in a list": ([[np.timedelta64(1, "ns")]], "must be a number"),
    "durations in a list": ([np.array([1], dtype="m8[ns]")], "must be a number"),
    "records": (np.zeros(2, dtype="i4,i4"), "expected numbers"),
    "unsigned beyond": (np.array([[2**63]], dtype=np.uint64), "integers must fit 64 bits"),
    "far beyond": ([[2**64 + 1, 1]], "integers must fit 64 bits"),
    "below": ([[-(2**63) - 1]], "integers must fit 64 bits"),
    "fraction": ([[Fraction(1, 3)]], "must be a number"),
    "dictionary": ({"a": [1]}, "must be a number"),
    "set": ([{1, 2}], "must be a"),
    "bytes": ([b"12"], "must be a"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_held_is_refused_by_name(name: str) -> None:
    value, rule = REFUSED[name]
    found, faults = held(value)
    assert found is None
    assert any(rule in fault for fault in faults), faults
    assert all(fault.startswith("x") for fault in faults)


floats = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.one_of(st.integers(-(2**63), 2**63 - 1), floats)


@given(st.lists(numbers, min_size=1, max_size=5), st.integers(0, 4))
def test_every_array_like_says_the_same_as_a_list(entries: list[float], form: int) -> None:
    def read(value: Any) -> tuple[Any, bool]:
        faults: list[Fault] = []
        found = as_numbers(value, "x", (None,), faults, signed=True)
        return (None if found is None else found.tolist()), bool(faults)

    forms = [
        [np.array(entry)[()] for entry in entries],
        np.array(entries, dtype=object),
        pd.Series(entries, dtype=object),
        iter(entries),
        tuple(entries),
    ]
    expected, refused = read(entries)
    assert read(forms[form]) == (expected, refused)
    if not refused:  # held as they are: equal as Python compares, without rounding
        assert all(a == b for a, b in zip(expected, entries, strict=True))


def test_edge_values_that_no_float_holds_do_not_become_floats() -> None:
    market = eqsolve.AssignmentMarket([[BIG, 1]])
    with pytest.raises(OverflowError, match="use dense"):
        np.asarray(market.values)
    assert np.asarray(eqsolve.AssignmentMarket([[2**53, 1]]).values).tolist() == [[2.0**53, 1.0]]


def test_sizes_may_be_numpy_integers() -> None:
    market = eqsolve.AssignmentMarket.from_edges(np.int64(2), np.uint8(3), [0], [1], [3])
    assert (market.n_buyers, market.n_sellers) == (2, 3)
    with pytest.raises(eqsolve.InstanceError, match="n_buyers"):
        eqsolve.AssignmentMarket.from_edges(True, 3, [0], [1], [3])


def test_matrices_in_a_list_are_read_as_one_array() -> None:
    costs = [np.array([[3, 0], [20, 3]]), np.array([[0, 20], [20, 0]])]
    market = eqsolve.DeliveryMarket([[2, 5], [3, 4]], costs)
    assert market == eqsolve.DeliveryMarket([[2, 5], [3, 4]], np.array(costs))


@given(floats, st.integers(0, 25))
def test_whatever_was_printed_from_a_float_is_read(number: float, digits: int) -> None:
    assert read_number(repr(number)) == number
    text = f"{number:.{digits}e}"
    if "inf" not in text and digits > 16:
        assert read_number(text) == number


@given(st.integers(10**16, 10**18), st.integers(-30, 30))
def test_two_decimals_of_one_length_never_become_one_float(digits: int, power: int) -> None:
    texts = [f"{digits - digits % 10 + step}e{power}" for step in range(1, 10)]
    kept = [text for text in texts if keeps_digits(text)]
    assert len({float(text) for text in kept}) == len(kept)


NO_NUMBERS = ["1_0", "nan", "inf", "-Infinity", "0x10", "\uff11", "1e", ".", "", "1 2", "--1"]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_texts_that_are_no_numbers(text: str) -> None:
    with pytest.raises(NumberError, match="must be a number"):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("9007199254740993.0", "more digits"),
        ("0.33333333333333333333", "more digits"),
        ("1e-400", "more digits"),
        ("1e999", "beyond the largest float"),
        ("9" * 5000, "integers must fit 64 bits"),
        (str(2**63), "integers must fit 64 bits"),
    ],
)
def test_texts_whose_number_cannot_be_held(text: str, rule: str) -> None:
    with pytest.raises(NumberError, match=rule):
        read_number(text)


PADDED = ["0.10000000000000000555", "1.00000000000000000000", "0.1000000000000000000000"]


@pytest.mark.parametrize("text", [*PADDED, "5e-324", "-0.0", "+.5", "5."])
def test_texts_that_are_read(text: str) -> None:
    assert read_number(text) == float(text)


def test_plain_lists_are_not_copied() -> None:
    given = [[1, 2.5], [None, 3]]
    assert plain_numbers(given) is given


def test_frames_of_several_types_and_of_other_packages() -> None:
    frame = pd.DataFrame({"a": [BIG, 1], "b": np.array([2, 3], dtype=np.uint64)})
    assert eqsolve.from_pandas(frame).values.dense().tolist() == [[BIG, 2], [1, 3]]
    nullable = pd.DataFrame({"a": [BIG, pd.NA], "b": [3, 4]}, dtype="Int64")
    assert eqsolve.from_pandas(nullable).values.dense().tolist() == [[BIG, 3], [-1, 4]]
    table = pa.table({"a": [BIG, None], "b": [3, 4]})
    assert held(table) == ([[BIG, 3], [-1, 4]], [])
    with pytest.raises(eqsolve.InstanceError, match="is a frame of pyarrow, not of pandas"):
        eqsolve.from_pandas(table)


@pytest.mark.parametrize("number", [BIG, 10**400, np.longdouble(1) / 3, float("nan"), True, "1"])
def test_single_numbers_are_held_exactly_or_refused(number: Any) -> None:
    with pytest.raises(eqsolve.InstanceError, match=r"choice\[beta\]"):
        eqsolve.ModelMarket([[1]], [1], 2, {"rule": "softmax", "beta": number})
    utility = {"ces": number if isinstance(number, str | bool) else -number}
    with pytest.raises(eqsolve.InstanceError, match=r"utility\[ces\]"):
        eqsolve.FisherMarket([[1]], [1], utility=utility)
    with pytest.raises(eqsolve.InstanceError, match="commission"):
        eqsolve.TradingNetwork([[1]], [], commission=number)
    market = eqsolve.ModelMarket([[1]], [1], 2, {"rule": "softmax", "beta": np.float32(0.5)})
    assert market.beta == 0.5
