"""Foreign files: what becomes of their numbers, their known faults, and broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import eqsolve
from eqsolve import AssignmentMarket
from eqsolve.families.assignment_market.convert import (
    CONVERTERS,
    CategoricalBids,
    CourseSeats,
    OrLibrary,
    Similarities,
    UnitDemand,
)
from eqsolve.formats.nested import named_table
from eqsolve.formats.unit_demand import read_unit_demand
from eqsolve.io.converting import convert

CAT = """# TITLE: bids
# DATA TYPE: cat
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 3
# NUMBER CATEGORIES: 3
# CATEGORY NAME 1: Yes
# CATEGORY NAME 2: Maybe
# CATEGORY NAME 3: No
# ALTERNATIVE NAME 1: red
2: {1, 2},{},3
1: 2,{1},{}
"""
COURSES = {
    "valuations": {"s1": {"art": 5, "law": 2}, "s2": {"art": 4}},
    "agent_capacities": {"s1": 1, "s2": 2},
    "item_capacities": {"art": 2, "law": 1},
}


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def one(converter: object, path: Path) -> AssignmentMarket:
    (market,) = converter.read(path)
    return market


def test_orlib_costs_become_values(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", "2\r\n 3 1\r\n 4\r\n 2\r\n")
    assert OrLibrary().recognizes(path)
    market = one(OrLibrary(), path)
    assert market.values.dense().tolist() == [[2, 4], [1, 3]]
    assert market.metadata["cost_constant"] == 5
    result = eqsolve.solve(market)
    assert 2 * 5 - result.solution.welfare == 5  # the least cost
    given_as_values = one(OrLibrary(numbers="values"), path)
    assert given_as_values.values.dense().tolist() == [[3, 1], [4, 2]]
    assert one(OrLibrary(constant=10.5), path).values[0, 0] == 7.5
    with pytest.raises(eqsolve.OptionError, match="constant"):
        one(OrLibrary(constant=3), path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "begin with the size"),
        ("2 1 2 3", "expected 2 x 2 = 4 costs, found 3"),
        ("2 1 2 3 4 5", "found 5"),
        ("2 1 2 x 4", r"costs\[1, 0\] = 'x'"),
    ],
)
def test_broken_orlib_files_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(eqsolve.FormatError, match=fault):
        one(OrLibrary(), put(tmp_path, "a.txt", text))


def test_unit_demand_reads_past_the_announced_number(tmp_path: Path) -> None:
    path = put(tmp_path, "p-n=2", "2 3 1\n0 0 1.5\n1 2 2.5\n")
    assert UnitDemand().recognizes(path)
    market = one(UnitDemand(), path)
    assert market.values.n_edges == 2
    assert market.metadata["announced_values"] == 1
    zero = one(UnitDemand(unlisted="zero"), path)
    assert zero.values.n_edges == 6
    a, b = eqsolve.solve(market).solution, eqsolve.solve(zero).solution
    assert a.price_max.tolist() == b.price_max.tolist()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2 3\n0 0 1\n", "line 1 must hold three whole numbers"),
        ("2 3 1\n0 3 1\n", "line 2.*item < 3"),
        ("2 3 1\n0 0\n", "line 2"),
        ("2 3 1\n0 0 -1\n", "must be >= 0"),
        ("2 3 2\n0 0 1\n", "announces 2 values, but the file holds 1"),
        ("2 3 2\n0 0 1\n0 0 1\n", "listed twice"),
    ],
)
def test_broken_unit_demand_files_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(eqsolve.InstanceError, match=fault):
        one(UnitDemand(), put(tmp_path, "x", text))


def test_categories_become_values(tmp_path: Path) -> None:
    path = put(tmp_path, "a.cat", CAT)
    assert CategoricalBids().recognizes(path)
    market = one(CategoricalBids(), path)
    table = market.values.dense().tolist()
    assert table == [[2, 2, 0], [2, 2, 0], [1, 2, -1]]
    assert market.labels["sellers"] == ("red", "alternative 2", "alternative 3")
    assert market.metadata["scale"] == {"Yes": 2.0, "Maybe": 1.0, "No": 0.0}
    assert one(CategoricalBids(scale="9,4,1"), path).values.dense().tolist()[2] == [4, 9, -1]
    for scale in ("1,2", "a,b,c", "1,2,-3"):
        with pytest.raises(eqsolve.OptionError, match="scale"):
            one(CategoricalBids(scale=scale), path)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("2: {1, 2},{},3", "2: {1, 2},{}", "one group for each of the 3"),
        ("2: {1, 2},{},3", "2: {1, 2},{},4", "'4' must be a number from 1 to 3"),
        ("2: {1, 2},{},3", "2: {1, 2},{},2", "alternative 2 is listed twice"),
        ("2: {1, 2},{},3", "2: {1, 2},{},x", "groups like"),
        ("2: {1, 2},{},3", "{1, 2},{},3", "number of voters"),
        ("2: {1, 2},{},3", "1: {1, 2},{},3", "is 3, but the lines hold 2"),
        ("# NUMBER CATEGORIES: 3\n", "", "NUMBER CATEGORIES: must be a whole number"),
    ],
)
def test_broken_categorical_files_are_refused(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in CAT
    with pytest.raises(eqsolve.FormatError, match=fault):
        one(CategoricalBids(), put(tmp_path, "a.cat", CAT.replace(old, new)))


def test_similarities_and_their_negative_numbers(tmp_path: Path) -> None:
    path = put(tmp_path, "s.json", json.dumps({"r": {"p": -0.5, "q": 1.0}, "s": {"q": 0.25}}))
    assert Similarities().recognizes(path)
    clipped = one(Similarities(), path)
    assert [clipped.values[0, 0], clipped.values[1, 0]] == [0.0, None]
    assert clipped.metadata["clipped"] == 1
    assert one(Similarities(negative="drop"), path).values[0, 0] is None
    shifted = one(Similarities(negative="shift"), path)
    assert [shifted.values[0, 1], shifted.values[1, 1]] == [1.5, 0.75]
    assert shifted.metadata["shift"] == 0.5


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[1]", "must be a JSON object"),
        ("{", "is not JSON"),
        ('{"r": {"p": 1, "p": 2}}', "p: key is given twice"),
        ('{"r": {"p": "x"}}', "must be a finite number"),
        ('{"r": {"p": NaN}}', "must be a finite number"),
        ('{"r": 3}', "must be an object"),
    ],
)
def test_broken_similarities_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(eqsolve.FormatError, match=fault):
        one(Similarities(), put(tmp_path, "s.json", text))


def test_course_seats(tmp_path: Path) -> None:
    path = put(tmp_path, "c.json", json.dumps(COURSES))
    single = one(CourseSeats(), path)
    assert (single.n_sellers, single.values[1, 1]) == (2, None)
    full = one(CourseSeats(seats=0), path)
    assert full.labels["sellers"] == ("art (seat 1)", "art (seat 2)", "law")
    assert eqsolve.solve(full).solution.welfare == 9
    with pytest.raises(eqsolve.OptionError, match="seats"):
        one(CourseSeats(seats=-1), path)
    bad = COURSES | {"item_capacities": {"art": 1.5}}
    with pytest.raises(eqsolve.FormatError, match=r"item_capacities\[art\] = 1.5"):
        one(CourseSeats(), put(tmp_path, "d.json", json.dumps(bad)))
    with pytest.raises(eqsolve.FormatError, match="agent_capacities: must be an object"):
        one(CourseSeats(), put(tmp_path, "e.json", '{"valuations": {}}'))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for converter in CONVERTERS:
        assert not converter().recognizes(tmp_path / "missing.json")
        with pytest.raises(eqsolve.FormatError, match="No such file"):
            one(converter(), tmp_path / "missing.json")
    (tmp_path / "x.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(eqsolve.FormatError, match="not UTF-8"):
        one(OrLibrary(), tmp_path / "x.txt")


@given(
    st.dictionaries(
        st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=4)
    )
)
def test_named_tables_keep_every_entry(document: dict[str, dict[str, int]]) -> None:
    table = named_table(document, Path("x"))
    for row, cells in document.items():
        for column, value in cells.items():
            place = table.rows.index(row), table.columns.index(column)
            assert table.numbers[place] == value
    assert table.numbers.count() == sum(len(cells) for cells in document.values())


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.txt", "2\n1_0 2 3 4\n", r"costs\[0, 0\] = '1_0': must be a number"),
        ("a.txt", "2\n1 nan 3 4\n", r"costs\[0, 1\] = 'nan': must be a number"),
        ("a.txt", "2\n9007199254740993 0.5 3 4\n", "would lose digits"),
        ("a.txt", "2\n9223372036854775808 2 3 4\n", "must fit 64 bits"),
        ("a.txt", "2\n0.33333333333333333333 2 3 4\n", "more digits"),
        ("a.txt", "1\n-9223372036854775808\n", "must fit 64 bits"),
        ("u", "1 2 2\n0 0 nan\n0 1 3\n", "line 2 = '0 0 nan': the value must be a number"),
        ("u", "1 2 2\n0 0 1_0\n0 1 3\n", "line 2 = '0 0 1_0': the value must be a number"),
        ("u", "1 2 2\n0 0 5\n0 0 9\n", "line 3.*listed twice, first in line 2"),
        ("u", "1 2 2\n0 0 1e999\n0 1 3\n", "beyond the largest float"),
        ("s.json", '{"r": {"a": 1, "a": 2}}', "a: key is given twice"),
        ("s.json", '{"r": {"a": %s}}' % ("1" * 600), "must fit 64 bits"),
        ("s.json", '{"r": {"a": 9007199254740993, "b": 0.5}}', r"\[r, a\].*would lose digits"),
        ("s.json", '{"r": {"a": -9223372036854775808, "b": 9}}', "must fit 64 bits"),
        ("a.cat", CAT.replace("# TITLE", "# ALTERNATIVE NAME 1: x\n# TITLE"), "given twice"),
        ("a.cat", CAT.replace("2: {1", "2000000: {1"), "at most 1000000 are read"),
    ],
)
def test_nasty_numbers_are_refused_with_their_place(
    tmp_path: Path, name: str, text: str, fault: str
) -> None:
    path = put(tmp_path, name, text)
    settings = {"from": "similarity", "negative": "shift"} if name == "s.json" else {}
    with pytest.raises(eqsolve.FormatError, match=f"{name}: .*{fault}"):
        list(convert(str(path), {"from": "unit_demand"} if name == "u" else settings))


def test_whole_numbers_beyond_2_53_are_read_exactly(tmp_path: Path) -> None:
    big = 2**53 + 1
    table = put(tmp_path, "s.json", json.dumps({"r": {"a": big, "b": -2}, "s": {"b": 3}}))
    assert one(Similarities(), table).values.dense().tolist() == [[big, 0], [-1, 3]]
    assert one(Similarities(negative="drop"), table).values.dense().tolist() == [[big, -1], [-1, 3]]
    shifted = one(Similarities(negative="shift"), table)
    assert shifted.values.dense().tolist() == [[big + 2, 0], [-1, 5]]
    pairs = put(tmp_path, "u", f"1 2 2\r\n0 0 {big}\r\n0 1 {big - 1}\r\n")
    for unlisted in ("absent", "zero"):
        market = one(UnitDemand(unlisted=unlisted), pairs)
        assert market.values.dense().tolist() == [[big, big - 1]]
    costs = put(tmp_path, "a.txt", f"\ufeff2\n{big} -2 3 4\n")
    assert OrLibrary().recognizes(costs)
    assert one(OrLibrary(), costs).values[0, 1] == big + 3


# Real files.


@pytest.mark.parametrize(("name", "optimum"), [("assign100", 305), ("assign500", 991)])
def test_orlib_optima(real_data: Path, name: str, optimum: int) -> None:
    path = real_data / "orlib_assignment" / f"{name}.txt"
    assert OrLibrary().recognizes(path)
    market = one(OrLibrary(), path)
    result = eqsolve.solve(market)
    trades = int((result.solution.matching >= 0).sum())
    assert trades == market.n_buyers
    assert trades * market.metadata["cost_constant"] - result.objective == optimum
    assert result.check.tolerance == 0


def test_all_unit_demand_markets(real_data: Path) -> None:
    files = [f for f in sorted((real_data / "unit_demand_markets").rglob("*")) if f.is_file()]
    assert len(files) == 18
    for path in files:
        assert UnitDemand().recognizes(path)
        file = read_unit_demand(path)
        assert (len(file.value) > file.announced) == path.name.startswith("p-")
        result = eqsolve.solve(one(UnitDemand(), path))
        assert result.check.valid
        other = eqsolve.solve(one(UnitDemand(unlisted="zero"), path), method="augmenting")
        assert other.objective == pytest.approx(result.objective, rel=1e-9)


def test_all_conference_bids(real_data: Path) -> None:
    sizes = {}
    for path in sorted((real_data / "preflib_bidding").glob("*.cat")):
        assert CategoricalBids().recognizes(path)
        market = one(CategoricalBids(), path)
        sizes[path.stem] = (market.n_buyers, market.n_sellers)
        assert eqsolve.solve(market).check.tolerance == 0
    assert sizes == {
        "00037-00000001": (201, 613),
        "00039-00000001": (31, 54),
        "00039-00000003": (146, 176),
    }


@pytest.mark.parametrize(
    ("document", "recognized"),
    [
        ({"ann": {"p1": 0.5, "p2": 1}, "bob": {"p1": -2}}, True),
        ({"ann": {"[odd] {name": 1}}, True),
        ({"ann": {"p1": 0.5}, "bob": {}}, True),
        ({"round_0": {"round": 0, "value": [4, 2], "winner": {"agent": "Betty"}}}, False),
        ({"round_0": {"round": 0, "winner": {"agent": "Betty", "bid": 4}}}, False),
        ({"round_0": {"round": 0, "value": []}}, False),
        ({"ann": 5, "bob": {"p1": 1}}, False),
        ({"item_capacities": {"art": 2}, "agent_capacities": {"s1": 1}}, False),
        ({"conflicts": {"art": 1}, **{key: COURSES[key] for key in sorted(COURSES)}}, False),
        ([{"ann": {"p1": 1}}], False),
    ],
)
def test_similarities_are_told_apart_by_what_the_file_holds(
    tmp_path: Path, document: object, recognized: bool
) -> None:
    """Logs of auctions and course bids are objects in objects too."""
    for indent in (None, 2):
        path = put(tmp_path, "t.json", json.dumps(document, indent=indent))
        assert Similarities().recognizes(path) is recognized
    assert not CategoricalBids().recognizes(path)


def test_a_log_that_tells_of_bids_is_none(tmp_path: Path) -> None:
    told = put(tmp_path, "told.txt", "the files say # DATA TYPE: cat in their head\n")
    assert not CategoricalBids().recognizes(told)
    assert CategoricalBids().recognizes(put(tmp_path, "a.cat", CAT.replace("\n", "\r\n")))


def test_all_similarities(real_data: Path) -> None:
    for path in sorted((real_data / "reviewer_paper").glob("*.json")):
        assert [c.name for c in CONVERTERS if c().recognizes(path)] == ["similarity"]
        market = one(Similarities(), path)
        assert (market.n_buyers, market.n_sellers) == (58, 463)
        assert eqsolve.solve(market).check.valid


def test_the_course_bids(real_data: Path) -> None:
    path = real_data / "course_bids" / "ariel_5783_input.json"
    market = one(CourseSeats(), path)
    assert (market.n_buyers, market.n_sellers, market.values.n_edges) == (26, 23, 574)
    assert eqsolve.solve(market).check.tolerance == 0
