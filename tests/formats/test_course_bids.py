"""Conflicts in the course bids of the fairpyx project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eqsolve.core.errors import FormatError
from eqsolve.formats.course_bids import CourseBids, read_course_bids

BIDS: dict[str, Any] = {
    "valuations": {"ann": {"art": 5, "law": 3}, "bob": {"law": 2, "zoo": 1}},
    "agent_capacities": {"ann": 2, "bob": 1},
    "item_capacities": {"art": 1, "law": 2, "zoo": 0},
    "agent_conflicts": {"bob": ["art"], "ann": []},
    "item_conflicts": {"zoo": ["art"], "art": ["law"], "law": ["art"]},
}


def read(folder: Path, **changes: Any) -> CourseBids:
    path = folder / "bids.json"
    path.write_text(json.dumps({**BIDS, **changes}))
    return read_course_bids(path)


def test_conflicts_may_be_told_from_one_side_or_from_both(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.bids.columns == ("art", "law", "zoo")
    assert found.item_conflicts == ((0, 1), (0, 2))
    assert found.agent_conflicts == ((1, 0),)
    assert found.ignored == ("agent_conflicts", "item_conflicts")
    none = read(tmp_path, agent_conflicts={}, item_conflicts={})
    assert (none.agent_conflicts, none.item_conflicts, none.ignored) == ((), (), ())


def test_every_fault_of_the_conflicts_is_named(tmp_path: Path) -> None:
    wrong = {
        "agent_conflicts": {"eve": ["art"], "ann": ["tea"], "bob": "art"},
        "item_conflicts": {"law": ["law", 3]},
    }
    with pytest.raises(FormatError) as caught:
        read(tmp_path, **wrong)
    lines = [line.partition(": ")[2] for line in caught.value.lines()]
    assert lines == [
        "agent_conflicts[eve]: is not among the capacities",
        "agent_conflicts[ann, 0] = 'tea': must be one of the courses",
        "agent_conflicts[bob]: must be a list of courses",
        "item_conflicts[law, 1] = 3: must be one of the courses",
        "item_conflicts[law]: conflicts with itself",
    ]
    with pytest.raises(FormatError, match="item_conflicts: must be an object"):
        read(tmp_path, item_conflicts=["art"])
