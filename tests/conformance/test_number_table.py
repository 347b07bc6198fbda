"""Every family, every way in, every nasty number: held exactly as written, or refused by name."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eqsolve.core.errors import FormatError, InstanceError
from eqsolve.core.instance import Instance
from eqsolve.io.encode import encode
from eqsolve.io.instances import instance_document, read_instance
from eqsolve.registry import families
from tests.io.samples import documents, npy_bytes

KINDS = [family.kind for family in families()]
INDICES = {"known", "candidates", "edges", "labels", "metadata", "eqsolve", "kind", "name"}
"""Fields without amounts; edges and pairs are sorted, so that entries move."""

Place = tuple[str | int, ...]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where arrays of amounts stand in a document."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in INDICES:
                yield from places(part, (*place, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for row, part in enumerate(value):
            yield from places(part, (*place, row))
    elif isinstance(value, list) and value:
        array = np.array(value, dtype=object)
        if all(isinstance(entry, int | float) for entry in array.ravel()):
            yield place


def at(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def put(document: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """Return a copy of a document with another value somewhere."""
    made = copy.deepcopy(document)
    at(made, place[:-1])[place[-1]] = value
    return made


def first_of(array: Any) -> Place:
    """Return the position of the first entry of nested lists."""
    return (0, *first_of(array[0])) if isinstance(array, list) else ()


CASES = [
    (kind, place, document)
    for kind in KINDS
    for document in documents(kind, most=2)
    for place in places(document)
]


def held(instance: Instance, place: Place) -> Fraction:
    """Return an amount as the instance writes it."""
    document = json.loads(encode(instance_document(instance)))
    number = Fraction(at(document, place))
    return number / document.get("denominator", 1)


WHOLE = [2**53, 2**53 + 1, 2**60 + 1, 2**63 - 1, 2**63, 2**64 + 1, 10**30]
DECIMAL = ["1e300", "1e-300", "1e-12", "1e12", "-0.0", "0.1", "0.30000000000000004", "1e22"]
REFUSED = [
    "9007199254740993.0",
    "0.33333333333333333333",
    "1e-400",
    "1e999",
    "NaN",
    "Infinity",
    "1_0",
    "",
    "true",
    '"5"',
    "[1]",
    "{}",
]


def attempt(make: Callable[[], Instance]) -> tuple[Instance | None, list[str]]:
    """Return what is made, or the lines of the refusal."""
    try:
        return make(), []
    except InstanceError as error:
        return None, error.lines()


def by_text(document: dict[str, Any], place: Place, text: str) -> Instance:
    """Read a document in which one number stands as the text."""
    mark = "@@here@@"
    data = json.dumps(put(document, place, mark)).replace(f'"{mark}"', text)
    return read_instance(data.encode(), "m.json", None)


@pytest.mark.parametrize("text", [*map(str, WHOLE), *DECIMAL])
@pytest.mark.parametrize("kind", KINDS)
def test_numbers_of_a_file_are_held_as_they_stand_or_refused(kind: str, text: str) -> None:
    exact = Fraction(text)
    for _, array, document in (case for case in CASES if case[0] == kind):
        place = (*array, *first_of(at(document, array)))
        instance, lines = attempt(lambda: by_text(document, place, text))  # noqa: B023 -- called at once
        if instance is None:
            assert all(line.startswith("m.json: ") for line in lines)
            assert any(str(array[0]) in line for line in lines), lines
            continue
        expected = exact if text.lstrip("-").isdigit() else Fraction(float(text))
        found = held(instance, place)
        assert found in (exact, expected), (array, text)


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_number_or_has_too_many_digits_is_refused(kind: str, text: str) -> None:
    for _, array, document in (case for case in CASES if case[0] == kind):
        place = (*array, *first_of(at(document, array)))
        with pytest.raises(FormatError) as caught:
            by_text(document, place, text)
        assert all(line.startswith("m.json: ") for line in caught.value.lines())


def _npy(numbers: Any, folder: Path) -> Any:
    array = np.array(numbers, dtype=object)
    for kind in (np.int64, np.uint64, np.float64):
        try:
            made = array.astype(kind)
        except (OverflowError, ValueError):
            continue
        pairs = zip(made.ravel().tolist(), array.ravel().tolist(), strict=True)
        if all(a == b or a != a for a, b in pairs):
            break
    else:
        return numbers  # no .npy file holds them
    (folder / "a.npy").write_bytes(npy_bytes(made))
    return np.load(folder / "a.npy", mmap_mode="r")


WAYS: dict[str, Callable[[Any, Path], Any]] = {
    "lists": lambda numbers, folder: numbers,
    "tuples": lambda numbers, folder: tuple(numbers),
    "objects": lambda numbers, folder: np.array(numbers, dtype=object),
    "masked": lambda numbers, folder: np.ma.array(np.array(numbers, dtype=object)),
    "pandas": lambda numbers, folder: _pandas(numbers),
    "rows": lambda numbers, folder: (iter(row) for row in numbers),
    "numpy numbers": lambda numbers, folder: _scalars(numbers),
    "npy": _npy,
}


def _pandas(numbers: Any) -> Any:
    axes = np.ndim(np.array(numbers, dtype=object))
    if axes > 2:
        return numbers
    return (pd.Series if axes == 1 else pd.DataFrame)(numbers, dtype=object)


def _scalars(numbers: Any) -> Any:
    if isinstance(numbers, list):
        return [_scalars(part) for part in numbers]
    return np.array(numbers)[()] if abs(numbers) < 2**64 else numbers


VALUES: list[int | float] = [*WHOLE, 1e300, 1e-300, 1e-12, -0.0, 0.5, math.nan, math.inf]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_in_holds_the_number_or_refuses_it(kind: str, way: str, tmp_path: Path) -> None:
    family = next(family for family in families() if family.kind == kind)
    files = family.module("files")
    own = {field.name for field in files.FIELDS}
    accepted = 0
    for _, array, document in (case for case in CASES if case[0] == kind):
        place = (*array, *first_of(at(document, array)))
        for value in VALUES:
            changed = put(document, place, value)
            fields = {key: changed[key] for key in changed if key in own}
            numbers = at(fields, array)
            if way == "rows" and not isinstance(numbers[0], list):
                numbers = iter(numbers)
            else:
                numbers = WAYS[way](numbers, tmp_path)
            instance, lines = attempt(lambda: files.read(put(fields, array, numbers), {}))  # noqa: B023 -- called at once
            if instance is None:
                assert lines
                assert all(
                    line.partition("[")[0].partition(":")[0].split(".")[0] in own for line in lines
                )
                continue
            if math.isnan(value):  # a missing edge, in arrays
                written = json.loads(encode(instance_document(instance)))
                assert at(written, place) is None
                continue
            assert held(instance, place) == Fraction(value), (array, value)
            accepted += 1
    assert accepted
