"""PrefLib rankings, beside the categories that reviewers' bids are read from."""

from __future__ import annotations

from pathlib import Path

import pytest

from eqsolve.core.errors import FormatError, OptionError
from eqsolve.formats.preflib import (
    is_categorical,
    is_ranking,
    read_ranking,
    worth_of_places,
)

TOC = """# FILE NAME: 1.toc
# TITLE: courses
# DATA TYPE: toc
# NUMBER ALTERNATIVES: 4
# NUMBER VOTERS: 3
# NUMBER UNIQUE ORDERS: 2
# ALTERNATIVE NAME 1: art
# ALTERNATIVE NAME 3: law
2: 3,{1, 4},2
1: 2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "1.toc"
    path.write_text(TOC)
    return path


def test_places_are_counted_by_groups(file: Path) -> None:
    assert is_ranking(file)
    assert not is_categorical(file)
    found = read_ranking(file)
    assert found.alternatives == ("art", "alternative 2", "law", "alternative 4")
    assert found.ballots == ((2, {2: 0, 0: 1, 3: 1, 1: 2}), (1, {1: 0}))


@pytest.mark.parametrize("kind", ["soc", "soi", "toc", "toi"])
def test_all_orders_are_recognized(file: Path, kind: str) -> None:
    file.write_text(TOC.replace("DATA TYPE: toc", f"DATA TYPE: {kind}").replace("\n", "\r\n"))
    assert is_ranking(file)
    assert read_ranking(file).title == "courses"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("2: 3", "2: 5", "line 9 .*alternative '5' must be a number from 1 to 4"),
        ("{1, 4},2", "{1, 4},1", "line 9 .*alternative 1 is listed twice"),
        ("1: 2", "one: 2", "line 10 .*must begin with the number of voters"),
        ("VOTERS: 3", "VOTERS: 4", "NUMBER VOTERS: is 4, but the lines hold 3 voters"),
        ("ALTERNATIVES: 4", "ALTERNATIVES: x", "NUMBER ALTERNATIVES: must be a whole number"),
        ("NAME 3", "NAME 1", "line 8: ALTERNATIVE NAME 1 is given twice"),
    ],
)
def test_faults_name_the_line(file: Path, old: str, new: str, rule: str) -> None:
    file.write_text(TOC.replace(old, new))
    with pytest.raises(FormatError, match=rule):
        read_ranking(file)


@pytest.mark.parametrize("scale", ["1,2", "1,2,x", "1,2,-1", ""])
def test_a_scale_has_a_number_for_each_place(scale: str) -> None:
    with pytest.raises(OptionError, match="must be 3 numbers >= 0 with commas between"):
        worth_of_places(scale, 3)
