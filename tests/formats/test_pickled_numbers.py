"""Pickles read as data: what numbers need is read as Python reads it, anything else is refused."""

from __future__ import annotations

import fractions
import os
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.core.errors import FormatError
from eqsolve.formats.pickled_numbers import is_pickle, read_pickled_numbers

NUMBERS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary(max_size=5)
)  # fmt: skip
DATA = st.recursive(
    NUMBERS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)
KINDS = ["<f8", ">f8", "<i8", ">i4", "u1", "<f4", "?"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "numbers.pkl"


def read(path: Path, value: Any, protocol: int) -> Any:
    path.write_bytes(pickle.dumps(value, protocol))
    assert is_pickle(path)
    return read_pickled_numbers(path)


@given(DATA, st.integers(2, 5))
def test_data_is_read_as_python_reads_it(
    tmp_path_factory: pytest.TempPathFactory, value: Any, protocol: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.pkl"
    assert read(path, value, protocol) == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_arrays_keep_shape_type_and_order(place: Path, protocol: int, kind: str) -> None:
    rows = np.arange(6).reshape(2, 3).astype(kind)
    value = [rows, np.asfortranarray(rows), rows[:0], np.array(1).astype(kind), rows[:, ::2]]
    found = read(place, [*value, value[0]], protocol)
    for mine, theirs in zip(found, value, strict=False):
        assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
        assert (mine == theirs).all()
    assert found[-1] is found[0]  # one array, remembered


@pytest.mark.parametrize("protocol", [2, 4])
def test_numbers_of_numpy_become_numbers(place: Path, protocol: int) -> None:
    found = read(place, (np.float64(0.1), np.int64(-3), np.bool_(True)), protocol)
    assert found == (0.1, -3, True)
    assert [type(one) for one in found] == [float, int, bool]


class Call:
    """Runs something when Python's own reader reads it."""

    def __init__(self, called: Any, *given: Any) -> None:
        self.called, self.given = called, given

    def __reduce__(self) -> Any:
        return self.called, self.given


def test_a_malicious_pickle_is_refused_and_not_run(place: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for called, given_ in (
        (os.system, (f"touch {mark}",)),
        (eval, (f"open({str(mark)!r}, 'w')",)),
        (open, (str(mark), "w")),
        (np.save, (str(mark), np.zeros(1))),
    ):
        for protocol in (2, 4):
            place.write_bytes(pickle.dumps([1.5, Call(called, *given_)], protocol))
            with pytest.raises(FormatError, match=r"names [\w.]+; only numbers, lists and numpy"):
                read_pickled_numbers(place)
    assert not list(tmp_path.glob("ran*"))


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (fractions.Fraction(1, 2), "names fractions.Fraction"),
        (np.array([{}]), "an array of 'O8'"),
        (np.array(["ab"]), "an array of 'U2'"),
        (np.zeros(1, dtype="i4,i4"), "an array of 'V8'"),
        ({1, 2}, "EMPTY_SET"),
        (1j, "names [a-z_]+.complex"),
        (np.float64, "names numpy.float64"),
        (np.ndarray, "holds no data"),
        (np.dtype("f8"), "holds no data"),
    ],
)
def test_what_is_no_number_is_named(place: Path, value: Any, rule: str) -> None:
    with pytest.raises(FormatError, match=rule) as caught:
        read(place, value, 4)
    assert str(caught.value).startswith(str(place))


def test_attributes_cannot_be_given_to_names(place: Path) -> None:
    place.write_bytes(b"\x80\x04cnumpy\nndarray\n}(\x8c\x04playKub.")
    with pytest.raises(FormatError, match="gives a state to something that is no array"):
        read_pickled_numbers(place)
    place.write_bytes(b"\x80\x04cnumpy\nndarray\n)R.")
    with pytest.raises(FormatError, match="calls something that is no array or number"):
        read_pickled_numbers(place)


@given(st.data())
def test_damaged_pickles_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.pkl"
    value = [(np.arange(4.0), [(1, np.float64(2))], {"a": np.zeros((2, 1))}), 0.5, "text"]
    content = bytearray(pickle.dumps(value, data.draw(st.integers(2, 5))))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    lines = []
    try:
        read_pickled_numbers(path)
    except FormatError as refusal:
        lines = refusal.lines()
    assert all(line.startswith(str(path)) for line in lines)


def test_a_huge_memory_place_takes_no_memory(place: Path) -> None:
    place.write_bytes(b"\x80\x04]r\xff\xff\xff\x7f.")  # PUT at 2**31 - 1
    assert any(op.name == "LONG_BINPUT" for op, _, _ in pickletools.genops(place.read_bytes()))
    assert read_pickled_numbers(place) == []


def test_other_files_are_no_pickles(place: Path) -> None:
    assert not is_pickle(place)
    place.write_text("{}")
    assert not is_pickle(place)
    with pytest.raises(FormatError, match="is no whole pickle"):
        read_pickled_numbers(place)
    with pytest.raises(FormatError, match="cannot be read"):
        read_pickled_numbers(place.with_name("gone.pkl"))
