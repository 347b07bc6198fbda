"""Leaderboards: real ones, and files with each kind of fault."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eqsolve import FormatError, OptionError, market_equilibria, view
from eqsolve.families.model_market.convert import LeaderboardTable, MtebBoard

TABLE = "model,math,code,prose\nA,90,80,\nB,10,20,30\nC,50.5,,\nD,,-,40\n"


def read(path, **options):
    (market,) = LeaderboardTable(**options).read(path)
    return market


@pytest.fixture
def board(tmp_path):
    path = tmp_path / "table_x.csv"
    path.write_text(TABLE)
    groups = {"reason": ["math", "code"], "write": ["prose"]}
    (tmp_path / "categories_x.json").write_text(json.dumps(groups))
    return path


def test_missing_cells(board):
    assert read(board, groups="none").labels["models"] == ("B",)
    assert read(board, groups="none", missing="zero").scores.tolist() == [
        [90.0, 80.0, 0.0],
        [10.0, 20.0, 30.0],
        [50.5, 0.0, 0.0],
        [0.0, 0.0, 40.0],
    ]
    market = read(board)
    assert market.labels["types"] == ("reason", "write")
    assert market.scores.tolist() == [[15, 30]]
    assert market.metadata["models_left_out"] == 3
    assert market.metadata["left_out"] == [
        "model 'A': no score for write",
        "model 'C': no score for write",
        "model 'D': no score for reason",
    ]
    assert "left out by the converter: model 'A': no score for write" in str(view(market))
    assert read(board, missing="drop").labels["models"] == ("B",)
    assert read(board, missing="zero").scores[2].tolist() == [25.25, 0.0]


def test_weights_top_and_choice(board):
    market = read(board, missing="zero", weights="columns", top=2, choice="softmax", beta=0.5)
    assert market.weights.tolist() == [2, 1]
    assert market.labels["models"] == ("A", "B")
    assert market.choice == {"rule": "softmax", "beta": 0.5}
    assert read(board, weights="write=3,reason=1.5").weights.tolist() == [1.5, 3.0]
    for weights, rule in (
        ("write=3", "no weight is given"),
        ("write=3,reason=1,write=2", "a weight is given twice"),
        ("wrte=3,reason=1", "did you mean 'write'"),
        ("heavy", "must be uniform, columns"),
    ):
        with pytest.raises((FormatError, OptionError), match=rule):
            read(board, weights=weights)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("model,a\nA,x\n", r"line 2, 'a' = 'x': must be a number"),
        ("model,a\nA,-3\n", r"line 2, 'a' = '-3': must be a number >= 0"),
        ("model,a\nA,1,2\n", "line 2: has 3 cells, expected 2"),
        ("model,a,a\nA,1,2\n", "column 'a': is there twice"),
        ("model,a\n", "needs a header and a model"),
        ("model,a\nA,1\nA,2\n", "model 'A': is there twice"),
        ("model,a\nA,x\n", "left out with --option skip=text"),
        ("model,a\nA,nan\nB,1_0\n", r"line 3, 'a' = '1_0': must be a number"),
        ("model,a\nA,0.33333333333333333333\n", "more digits than a 64-bit float holds"),
        ("model,a\nA,1e999\n", "beyond the largest float"),
        ("model,a\nA,9223372036854775808\n", "must fit 64 bits"),
        ("model,a\nA,\n", "no model has a score"),
    ],
)
def test_faulty_tables(tmp_path, text, rule):
    path = tmp_path / "board.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=rule):
        read(path)


def test_digits_are_kept(tmp_path):
    path = tmp_path / "board.csv"
    path.write_text("Model,A,B\nm1,0.9596394333538025,2e-12\nm2,0.9596394333538026,1e-12\n")
    assert read(path).scores.tolist() == [
        [0.9596394333538025, 2e-12],
        [0.9596394333538026, 1e-12],
    ]
    path.write_text("model,a,b\nm1,9007199254740993,2\nm2,9007199254740992,1\n")
    assert read(path).scores.tolist() == [[2**53 + 1, 2], [2**53, 1]]


def test_equal_sums_of_decimals_have_equal_means(tmp_path):
    path = tmp_path / "board.csv"
    path.write_text("model,a,b,c\nm1,0.1,0.2,0.3\nm2,0.3,0.2,0.1\nm3,0.2,0.2,0.2\n")
    groups = tmp_path / "groups.json"
    groups.write_text('{"all": ["a", "b", "c"]}')
    assert read(path, groups=str(groups)).scores.tolist() == [[0.2], [0.2], [0.2]]


def test_boards_as_other_programs_write_them(tmp_path):
    """A byte-order mark, CRLF, padding, line breaks in a cell, a column of text."""
    path = tmp_path / "board.csv"
    path.write_bytes(b'\xef\xbb\xbfModel Name ,A , B\r\n"one\r\ntwo" , 1 ,2\r\n\r\nthree, ,4\r\n')
    assert LeaderboardTable().recognizes(path)
    market = read(path, missing="zero")
    assert market.labels == {"models": ("one\ntwo", "three"), "types": ("A", "B")}
    assert market.scores.tolist() == [[1, 2], [0, 4]]
    path.write_text("model,licence,A\nx,MIT,1\ny,,2\n")
    for option in ("text", "licence"):
        market = read(path, skip=option)
        assert market.labels["types"] == ("A",)
        assert market.metadata["left_out"] == ["column 'licence': skipped, as asked for"]
    with pytest.raises(FormatError, match="did you mean 'licence'"):
        read(path, skip="license")


def test_json_lines_of_one_name(tmp_path):
    path = tmp_path / "board.jsonl"
    line = '{"Model": "<a href=\\"https://x.org/%s/m\\">m</a>", "STS Average (1 datasets)": %d}\n'
    path.write_text("\ufeff" + line % ("ann", 1) + line % ("bob", 2))
    (market,) = MtebBoard().read(path)
    assert market.labels["models"] == ("ann/m", "bob/m")
    path.write_text(line % ("ann", 1) + line % ("ann", 2))
    with pytest.raises(FormatError, match="model 'ann/m': is there twice"):
        list(MtebBoard().read(path))
    path.write_text('{"Model": "m", "STS Average (1 datasets)": 6, "STS Average (1 datasets)": 7}')
    with pytest.raises(FormatError, match="key is given twice"):
        list(MtebBoard().read(path))
    path.write_text('{"Model": "m", "STS Average (1 datasets)": 6, "STS Average (2 datasets)": 7}')
    with pytest.raises(FormatError, match="column 'STS': is there twice"):
        list(MtebBoard().read(path))
    path.write_bytes(b'{"Model": "m\xe9", "STS Average (1 datasets)": 6}')
    with pytest.raises(FormatError, match="not UTF-8"):
        list(MtebBoard().read(path))


def test_faulty_groups(board, tmp_path):
    wrong = tmp_path / "groups.json"
    wrong.write_text('{"x": ["maths"]}')
    with pytest.raises(FormatError, match="did you mean 'math'"):
        read(board, groups=str(wrong))
    wrong.write_text("[]")
    with pytest.raises(FormatError, match="must be an object"):
        read(board, groups=str(wrong))
    with pytest.raises(FormatError, match="cannot be read"):
        read(board, groups=str(tmp_path / "none.json"))


def test_recognition(board, tmp_path):
    assert LeaderboardTable().recognizes(board)
    other = tmp_path / "other.csv"
    other.write_text("buyer,seller\n1,2\n")
    assert not LeaderboardTable().recognizes(other)
    assert not MtebBoard().recognizes(board)


def test_faulty_json_lines(tmp_path):
    path = tmp_path / "board.jsonl"
    good = {"Model": "<a href='x'>A&amp;B</a>", "STS Average (2 datasets)": 50, "Average (2)": 1}
    path.write_text(json.dumps(good) + "\n\n")
    (market,) = MtebBoard().read(path)
    assert market.labels["models"] == ("A&B",)
    assert market.labels["types"] == ("STS",)
    for line, rule in (
        ("{", "line 2: is not JSON"),
        ('{"Name": 1}', "must be an object with the field 'Model'"),
        ('{"Model": "C", "STS Average (2 datasets)": "high"}', "must be a number"),
    ):
        path.write_text(json.dumps(good) + "\n" + line)
        with pytest.raises(FormatError, match=rule):
            list(MtebBoard().read(path))
    path.write_text('{"Model": "C"}')
    with pytest.raises(FormatError, match="no columns"):
        list(MtebBoard().read(path))


@pytest.mark.parametrize(
    ("date", "models", "groups"),
    [("2024_06_24", 73, 6), ("2024_08_31", 59, 6), ("2024_11_25", 65, 6)],
)
def test_livebench_is_read_and_solved(real_data, date, models, groups):
    path = real_data / "livebench" / f"table_{date}.csv"
    assert LeaderboardTable().recognizes(path)
    for n in (2, 3, 5, 50, 10**6):
        market = read(path, n_platforms=n)
        assert market.scores.shape == (models, groups)
        result = market_equilibria(market)
        assert result.status.value in ("solved", "no_equilibrium")
        assert result.check.valid


def test_livebench_has_one_empty_cell(real_data):
    path = real_data / "livebench" / "table_2024_11_25.csv"
    assert read(path, groups="none").n_models == 64
    assert read(path, groups="none", missing="zero").n_models == 65
    market = read(path, n_platforms=5)
    names = market.labels["models"]
    (entry,) = market_equilibria(market).solution.equilibria
    used = {names[j]: int(entry.counts[j]) for j in np.flatnonzero(entry.counts)}
    assert used == {"o1-2024-12-17-high": 2, "gemini-2.5-pro-exp-03-25": 3}


def test_mteb_is_read_and_solved(real_data):
    path = real_data / "mteb" / "zh_overall.jsonl"
    assert MtebBoard().recognizes(path)
    (market,) = MtebBoard(n_platforms=3).read(path)
    assert market.scores.shape == (74, 6)
    assert market.labels["types"] == (
        "Classification",
        "Clustering",
        "PairClassification",
        "Reranking",
        "Retrieval",
        "STS",
    )
    result = market_equilibria(market)
    assert result.solution.exhaustive
    (market,) = MtebBoard(n_platforms=3, missing="zero").read(path)
    assert market.n_models == 351
