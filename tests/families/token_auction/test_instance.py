"""Token auctions are checked completely, and every fault is told with field, position and value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from eqsolve import InstanceError, TokenAuction, load
from eqsolve.cli.__main__ import main
from eqsolve.io.encode import encode
from eqsolve.io.instances import instance_document

CHAIN = {"markov": {"start": [0.5, 0.5], "next": [[1, 0], [0, 1]]}}
LETTERS = {"ngram": {"text": "abba", "order": 2, "unit": "char"}}
WORDS = {"ngram": {"text": "to be", "order": 2, "unit": "word"}}
REMOTE = {"endpoint": {"url": "http://127.0.0.1:1/v1", "model": "m"}}
HALF = [[0.5, 0.5], [0.5, 0.5]]

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"bids": [1, 1], "distributions": [[0.5, 0.6], [1, 0]]}, "distributions[0] = 1.1: the sum"),
    ({"bids": [1, 1], "distributions": [[0.5, 0.4], [1, 0]]}, "distributions[0] = 0.9: the sum"),
    ({"bids": [1, -1], "distributions": HALF}, "bids[1] = -1: must be >= 0"),
    ({"bids": [0, 0], "distributions": HALF}, "bids: must not all be 0"),
    ({"bids": [], "distributions": []}, "bids: must hold at least one bid"),
    ({"bids": [1, 1], "models": [LETTERS]}, "models: has 1 models, expected 2"),
    ({"bids": [1, 1], "distributions": [[1.0]]}, "distributions: has length 1"),
    ({"bids": [1]}, "exactly one of distributions and models"),
    ({"bids": [1], "distributions": [[1]], "models": [LETTERS]}, "both are given"),
    ({"bids": [1], "models": [LETTERS], "stop": "x"}, "stop = 'x': is not in the vocabulary"),
    ({"bids": [1], "models": [LETTERS], "stop": 2}, "stop = 2: must be from 0 to 1"),
    ({"bids": [1], "models": [{"ngram": {"text": "", "order": 2}}]}, "text]: holds no character"),
    ({"bids": [1], "models": [{"ngram": {"text": " ", "order": 2, "unit": "word"}}]}, "no word"),
    ({"bids": [1], "models": [{"ngram": {"text": "a", "order": 0}}]}, "order] = 0: must be"),
    ({"bids": [1], "models": [{"ngram": {"text": "a", "order": 1, "unit": "line"}}]}, "unit]"),
    ({"bids": [1], "models": [{"ngrams": {}}]}, "did you mean 'ngram'?"),
    ({"bids": [1], "models": [{**CHAIN, **LETTERS}]}, "has markov and ngram"),
    ({"bids": [1], "models": [CHAIN]}, "vocabulary: required beside Markov models"),
    ({"bids": [1], "models": [CHAIN], "vocabulary": ["a"]}, "has 2 tokens, the vocabulary 1"),
    ({"bids": [1, 1], "models": [LETTERS, WORDS]}, "agents 0 and 1 share no vocabulary"),
    ({"bids": [1, 1], "models": [LETTERS, REMOTE]}, "an endpoint has its own"),
    ({"bids": [1], "models": [LETTERS], "vocabulary": ["a"]}, "'b' is not in the vocabulary"),
    ({"bids": [1], "distributions": [[1]], "vocabulary": ["a", "a"]}, "vocabulary[1] = 'a'"),
    ({"bids": [1], "distributions": [[1]], "length": 2}, "length = 2: must be 1 beside"),
    ({"bids": [1], "models": [LETTERS], "length": 0}, "length = 0: must be a whole number"),
    ({"bids": [1], "distributions": [[1]], "prompt": "a"}, "prompt = 'a': goes with models"),
    ({"bids": [1], "models": [LETTERS], "prompt": [2]}, "prompt[0] = 2: must be below 2"),
    ({"bids": [1], "models": [{**LETTERS, "temperature": 0}]}, "temperature] = 0: must be > 0"),
    ({"bids": [1], "distributions": [[1]], "aggregation": "log"}, "must be one of linear"),
    ({"bids": [1], "distributions": [[1]], "aggregation": "log_linear"}, 'use "vcg", or linear'),
    ({"bids": [1], "models": [REMOTE], "payment": "vcg"}, "vcg needs whole distributions"),
    (
        {"bids": [1, 1], "distributions": [[1, 0], [0, 1]], "aggregation": "log_linear",
         "payment": "vcg"},
        "agents 0, 1 share none",
    ),
    (
        {"bids": [1], "models": [LETTERS], "aggregation": "log_linear", "payment": "vcg",
         "weights": "posterior"},
        "weights = 'posterior': goes with linear",
    ),
    (
        {"bids": [1], "distributions": [[1]], "reserve": {"bid": -1, "distribution": [1]}},
        "reserve[bid] = -1",
    ),
    ({"bids": [1], "distributions": [[1]], "reserve": {"bid": 1}}, "reserve: must have a distr"),
    (
        {"bids": [1], "distributions": [[1]], "reserve": {"bid": 1, "distribution": [0.5, 0.5]}},
        "reserve[distribution]: has length 2, expected 1",
    ),
    ({"bids": [1], "models": [CHAIN], "vocabulary": ["a", "b"], "prompt": "c"}, "'c' is not in"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_faults_are_named_in_the_library_and_on_the_command_line(
    fields: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(InstanceError) as caught:
        TokenAuction(**fields)
    assert words in str(caught.value)
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"eqsolve": 1, "kind": "token_auction", **fields}))
    shown = CliRunner().invoke(main, ["solve", str(path)])
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert "a.json: " in shown.stderr


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InstanceError) as caught:
        TokenAuction([-1, 1], [[0.5, 0.6], [1, 0]], length=3, payment="all", stop="x")
    fields = [fault.field for fault in caught.value.faults]
    assert {"bids", "length", "payment"} <= set(fields)


def test_texts_come_from_files_beside_the_instance(tmp_path: Path) -> None:
    (tmp_path / "brand.txt").write_bytes(b"\xef\xbb\xbffly\r\nto rome")
    fields = {
        "eqsolve": 1, "kind": "token_auction", "bids": [1],
        "models": [{"ngram": {"text": {"file": "brand.txt"}, "order": 2, "unit": "char"}}],
    }  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps(fields))
    found = load(path)
    assert found.models[0].source.text == "fly\nto rome"
    twin = TokenAuction([1], models=[{"ngram": {"text": tmp_path / "brand.txt", "order": 2}}])
    assert found == twin
    again = load(_written(found, tmp_path / "again.json"))
    assert again == found


def test_a_file_that_is_no_text_is_named_with_the_byte(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"abc\xff")
    for name, words in (("b.txt", "is not UTF-8 text (byte 3)"), ("c.txt", "cannot be read")):
        model = {"ngram": {"text": {"file": name}, "order": 2}}
        path = tmp_path / "a.json"
        path.write_text(
            json.dumps({"eqsolve": 1, "kind": "token_auction", "bids": [1], "models": [model]})
        )
        shown = CliRunner().invoke(main, ["solve", str(path)])
        assert shown.exit_code == 2
        assert f"models[0, ngram, text, file] = '{name}': {words}" in shown.stderr


def test_paths_outside_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "b.txt").write_text("text")
    model = {"ngram": {"text": {"file": "../b.txt"}, "order": 2}}
    path = tmp_path / "inner" / "a.json"
    path.write_text(
        json.dumps({"eqsolve": 1, "kind": "token_auction", "bids": [1], "models": [model]})
    )
    with pytest.raises(InstanceError, match="must stay inside"):
        load(path)


@pytest.mark.parametrize(
    "auction",
    [
        TokenAuction([1, 2], HALF, vocabulary=["a", "b"], stop="b"),
        TokenAuction(
            [1, 2], models=[LETTERS, {**LETTERS, "prompt": "ab", "temperature": 0.5}], length=9,
            prompt=[0], reserve={"bid": 1, "model": LETTERS}, weights="posterior", payment="vcg",
        ),
        TokenAuction([1], models=[CHAIN], vocabulary=["a", "b"], payment="none", stop=1),
        TokenAuction([1, 0], models=[REMOTE, REMOTE], length=3),
        TokenAuction([1], models=[{"transformers": "folder"}], prompt="hello"),
    ],
    ids=["step", "ngrams", "chain", "endpoint", "transformers"],
)  # fmt: skip
def test_files_and_back(auction: TokenAuction, tmp_path: Path) -> None:
    assert load(_written(auction, tmp_path / "a.json")) == auction


def _written(auction: TokenAuction, path: Path) -> Path:
    path.write_bytes(encode(instance_document(auction)))
    return path


def test_every_field_is_in_the_digest() -> None:
    base: dict[str, Any] = {"bids": [1, 2], "models": [LETTERS, LETTERS], "length": 4}
    others: list[dict[str, Any]] = [
        {"bids": [1, 3]}, {"models": [LETTERS, {**LETTERS, "prompt": "a"}]}, {"length": 5},
        {"models": [LETTERS, {**LETTERS, "temperature": 2}]}, {"payment": "vcg"}, {"stop": "a"},
        {"prompt": "a"}, {"weights": "posterior"}, {"reserve": {"bid": 1, "model": LETTERS}},
        {"reserve": {"bid": 2, "model": LETTERS}}, {"aggregation": "log_linear", "payment": "vcg"},
        {"models": [LETTERS, {"ngram": {"text": "abba", "order": 3, "unit": "char"}}]},
    ]  # fmt: skip
    digests = {TokenAuction(**(base | other)).digest for other in ({}, *others)}
    assert len(digests) == len(others) + 1


def test_numbers_of_numpy_are_numbers() -> None:
    auction = TokenAuction(
        np.array([1, 2]), models=[LETTERS, LETTERS], length=np.int64(3), stop=np.int64(1),
        prompt=np.array([0, 1]),
    )  # fmt: skip
    assert (auction.length, auction.stop, auction.prompt) == (3, 1, (0, 1))
