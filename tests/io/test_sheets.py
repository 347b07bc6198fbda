"""CSV tables are read in whatever dialect they are written; doubt and faults are named."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import assume, example, given, settings, strategies as st

import eqsolve
from eqsolve import FormatError, OptionError
from eqsolve.cli.__main__ import main
from eqsolve.formats.dialect import SEPARATORS
from eqsolve.io.sheets import kinds_of_sheets, read_table

NAMES = st.text("abcxyzäß ~'\"é", min_size=1, max_size=6).map(lambda name: f"n{name}".strip())
CELLS = st.one_of(
    st.none(), st.integers(0, 10**9), st.floats(0.001, 1e4).map(lambda x: round(x, 2))
)


def table(path: Path, text: str, encoding: str = "utf-8", **options: Any) -> Any:
    path.write_bytes(text.encode(encoding))
    texts = {"kind": "assignment_market", **{key: str(value) for key, value in options.items()}}
    return read_table(path, texts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheets")


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str, list[str], list[str], list[list[Any]]]:
    """Return a text with its encoding, and the names and numbers that are in it."""
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    rows = draw(st.lists(NAMES, min_size=n, max_size=n, unique=True))
    columns = draw(st.lists(NAMES, min_size=m, max_size=m, unique_by=str.lower))
    numbers = [[draw(CELLS) for _ in range(m)] for _ in range(n)]
    numbers[0][0] = 12.5  # some decimal shows the dialect
    separator = draw(st.sampled_from(sorted(SEPARATORS)))
    rows = [name.replace("~", separator).strip() for name in rows]
    columns = [name.replace("~", separator).strip() for name in columns]
    assume(len(set(rows)) == n and len(set(map(str.lower, columns))) == m)
    decimal = draw(st.sampled_from(",."))
    held = io.StringIO(newline="")
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(held, delimiter=separator, lineterminator=ends, quoting=quoting)
    writer.writerow([draw(st.sampled_from(["", "who"])), *columns])
    for name, cells in zip(rows, numbers, strict=True):
        words = [
            draw(st.sampled_from(["", "-", "NA"])) if x is None else str(x).replace(".", decimal)
            for x in cells
        ]
        writer.writerow([name, *words])
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    mark = draw(st.booleans())
    text = held.getvalue()
    return (f"sep={separator}{ends}{text}" if mark else text), encoding, rows, columns, numbers


@given(written())
@settings(deadline=None)
def test_a_matrix_comes_back_from_every_dialect(folder: Path, sheet: Any) -> None:
    text, encoding, rows, columns, numbers = sheet
    found = table(folder / "t.csv", text, encoding, layout="matrix")
    assert found.labels == {"buyers": tuple(rows), "sellers": tuple(columns)}
    held = [[found.values[i, j] for j in range(len(columns))] for i in range(len(rows))]
    assert held == numbers


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(0, 99), min_size=1
    ),
    st.randoms(use_true_random=False),
)
@example({("a", "x"): 0}, None)
@settings(deadline=None)
def test_a_list_is_the_market_of_its_pairs(folder: Path, pairs: Any, order: Any) -> None:
    lines = [f"{i};{j};{number}" for (i, j), number in pairs.items()]
    if order is not None:
        order.shuffle(lines)
    for header in ("buyer;seller;value", "person;house;bid", "Seller;buyer;worth"):
        swapped = header.startswith("Seller")
        body = [";".join([*line.split(";")[:2][::-1], line.split(";")[2]]) for line in lines]
        text = "\n".join([header, *(body if swapped else lines)])
        found = table(folder / "l.csv", text)
        by_name = {
            (i, j): found.values[row, column]
            for row, i in enumerate(found.labels["buyers"])
            for column, j in enumerate(found.labels["sellers"])
            if found.values[row, column] is not None
        }
        assert by_name == pairs


def test_what_was_guessed_is_said(folder: Path) -> None:
    text = "who;Müsli;Brot;reserve\nÄnne;1,5;2\n"
    with pytest.raises(FormatError, match="line 2: has 3 cells, expected 4 as in the header"):
        table(folder / "s.csv", text, "cp1252")
    found = table(folder / "s.csv", "who;Müsli;Brot\nÄnne;1,5;2\nreserve;1;0,5\n", "cp1252")
    assert found.reserves.tolist() == [1, 0.5]
    assert found.metadata["read_as"] == [
        "a matrix of 1 buyers and 2 sellers, reserves in line 3 "
        "(encoding cp1252, separator semicolon, decimal comma)"
    ]
    assert found.metadata["source"] == "s.csv"
    assert "read as a matrix of 1 buyers" in str(eqsolve.view(found))


@pytest.mark.parametrize(
    ("cells", "options", "expected"),
    [
        (["1.234,5", "2"], {}, [1234.5, 2]),
        (["1,234.5", "2"], {"separator": "semicolon"}, [1234.5, 2]),
        (["1 234", "2,5"], {}, [1234, 2.5]),
        (["1'234", "2.5"], {}, [1234, 2.5]),
        (["1,234", "2,5"], {}, [1.234, 2.5]),
        (["1,234", "2"], {"decimal": "comma"}, [1.234, 2]),
        (["1,234", "2"], {"decimal": "point"}, [1234, 2]),
        (["1.234", "2"], {"decimal": "comma"}, [1234, 2]),
        (["1e3", "2"], {}, [1000, 2]),
        (["9007199254740993", "2"], {}, [2**53 + 1, 2]),
    ],
)
def test_marks_in_numbers(folder: Path, cells: list[str], options: Any, expected: Any) -> None:
    found = table(folder / "n.csv", f"who;x;y\nann;{cells[0]};{cells[1]}\n", **options)
    assert [found.values[0, 0], found.values[0, 1]] == expected


@pytest.mark.parametrize(
    ("text", "options", "rule"),
    [
        ("w;x\na;1,234\n", {}, "1,234 may be a decimal or a thousand; say decimal=comma or dec"),
        ("w;x;y\na;1.234;2\n", {}, "1.234 may be a decimal or a thousand"),
        ("w;x;y\na;1,5;2.5\n", {}, "1,5 has a decimal comma and 2.5 a decimal point"),
        ("w;x\na;b\nc;2\n", {"layout": "matrix"}, "line 2, column 'x' = 'b': must be a number"),
        ("w;x\n\na;-2\n", {"layout": "matrix"}, "line 3, column 'x' = -2: must be >= 0"),
        ("w;x\na;1\na;2\n", {"layout": "matrix"}, "line 3, column 'w' = 'a': one of the b"),
        ("w;x;x\na;1;2\n", {}, "line 1 = 'x': the column stands twice"),
        ("w;x;\na;1;2\n", {}, "line 1: column 3 has no name"),
        ("w;x\n;1\n", {}, "line 2, column 'w': one of the buyers has no name"),
        ('w;x\n"a;1\nb;2\n', {}, "line 2: the quotes of the row that begins here do not match"),
        ("w;x\n", {}, "needs a header and a row"),
        ("", {}, "needs a header and a row"),
        ("b;s;v\na;x;1\na;x;2\n", {}, "line 3, column 'v' = '2': a, x has 1 in line 2"),
        ("buyer;seller;value\na;x;-1\n", {}, "line 2, column 'value' = -1: must be >= 0"),
        ("buyer;seller;value\na;;1\n", {}, "line 2, column 'seller': one of the sellers has no"),
        ("b;s;v;w\na;x;1;2\n", {"layout": "list"}, "a list needs columns buyer, seller and value"),
        ("b;s;v;w\na;x;1;2\n", {"value": "price"}, "header = 'price': no such column"),
        ("w;x;y\na;5;8\nb;seven;9\n", {}, "line 3, column 'x' = 'seven': must be a number"),
        ("w;x\na;1\n", {"reserves": "free"}, "option reserves = 'free': is neither a column"),
        ("w;x\na;1\n", {"skip": "y"}, "header = 'y': no such column"),
        ("w;x\na;99999999999999999999\n", {}, "line 2, column 'x'"),
    ],
)
def test_faults_name_line_column_and_value(
    folder: Path, text: str, options: Any, rule: str
) -> None:
    import re

    with pytest.raises(FormatError, match=re.escape(rule)):
        table(folder / "f.csv", text, **options)


def test_bytes_that_are_no_text(folder: Path) -> None:
    path = folder / "b.csv"
    path.write_bytes("w;x\na;1\n".encode("utf-16-le"))
    with pytest.raises(FormatError, match="line 1: holds a zero byte: no text in utf-8"):
        read_table(path, {"kind": "assignment_market"})
    found = read_table(path, {"kind": "assignment_market", "encoding": "utf-16-le"})
    assert found.labels["sellers"] == ("x",)
    path.write_bytes(b"w;x\na;\xff\n")
    with pytest.raises(FormatError, match=r"is no text in ascii \(byte 6\); say encoding=NAME"):
        read_table(path, {"kind": "assignment_market", "encoding": "ascii"})


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"encoding": "utf-9"}, "there is no such encoding"),
        ({"separator": "ab"}, "must be one character, or semicolon"),
        ({"decimal": "dot"}, "must be point or comma"),
        ({"quote": "x"}, "option quote"),
        ({"layout": "tree"}, "must be matrix or list"),
        ({"reserve_price": "1"}, "has no option 'reserve_price'; did you mean"),
        ({"kind": "collusion_dynamics"}, "do not fit a table; those that do: assignment_market"),
        ({"kind": "assignment"}, "assignment"),
    ],
)
def test_impossible_options_are_refused(folder: Path, options: Any, rule: str) -> None:
    path = folder / "o.csv"
    path.write_text("w;x\na;1\n")
    with pytest.raises(OptionError, match=rule):
        read_table(path, {"kind": "assignment_market", **options})
    with pytest.raises(OptionError, match="a table needs kind=KIND"):
        read_table(path, {})


KINDS: dict[str, tuple[str, dict[str, str], Any]] = {
    "assignment_market": (
        "who,tea,rice,places\nann,5,,2\nbob,4,7,1\n",
        {"buyer_capacities": "places", "reserves": "1"},
        lambda: eqsolve.AssignmentMarket([[5, None], [4, 7]], [1, 1], buyer_capacities=[2, 1]),
    ),
    "fisher_market": (
        "who,tea,rice,budget\nann,5,1,2\nbob,4,7,1\nsupply,2,1,\n",
        {"utility": '{"ces": 0.5}', "supplies": "supply"},
        lambda: eqsolve.FisherMarket([[5, 1], [4, 7]], [2, 1], [2, 1], utility={"ces": 0.5}),
    ),
    "delivery_market": (
        "buyer,store,courier,value,cost\na,s,k,9,3\na,s,l,9,1\nb,s,k,8,4\nb,s,l,8,\n",
        {"tips": "no"},
        lambda: eqsolve.DeliveryMarket([[9], [8]], [[[3], [4]], [[1], [None]]], tips=False),
    ),
    "trading_network": (
        "buyer,seller,value,known,note\nann,tea,5,x,\nbob,tea,4,,old\nbob,rice,7,no,\n",
        {"commission": "0.5"},
        lambda: eqsolve.TradingNetwork([[5, None], [4, 7]], [(0, 0)], commission=0.5),
    ),
    "model_market": (
        "model,code,prose\ngpt,4,1\nllama,2,3\nweights,1,2\n",
        {"n_platforms": "3"},
        lambda: eqsolve.ModelMarket([[4, 1], [2, 3]], [1, 2], 3),
    ),
    "contract_mdp": (
        "action,bad,good,cost\nshirk,0.5,0.5,0\nwork,0.1,0.9,2\nreward,0,10,\n",
        {"principal_rewards": "reward", "costs": "cost"},
        lambda: eqsolve.ContractMDP([[0.5, 0.5], [0.1, 0.9]], [0, 10], costs=[0, 2]),
    ),
    "token_auction": (
        "agent,bid,yes,no\na,1,0.8,0.2\nb,2,1,0\n",
        {"payment": "vcg"},
        lambda: eqsolve.TokenAuction([1, 2], [[0.8, 0.2], [1, 0]], payment="vcg"),
    ),
    "combinatorial_auction": (
        'bidder,items,price\nann,tea+rice,5\nbob,"rice, tea",4\nann,tea,3\n',
        {"language": "or"},
        lambda: eqsolve.CombinatorialAuction(
            2, [(0, [0, 1], 5), (1, [0, 1], 4), (0, [0], 3)], language="or"
        ),
    ),
    "course_allocation": (
        "student;law;art;places;budget\nAnn;5,5;3;2;1\nBob;4;;1;1,1\nseats;1;2;;\ncredits;1;0,5;;\n",
        {"capacities": "seats", "max_courses": "places", "max_credits": "1.5"},
        lambda: eqsolve.CourseAllocation(
            [[5.5, 3], [4, None]],
            [1, 2],
            max_courses=[2, 1],
            credits=[1, 0.5],
            max_credits=1.5,
            budgets=[1, 1.1],
        ),
    ),
    "normal_form_game": (
        ";still;speak\nquiet;-1, -1;-3, 0\ntalk;0/-3;(-2, -2)\n",
        {},
        lambda: eqsolve.NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_fits_a_table(folder: Path, kind: str) -> None:
    text, options, expected = KINDS[kind]
    path = folder / f"{kind}.csv"
    path.write_text(text)
    found = read_table(path, {"kind": kind, **options})
    assert found == expected()
    assert found.name == kind
    assert found.labels


def test_kinds_that_fit_are_tested() -> None:
    assert set(KINDS) <= set(kinds_of_sheets())


def test_games_of_three_and_their_faults(folder: Path) -> None:
    lines = ["A,B,C,pay A,pay B,pay C"]
    lines += [
        f"s{i},t{j},u{k},{i + j},{j - k},{i * k}" for i in (0, 1) for j in (0, 1) for k in (0, 1)
    ]
    path = folder / "three.csv"
    path.write_text("\n".join(lines))
    game = read_table(path, {"kind": "normal_form_game"})
    i, j, k = np.indices((2, 2, 2))
    assert game == eqsolve.NormalFormGame.from_payoffs([i + j, j - k, i * k])
    assert game.labels["players"] == ("A", "B", "C")
    path.write_text("\n".join(lines[:-1]))
    with pytest.raises(FormatError, match=r"the profile \(s1, t1, u1\) is missing"):
        read_table(path, {"kind": "normal_form_game"})
    path.write_text("\n".join([*lines, lines[1]]))
    with pytest.raises(FormatError, match="the profile stands in line 2 already"):
        read_table(path, {"kind": "normal_form_game"})
    path.write_text(";l;r\nt;1/2;3\n")
    with pytest.raises(FormatError, match="line 2, column 'r' = '3': must be two payoffs"):
        read_table(path, {"kind": "normal_form_game", "layout": "matrix"})


SPREADSHEET = """Rooms;;;
who;mill;manor;Summe
Ann;5,5 \u20ac;8 \u20ac;13,5 \u20ac

