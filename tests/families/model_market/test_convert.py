"""Leaderboards: real ones, and files with each kind of fault."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eqsolve import FormatError, market_equilibria
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
        ("wrte=3,reason=1", "did you mean 'write'"),
        ("heavy", "must be uniform, columns"),
    ):
        with pytest.raises(FormatError, match=rule):
            read(board, weights=weights)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("model,a\nA,x\n", r"line 2, 'a' = 'x': must be a number"),
        ("model,a\nA,-3\n", r"line 2, 'a' = '-3': must be a number >= 0"),
        ("model,a\nA,1,2\n", "line 2: has 3 cells, expected 2"),
        ("model,a,a\nA,1,2\n", "column 'a': is there twice"),
        ("model,a\n", "needs a header and a model"),
        ("model,a\nA,\n", "no model has a score"),
    ],
)
def test_faulty_tables(tmp_path, text, rule):
    path = tmp_path / "board.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=rule):
        read(path)


def test_faulty_groups(board, tmp_path):
    wrong = tmp_path / "groups.json"
    wrong.write_text('{"x": ["maths"]}')
    with pytest.raises(FormatError, match="did you mean 'math'"):
        read(board, groups=str(wrong))
    wrong.write_text("[]")
    with pytest.raises(FormatError, match="must be an object"):
        read(board, groups=str(wrong))
    with pytest.raises(FormatError, match="cannot be read as JSON"):
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
