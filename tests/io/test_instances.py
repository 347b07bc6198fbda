"""Instance files: round trips, references, and a line for every fault."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import eqsolve
from eqsolve.core.errors import FormatError
from eqsolve.io.encode import encode
from eqsolve.io.instances import instance_document, instance_from_document, read_instance

GOOD = {"eqsolve": 1, "kind": "assignment_market", "values": [[1, 2], [3, None]]}


def lines(document: Any, folder: Path | None = None) -> list[str]:
    with pytest.raises(FormatError) as caught:
        read_instance(json.dumps(document).encode(), "m.json", folder)
    return caught.value.lines()


@given(
    st.integers(0, 3).flatmap(
        lambda m: st.lists(
            st.lists(
                st.one_of(st.none(), st.integers(0, 2**60), st.floats(0, 1e6)),
                min_size=m,
                max_size=m,
            ),
            min_size=1,
            max_size=3,
        )
    )
)
def test_what_is_written_is_read_back(matrix: list[list[float | None]]) -> None:
    try:
        market = eqsolve.AssignmentMarket(matrix, name="x", metadata={"a": [1, {"b": None}]})
    except eqsolve.InstanceError:
        return  # an integer that would lose digits beside a fraction
    again = read_instance(encode(instance_document(market)), "x")
    assert again == market
    assert again.name == "x"
    assert dict(again.metadata) == {"a": [1, {"b": None}]}


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_does_not_lose_the_other(shape: tuple[int, int]) -> None:
    for instance in (
        eqsolve.AssignmentMarket(np.zeros(shape)),
        eqsolve.AssignmentMarket(np.zeros(shape), reserves=range(1, shape[1] + 1)),
        eqsolve.TradingNetwork(np.zeros(shape), known=[]),
        eqsolve.FisherMarket(np.zeros(shape), budgets=np.ones(shape[0])),
    ):
        again = read_instance(encode(instance_document(instance)), "x")
        assert again.side_sizes() == instance.side_sizes()
        assert again == instance


def test_sparse_and_dense_forms_have_the_same_digest() -> None:
    sparse = {
        "eqsolve": 1,
        "kind": "assignment_market",
        "n_buyers": 2,
        "n_sellers": 2,
        "edges": {"buyer": [1, 0, 0], "seller": [0, 1, 0], "value": [3.0, 2, 1]},
    }
    one, other = (read_instance(json.dumps(text).encode(), "x") for text in (GOOD, sparse))
    assert one.digest == other.digest
    assert other.values.is_sparse
    assert read_instance(encode(instance_document(other)), "x") == one


@pytest.mark.parametrize("arrays", ["inline", "npy"])
def test_saved_files_are_loaded(tmp_path: Path, arrays: Any) -> None:
    market = eqsolve.AssignmentMarket(np.arange(6).reshape(2, 3), reserves=[0, 1, 0])
    eqsolve.save(market, tmp_path / "m.json", arrays=arrays)
    assert eqsolve.load(tmp_path / "m.json") == market
    assert bool(list(tmp_path.glob("*.npy"))) == (arrays == "npy")


def test_memory_maps_work_end_to_end(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([[1.5, 2.0], [0.0, 4.0]]))
    document = {**GOOD, "values": {"file": "v.npy"}}
    market = read_instance(json.dumps(document).encode(), "m.json", tmp_path)
    assert market.values[0, 0] == 1.5


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"value": [[1]]}, "m.json: value: unknown field; did you mean 'values'?"),
        ({"kind": "assignment_markt"}, "unknown kind; did you mean 'assignment_market'?"),
        ({"kind": 3}, "m.json: kind = 3: unknown kind; must be text"),
        ({"eqsolve": 2}, "m.json: eqsolve = 2: must be 1, the format version"),
        ({"eqsolve": True}, "m.json: eqsolve = True: must be 1"),
        ({"values": [[1, -2], [3, 4]]}, "m.json: values[0, 1] = -2: must be >= 0 and finite"),
        ({"values": [[1, 2], [3]]}, "m.json: values[1]: has 1 entries, expected 2"),
        ({"values": "x"}, "m.json: values = 'x': must be a number"),
        ({"values": {"a": 1}}, "m.json: values"),
        ({"reserves": [1]}, "m.json: reserves: has length 1, expected 2"),
        ({"reserves": [1, None]}, "m.json: reserves[1]: a number is missing here"),
        ({"labels": {"buyer": ["a", "b"]}}, "no such side; did you mean 'buyers'?"),
        ({"labels": {"buyers": ["a"]}}, "m.json: labels[buyers]: has 1 names, expected 2"),
        ({"labels": []}, "m.json: labels = []: must be an object"),
        ({"metadata": 3}, "m.json: metadata = 3: must be an object"),
        ({"name": 3}, "m.json: name = 3: must be text"),
        ({"n_buyers": 2}, "give either values or the sparse form"),
    ],
)
def test_every_fault_names_file_field_place_value_and_rule(
    change: dict[str, Any], line: str
) -> None:
    assert any(line in found for found in lines(GOOD | change)), lines(GOOD | change)


def test_an_optional_field_that_is_null_is_left_out() -> None:
    empty = {"name": None, "labels": None, "metadata": None, "reserves": None}
    given = instance_from_document(GOOD | empty, "m.json")
    assert given.digest == instance_from_document(GOOD, "m.json").digest
    assert lines({"eqsolve": 1, "kind": "fisher_market", "utilities": [[1]], "budgets": None})
    network = {"eqsolve": 1, "kind": "trading_network", "values": [[1]], "known": []}
    assert instance_from_document(network | {"commission": None}, "m.json").commission == 1


def test_an_entry_of_an_object_that_is_null_is_left_out_as_well() -> None:
    bidder = {"types": [{"probability": 1, "additive": [2], "values": None}], "samples": None}
    design = {"eqsolve": 1, "kind": "auction_design", "n_items": 1}
    plain = instance_from_document(design | {"bidders": [bidder]}, "m.json")
    nulled = design | {"bidders": [bidder | {"count": None}]}
    assert instance_from_document(nulled, "m.json").digest == plain.digest
    seat = {"rule": "noisy", "of": {"rule": "shade", "factor": 1, "k": None}, "sd": 1}
    auction = {
        "format": "first_price",
        "reserve": None,
        "values": {"model": "private", "prior": {"points": [1, 2], "weights": None}},
        "n_bidders": 1,
    }
    experiment = {
        "eqsolve": 1,
        "kind": "auction_experiment",
        "auction": auction,
        "bidders": [seat | {"log_sd": None}],
        "protocol": {"plan": None},
    }
    assert instance_from_document(experiment, "m.json").bidders[0].to_dict()["sd"] == 1


@pytest.mark.parametrize(
    ("bidder", "line"),
    [
        ({"cuont": None}, "bidders[0][cuont]: unknown field; did you mean 'count'?"),
        ({"types": [{"probability": None}]}, "[0, probability]: required field is missing"),
    ],
)
def test_a_null_hides_neither_a_wrong_name_nor_a_missing_entry(
    bidder: dict[str, Any], line: str
) -> None:
    good = {"types": [{"probability": 1, "additive": [2]}]}
    document = {"eqsolve": 1, "kind": "auction_design", "n_items": 1, "bidders": [good | bidder]}
    assert any(line in found for found in lines(document)), lines(document)


def test_all_faults_come_in_one_pass() -> None:
    document = GOOD | {"values": [[1, -2], [-3, 4]], "reserves": [-1, 0], "valus": 1}
    found = lines(document)
    assert len(found) == 4
    assert sum("must be >= 0" in line for line in found) == 3


@pytest.mark.parametrize(
    ("edges", "line"),
    [
        ({"buyer": [0], "seller": [0]}, "edges[value]: required field is missing"),
        ({"buyr": [0], "seller": [0], "value": [1]}, "edges[buyr]: unknown field; did you mean"),
        ({"buyer": [0, 0], "seller": [0, 0], "value": [1, 1]}, "listed twice"),
        ({"buyer": [0.5], "seller": [0], "value": [1]}, "must be whole"),
        ({"buyer": [2], "seller": [0], "value": [1]}, "edges.buyer[0] = 2: must be below 2"),
        ([1], "edges = [1]: must be an object"),
    ],
)
def test_faults_of_the_sparse_form(edges: object, line: str) -> None:
    document = {"eqsolve": 1, "kind": "assignment_market", "n_buyers": 2, "n_sellers": 1}
    assert any(line in found for found in lines(document | {"edges": edges}))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../v.npy", "must stay inside the instance's folder"),
        ("/etc/v.npy", "must stay inside the instance's folder"),
        ("v.txt", "must name a .npy file"),
        ("absent.npy", "cannot be read"),
        ("object.npy", "not a plain .npy array"),
        ("text.npy", "expected numbers"),
        ("nan.npy", "holds NaN"),
        ("broken.npy", "not a plain .npy array"),
        (3, "must name a .npy file"),
    ],
)
def test_bad_references_are_refused(tmp_path: Path, name: object, rule: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    np.save(tmp_path / "v.npy", np.ones((2, 2)))
    np.save(folder / "object.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save(folder / "text.npy", np.array([["a"]]))
    np.save(folder / "nan.npy", np.array([[np.nan]]))
    (folder / "broken.npy").write_bytes(b"\x93NUMPY nonsense")
    found = lines(GOOD | {"values": {"file": name}}, folder)
    assert len(found) == 1
    assert "m.json: values[file]" in found[0]
    assert rule in found[0]


def test_a_reference_that_cannot_be_read_is_the_only_fault(tmp_path: Path) -> None:
    for part in ("values", "reserves"):
        document = GOOD | {"reserves": [0, 1], part: {"file": "absent.npy"}}
        assert len(lines(document, tmp_path)) == 1
    sparse = {"buyer": [0], "seller": [0], "value": {"file": "absent.npy"}}
    market = {"eqsolve": 1, "kind": "assignment_market", "n_buyers": 1, "n_sellers": 1}
    assert len(lines(market | {"edges": sparse}, tmp_path)) == 1
    network = GOOD | {"kind": "trading_network", "known": [[0, 1]]}
    assert len(lines(network | {"values": {"file": "absent.npy"}}, tmp_path)) == 1
    two = GOOD | {"values": {"file": "a.npy"}, "reserves": {"file": "b.npy"}, "valus": 1}
    assert len(lines(two, tmp_path)) == 3


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    np.save(tmp_path / "v.npy", np.ones((2, 2)))
    (folder / "link.npy").symlink_to(tmp_path / "v.npy")
    assert "must stay inside" in lines(GOOD | {"values": {"file": "link.npy"}}, folder)[0]


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "null"])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="must be a JSON object"):
        read_instance(text.encode(), "m.json")


def test_numbers_that_are_not_finite_are_never_written() -> None:
    for bad in (float("nan"), np.array([np.inf])):
        with pytest.raises(ValueError, match="not"):
            encode({"x": bad})


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "m.json"
    target.write_text("old")
    market = eqsolve.AssignmentMarket([[1]], metadata={"x": float("nan")})
    with pytest.raises(ValueError, match="finite"):
        eqsolve.save(market, target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_every_array_file_is_announced_before_it_is_opened(tmp_path: Path) -> None:
    """The batch stakes its answers on it: what is not announced could change unnoticed."""
    np.save(tmp_path / "values.npy", np.array([[5, 3], [4, 1]]))
    os.mkfifo(tmp_path / "pipe.npy")
    for name in ("values.npy", "absent.npy", "pipe.npy"):
        announced: list[Path] = []
        text = json.dumps({**GOOD, "values": {"file": name}}).encode()
        with contextlib.suppress(FormatError):
            read_instance(text, "m.json", tmp_path, announced.append)
        assert announced == [tmp_path / name]


@pytest.mark.parametrize(
    ("kind", "fields", "place"),
    [
        ("assignment_market", {"values": {"ann": {"tea": 1}}}, "values"),
        ("assignment_market", {"values": [[1]], "reserves": {"tea": 1}}, "reserves"),
        ("fisher_market", {"utilities": [[1]], "budgets": {"ann": 1}}, "budgets"),
        (
            "trading_network",
            {"values": [[1]], "known": [["ann", "tea"]],
             "labels": {"buyers": ["ann"], "sellers": ["tea"]}},
            "known",
        ),
        ("combinatorial_auction",
         {"n_items": 1, "bids": {"bidder": ["ann"], "items": [["tea"]], "price": [1]}}, "bids"),
        ("contract_mdp", {"outcome_probs": {"work": {"good": 1}}, "principal_rewards": [1],
                          "costs": [0]}, "outcome_probs"),
        ("contract_mdp", {"outcome_probs": [[1]], "principal_rewards": [1], "costs": [0],
                          "initial": "low"}, "initial"),
        ("token_auction", {"bids": {"a": 1}, "distributions": [[1]]}, "bids"),
    ],
)  # fmt: skip
def test_files_hold_numbers_and_no_names(kind: str, fields: dict[str, object], place: str) -> None:
    document = {"eqsolve": 1, "kind": kind, **fields}
    with pytest.raises(FormatError, match=place):
        read_instance(json.dumps(document).encode(), "file", Path())