Bob;7 \u20ac;9 \u20ac;16 \u20ac
Summe:;12,5 \u20ac;17 \u20ac;29,5 \u20ac
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_what_spreadsheets_put_around_a_table_is_left_out_and_said(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "rooms.csv"
    path.write_bytes(SPREADSHEET.encode(encoding))
    market = read_table(path, {"kind": "assignment_market"})
    assert market == eqsolve.AssignmentMarket([[5.5, 8], [7, 9]])
    assert market.labels == {"buyers": ("Ann", "Bob"), "sellers": ("mill", "manor")}
    (said,) = market.metadata["read_as"]
    for part in (
        "amounts in \u20ac", "the title in line 1 is left out", "the row 'Summe:' in line 6",
        "the column 'Summe' is left out: it holds the sums", "decimal comma", "separator semicolon",
    ):  # fmt: skip
        assert part in said
    assert said.endswith(f"(encoding {encoding.removesuffix('-sig')}, separator semicolon, "
                         "decimal comma)")  # fmt: skip
    kept = read_table(path, {"kind": "assignment_market", "totals": "keep"})
    assert (kept.n_buyers, kept.n_sellers, kept.values[2, 2]) == (3, 3, 29.5)


def test_what_only_looks_like_totals_and_titles_stays(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("who,mill,Total\nAnn,5,8\nTotal,7,9\n")
    market = read_table(path, {"kind": "assignment_market"})
    assert market.labels["buyers"] == ("Ann", "Total")
    assert market.labels["sellers"] == ("mill", "Total")
    path.write_text("who,\nAnn,5\nBob,6\n")
    with pytest.raises(FormatError, match="line 1: column 2 has no name"):
        read_table(path, {"kind": "assignment_market"})
    path.write_text("who,mill,manor\nAnn,$5,8 \u20ac\n")
    with pytest.raises(FormatError, match=r"amounts stand in \$ and in \u20ac"):
        read_table(path, {"kind": "assignment_market"})
    path.write_text("buyer,seller,value\nAnn,mill,5\nBob,mill,7\nTotal,,12\n")
    listed = read_table(path, {"kind": "assignment_market"})
    assert listed.labels["buyers"] == ("Ann", "Bob")
    with pytest.raises(OptionError, match="totals = 'drop': must be keep"):
        read_table(path, {"kind": "assignment_market", "totals": "drop"})


ROOMS = [[5, 8], [7, 9]]
MESSY = {
    "a title of two lines": ("Rooms\nof May\n\n{}", ROOMS, "the title in line 2 is left out"),
    "years in the header": ("R\n,2023,2024\nAnn,5,8\nBob,7,9\n", ROOMS, "line 2 are numbers"),
    "a remark below": ("{}\nSource: a survey\n", ROOMS, "the remark in line 5 is left out"),
    "a padded remark": ("{},,\nSource: a survey,,\n", ROOMS, "the remark in line 5 is left out"),
    "the index of a frame": (",who,a,b\n0,Ann,5,8\n1,Bob,7,9\n", ROOMS, "numbers of the rows"),
    "numbered rows": ("No.,who,a,b\n1,Ann,5,8\n2,Bob,7,9\n", ROOMS, "the numbers of the rows"),
    "a column of air": (",who,a,b\n,Ann,5,8\n,Bob,7,9\n", ROOMS, "empty first column"),
    "means": ("{}Average,6,8.5\n", ROOMS, "'Average' in line 4 is left out: it holds the means"),
    "sums and means": ("{}Total,12,17\nMean,6,8.5\n", ROOMS, "'Total' in line 4 is left out"),
    "sums above reserves": ("{}Sum,12,17\nreserve,0,0\n", ROOMS, "'Sum' in line 4 is left out"),
    "no sums": ("{}Total,9,9\n", [*ROOMS, [9, 9]], "'Total' in line 4 is kept: it does not hold"),
    "nothing but a name": ("{}Eve,,\n", [*ROOMS, [None, None]], "'Eve' in line 4 has no numbers"),
    "codes": ("who;a;b\nAnn;5,5 EUR;EUR 8\nBob;7;9\n", [[5.5, 8], [7, 9]], "amounts in EUR"),
    "percent": ("who,a,b\nAnn,5%,12.5 %\nBob,7%,9\n", [[0.05, 0.125], [0.07, 9]], "5% is 0.05"),
    "millions": ('who,a\nAnn,"1,234,567"\nBob,"2,500"\n', [[1234567], [2500]], "decimal point"),
    "Millionen": ("who;a\nAnn;1.234.567\nBob;2.500\n", [[1234567], [2500]], "decimal comma"),
}


@pytest.mark.parametrize("case", MESSY)
def test_tables_as_they_come(tmp_path: Path, case: str) -> None:
    text, expected, said = MESSY[case]
    found = table(tmp_path / "m.csv", text.format("who,a,b\nAnn,5,8\nBob,7,9\n"))
    held = [[found.values[i, j] for j in range(found.n_sellers)] for i in range(found.n_buyers)]
    assert held == expected
    assert found.labels["buyers"][:2] == ("Ann", "Bob")
    assert said in found.metadata["read_as"][0]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Rooms, May\nwho,a,b\nAnn,5,8\n", "line 1: has 2 cells and every row below 3: must name"),
        ("Ann,5.5,8\nBob,7,9\n", "line 1 = 'Ann, 5.5, 8': must hold names, not numbers"),
        ("who;a;b\nAnn;5 km;8\nBob;7 km;9\n", "line 2, column 'a' = '5 km': must be a number"),
        ("who;a;b\nAnn;5%;8\nBob;7;n.b.%\n", "line 3, column 'b' = 'n.b.%': must be a number"),
        ('who,a\nBob,9\nAnn,"1,234"\n', "line 3, column 2: 1,234 may be a decimal or a thousand"),
        ("w;x;y\na;2;3\nb;1,5;2.5\n", "line 3, column 2: 1,5 has a decimal comma and 2.5 a dec"),
        ("who,a\nAnn,5 EUR\nBob,$7\n", "amounts stand in $ and in EUR: must be one currency"),
        ("who,a\nAnn,#DIV/0!\nBob,7\n", "line 2, column 'a' = '#DIV/0!': must be a number"),
        ("w;a;b\nAnn;#WERT!;2\nBob;#N/A;1\n", "line 2, column 'a' = '#WERT!': must be a number"),
        ("w;a;b\nAnn;#NAME?;2\nBob;###;1\n", "line 3, column 'a' = '###': must be a number"),
        ("w;a;b\nAnn;\u22121,5;2\nBob;\u22123;1\n", "line 2, column 'a' = -1.5: must be >= 0"),
    ],
)
def test_what_cannot_be_right_is_named(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(FormatError) as refused:
        table(tmp_path / "m.csv", text)
    assert rule in str(refused.value)


def test_a_table_is_verified_as_it_is_solved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("who,mill,manor\nAnn,5,8\nBob,7,9\n")
    shell, kind = CliRunner(), ["--kind", "assignment_market"]
    assert shell.invoke(main, ["solve", "t.csv", *kind, "-q", "-o", "s.json"]).exit_code == 0
    good = shell.invoke(main, ["verify", "t.csv", "s.json", *kind])
    assert (good.exit_code, "valid" in good.stdout) == (0, True)
    said = "t: read as a matrix of 2 buyers and 2 sellers (encoding utf-8, separator comma, "
    assert good.stderr.startswith(said)
    assert not shell.invoke(main, ["verify", "t.csv", "s.json", *kind, "-q"]).output
    Path("t.csv").write_text("who,mill,manor\nAnn,50,8\nBob,7,9\n")
    assert shell.invoke(main, ["verify", "t.csv", "s.json", *kind]).exit_code == 1
    unsaid = shell.invoke(main, ["verify", "t.csv", "s.json"])
    assert (unsaid.exit_code, "say --kind KIND" in unsaid.stderr) == (2, True)
    other = shell.invoke(main, ["convert", "t.csv", "t.json"])
    assert (other.exit_code, "say kind=KIND" in other.stderr) == (2, True)


def test_from_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("who;mill;manor\nAnn;5,5;8\nBob;7;9\n")
    shell = CliRunner()
    asked = shell.invoke(main, ["solve", "t.csv", "--kind", "assignment_market", "-o", "out.csv"])
    assert asked.exit_code == 0, asked.output
    assert "read as a matrix of 2 buyers and 2 sellers" in asked.stderr
    assert "decimal comma" in asked.stderr
    rows = list(csv.reader(Path("out.csv").read_text().splitlines()))
    assert [row[:2] for row in rows] == [["buyer", "seller"], ["Ann", "manor"], ["Bob", "mill"]]
    unsaid = shell.invoke(main, ["solve", "t.csv"])
    assert unsaid.exit_code == 2
    assert "is a table of what? say --kind KIND (assignment_market," in unsaid.stderr
    made = shell.invoke(
        main, ["convert", "t.csv", "t.json", "--option", "kind=assignment_market",
               "--option", "reserves=1"],
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    market = eqsolve.load("t.json")
    assert market == eqsolve.AssignmentMarket([[5.5, 8], [7, 9]], [1, 1])
    assert eqsolve.load("t.csv", kind="assignment_market").labels == market.labels
    listed = shell.invoke(main, ["convert", "--list"])
    assert "--kind KIND" in listed.stdout
    answer = shell.invoke(main, ["ask", "lattice", "t.json", "-o", "ends.csv", "-q"])
    assert answer.exit_code == 0, answer.output
    assert Path("ends.csv").read_text().splitlines()[0] == "seller,least,greatest,asked about"
    piped = shell.invoke(
        main, ["solve", "-", "--kind", "assignment_market", "-q"], input=Path("t.csv").read_bytes()
    )
    assert piped.exit_code == 0, piped.output
    Path("none.csv").write_text(";l;r\nt;1/-1;-1/1\nb;-1/1;1/-1\n")
    empty = shell.invoke(main, ["solve", "none.csv", "--kind", "normal_form_game", "-o", "no.csv"])
    assert empty.exit_code == 0, empty.output
    assert "not written" in empty.stderr
    assert not Path("no.csv").exists()


def test_a_column_of_texts_is_one_fault_that_says_how_to_leave_it_out(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    text = "who;class;mill;hut\nAnn;10b;5;1\nBob;10a;7;1\n"
    with pytest.raises(FormatError) as caught:
        table(path, text.replace("10b", "b").replace("10a", "a"))
    assert [str(fault) for fault in caught.value.faults] == [
        "column 'class' = 'b': holds texts, must hold numbers; skip=class leaves the column out"
    ]
    assert table(path, text, skip="class") == eqsolve.AssignmentMarket([[5, 1], [7, 1]])


def test_a_name_that_stands_twice_is_told_once_for_each_line_too_many(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        table(tmp_path / "twice.csv", "who;mill;hut\nAnn;5;1\nBob;7;1\nAnn;7;1\nAnn;1;1\n")
    rule = "column 'who' = 'Ann': one of the buyers stands in line 2 already"
    assert [str(fault) for fault in caught.value.faults] == [
        f"line 4, {rule}", f"line 5, {rule}"
    ]  # fmt: skip
