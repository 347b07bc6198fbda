"""Nothing that the caller does afterwards changes an instance: all fields, kinds, array-likes."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.core.instance import content_digest
from eqsolve.io.encode import plain
from eqsolve.io.instances import instance_document
from eqsolve.registry import families

WRONG = -77

Place = tuple[str | int, ...]


def _array(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    made = np.array(numbers)
    return made, lambda: made.fill(WRONG)


def _frozen_array(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    made = np.array(numbers)
    made.flags.writeable = False

    def change() -> None:
        made.flags.writeable = True
        made.fill(WRONG)

    return made, change


def _frozen_view(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    base = np.array(numbers)
    view = base[...]
    view.flags.writeable = False
    return view, lambda: base.fill(WRONG)


def _mapped(mode: str) -> Callable[[Any, Any], tuple[Any, Callable[[], None]]]:
    def make(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
        path = folder / f"{len(list(folder.iterdir()))}.npy"
        np.save(path, np.array(numbers))
        made = np.load(path, mmap_mode=mode)
        return made[...], lambda: made.fill(WRONG)

    return make


def _buffer(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    plain_array = np.array(numbers)
    memory = bytearray(plain_array.tobytes())
    made = np.frombuffer(memory, plain_array.dtype).reshape(plain_array.shape)
    made.flags.writeable = False

    def change() -> None:
        memory[:] = bytes(len(memory))

    return made, change


def _masked(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    made = np.ma.array(np.array(numbers))
    return made, lambda: made.fill(WRONG)


def _pandas(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    if np.ndim(numbers) > 2:
        return _array(numbers, folder)
    made: Any = (pd.Series if np.ndim(numbers) == 1 else pd.DataFrame)(np.array(numbers))

    def change() -> None:
        made.iloc[:] = WRONG

    return made, change


def _lists(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    made = copy.deepcopy(numbers)

    def spoil(part: Any) -> None:
        if isinstance(part[0], list):
            for row in part:
                spoil(row)
        else:
            part[:] = [WRONG] * len(part)

    return made, lambda: spoil(made)


def _list_of_arrays(numbers: Any, folder: Any) -> tuple[Any, Callable[[], None]]:
    if np.ndim(numbers) < 2 or np.ndim(numbers) > 3:
        return _array(numbers, folder)
    rows = [np.array(row) for row in numbers]
    return rows, lambda: [row.fill(WRONG) for row in rows].clear()


FORMS = {
    "array": _array,
    "frozen array": _frozen_array,
    "frozen view": _frozen_view,
    "map opened for writing": _mapped("r+"),
    "map with copies on writing": _mapped("c"),
    "buffer": _buffer,
    "masked": _masked,
    "pandas": _pandas,
    "lists": _lists,
    "list of arrays": _list_of_arrays,
}


def _documents(kind: str) -> Iterator[dict[str, Any]]:
    """Yield the fields of some instances of a kind, arrays as nested lists."""
    names = [name for name in catalog_names() if f'"kind": "{kind}"' in _text(name)]
    for name in names[:6]:
        yield plain(instance_document(eqsolve.load(f"catalog:{name}")))


def _text(name: str) -> str:
    return json.dumps({"kind": eqsolve.load(f"catalog:{name}").kind})


def _array_fields(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where rectangular arrays of numbers stand in a document."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in ("labels", "metadata", "eqsolve", "kind", "name"):
                yield from _array_fields(part, (*place, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for row, part in enumerate(value):
            yield from _array_fields(part, (*place, row))
    elif isinstance(value, list) and value:
        try:
            array = np.array(value)
        except ValueError:
            return
        if array.size and array.dtype.kind in "if":
            yield place


def _replaced(document: Any, place: Place, value: Any) -> Any:
    found = copy.copy(document)
    head, *rest = place
    found[head] = _replaced(found[head], tuple(rest), value) if rest else value
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [family.kind for family in families()])
def test_the_callers_arrays_are_not_the_instances(kind: str, form: str, tmp_path: Any) -> None:
    family = next(family for family in families() if family.kind == kind)
    files = family.module("files")
    own = {field.name for field in files.FIELDS}
    tried = 0
    for document in _documents(kind):
        fields = {key: value for key, value in document.items() if key in own}
        for place in _array_fields(fields):
            numbers: Any = fields
            for key in place:
                numbers = numbers[key]
            given, change = FORMS[form](numbers, tmp_path)
            expected = files.read(fields, {})
            if form == "list of arrays" and kind == "normal_form_game":
                continue  # refused: which axis is the player cannot be seen
            instance = files.read(_replaced(fields, place, given), {})
            assert instance == expected
            change()
            assert content_digest(kind, instance.content()) == expected.digest, place
            tried += 1
    assert tried or form == "list of arrays"


@pytest.mark.parametrize("kind", [family.kind for family in families()])
def test_labels_and_metadata_are_copied_to_the_bottom(kind: str) -> None:
    family = next(family for family in families() if family.kind == kind)
    files = family.module("files")
    document = next(_documents(kind))
    fields = {key: document[key] for key in document if key in {f.name for f in files.FIELDS}}
    sizes = files.read(fields, {}).side_sizes()
    labels = {side: [f"{side} {k}" for k in range(size)] for side, size in sizes.items()}
    metadata = {"notes": [{"deep": [1, 2]}], "array": np.arange(3)}
    instance = files.read(fields, {"labels": labels, "metadata": metadata})
    for names in labels.values():
        names[:] = ["changed"] * len(names)
    labels.clear()
    metadata["notes"][0]["deep"].append(3)
    metadata["array"][0] = WRONG
    assert instance.metadata["notes"] == [{"deep": [1, 2]}]
    assert instance.metadata["array"].tolist() == [0, 1, 2]
    assert set(instance.labels) == set(sizes)
    assert "changed" not in {name for names in instance.labels.values() for name in names}


@pytest.mark.parametrize("kind", [family.kind for family in families()])
def test_pickles_and_copies_are_as_frozen_as_the_original(kind: str) -> None:
    def arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            for part in value:
                yield from arrays(part)
        elif hasattr(type(value), "__slots__") and hasattr(type(value), "__dataclass_fields__"):
            owners = type(value).__mro__
            for slot in {slot for one in owners for slot in getattr(one, "__slots__", ())}:
                yield from arrays(getattr(value, slot, None))

    name = next(n for n in catalog_names() if eqsolve.load(f"catalog:{n}").kind == kind)
    instance = eqsolve.load(f"catalog:{name}")
    for twin in (pickle.loads(pickle.dumps(instance)), copy.deepcopy(instance)):
        found = list(arrays(twin))
        assert found
        assert not any(array.flags.writeable for array in found)


def test_a_file_mapped_for_reading_is_not_copied(tmp_path: Any) -> None:
    """Files larger than the memory can be read."""
    np.save(tmp_path / "a.npy", np.full((50, 40), 0.5))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert np.shares_memory(eqsolve.AssignmentMarket(mapped).values.dense(), mapped)
