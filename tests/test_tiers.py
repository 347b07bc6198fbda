"""The quick tier leaves out tests that exist, and leaves them out."""

from __future__ import annotations

import re

import pytest

from tests.conftest import LIST_OF_SLOW, ROOT

NAMES = LIST_OF_SLOW.read_text(encoding="utf-8").splitlines()
PLACES = sorted({tuple(re.split(r"::|\[", name)[:2]) for name in NAMES})


@pytest.mark.parametrize("file", sorted({file for file, _ in PLACES}))
def test_what_is_listed_is_there(file: str) -> None:
    """Each name of the list stands in the file that the list says."""
    text = (ROOT / file).read_text(encoding="utf-8")
    listed = [name for place, name in PLACES if place == file]
    assert [name for name in listed if not re.search(rf"\b{name}\b", text)] == []


def test_the_list_is_sorted_and_has_each_name_once() -> None:
    """So that measuring again changes no more lines than it must."""
    assert sorted(set(NAMES)) == NAMES


def test_what_is_listed_is_marked(request: pytest.FixtureRequest) -> None:
    """What runs beside this test and is listed carries the mark; so it is not in `make quick`."""
    listed = [item for item in request.session.items if item.nodeid in set(NAMES)]
    assert [item.nodeid for item in listed if not item.get_closest_marker("slow")] == []
