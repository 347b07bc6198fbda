"""Auctions check themselves: every fault with its place, all in one pass."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from eqsolve import CombinatorialAuction, InstanceError, demand, load, save, solve, value
from eqsolve.cli.__main__ import main

BAD: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"bids": [(0, [], 1)]}, ("bids.items[0]", "empty")),
    ({"bids": [(0, [0], 1), (0, [2], 1)]}, ("bids.items[1]", "only 2 items")),
    ({"bids": [(0, [0], 1), (3, [1], 1)], "n_bidders": 2}, ("bids.bidder[1]", "only 2 bidders")),
    ({"bids": [(-1, [0], 1)]}, ("bids.bidder[0]",)),
    ({"bids": [(0, [-1], 1)]}, ("bids.items[0]",)),
    ({"bids": [(0, [0.5], 1)]}, ("bids.items[0]",)),
    ({"bids": [(0, [0], -1)]}, ("bids.price[0]",)),
    ({"bids": [(0, [0], float("nan"))]}, ("bids.price[0]",)),
    ({"bids": [(0, [0], float("inf"))]}, ("bids.price[0]",)),
    ({"bids": {"bidder": [0, 0], "items": [[0]], "price": [1]}}, ("bids.bidder",)),
    ({"bids": {"bidder": [0], "items": [[0]], "price": [1, 2]}}, ("bids.price",)),
    ({"bids": {"bidder": [0], "items": [[0]]}}, ("bids", "price", "missing")),
    ({"bids": [], "supplies": [1, 1.5]}, ("supplies[1]",)),
    ({"bids": [], "supplies": [1]}, ("supplies",)),
    ({"bids": [], "supplies": [1, -1]}, ("supplies[1]",)),
    ({"bids": [], "reserves": [0, -1]}, ("reserves[1]",)),
    ({"bids": [], "language": "and"}, ("language", "xor")),
    ({"bids": [], "n_bidders": 1.5}, ("n_bidders",)),
]


@pytest.mark.parametrize(("fields", "words"), BAD)
def test_a_fault_is_named_with_its_place(fields: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(InstanceError) as error:
        CombinatorialAuction(2, **fields)
    for word in words:
        assert word in str(error.value)


def test_all_faults_in_one_pass_and_exit_code_2(tmp_path: Path) -> None:
    document = {
        "eqsolve": 1,
        "kind": "combinatorial_auction",
        "n_items": 2,
        "bids": {"bidder": [0, 1, 1], "items": [[0], [], [1]], "price": [1, 2, -3]},
        "supplies": [1, 0.5],
        "reserves": [-1, 0],
        "language": "both",
    }
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(document))
    found = CliRunner().invoke(main, ["solve", str(path)])
    assert found.exit_code == 2
    for word in ("bids.items[1]", "bids.price[2]", "supplies[1]", "reserves[0]", "language"):
        assert word in found.output


FAULTS = (
    "bids.bidder: has length 5, expected 6",
    "bids.bidder[1] = 5: there are only 2 bidders",
    "bids.bidder[4] = -1: must be >= 0",
    "bids.items[0]: a bundle must not be empty",
    "bids.items[2][1] = 7: there are only 3 items",
    "bids.items[5][0] = 9: there are only 3 items",
    "bids.items[5][1] = -1.0: must be >= 0",
    "bids.items[5][2] = 0.5: must be whole",
    "bids.price: has length 7, expected 6",
    "bids.price[2] = -3: must be >= 0 and finite",
    "bids.price[3] = 'inf': must be a number",
    "supplies[1] = 1.5: must be whole",
    "supplies[2] = -1.0: must be >= 0",
)


def test_no_fault_of_a_file_hides_another(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(
        """{"eqsolve": 1, "kind": "combinatorial_auction", "n_items": 3, "n_bidders": 2,
        "supplies": [1, 1.5, -1], "bids": {"bidder": [0, 5, 1, 0, -1],
        "items": [[], [1], [0, 7], [2], [1], [9, -1, 0.5]],
        "price": [1, 2, -3, "inf", 4, 5, 6]}}"""
    )
    found = CliRunner().invoke(main, ["solve", str(path)])
    assert found.exit_code == 2
    assert [words for words in FAULTS if words not in found.output] == []


def test_a_hundred_faults_of_one_list_hide_none_of_another() -> None:
    bids = {"bidder": [*[0] * 200, 3], "items": [*[[0]] * 200, []], "price": [-1] * 201}
    with pytest.raises(InstanceError) as error:
        CombinatorialAuction(1, bids, 1)
    for words in ("bids.items[200]: a bundle must not be empty", "bids.bidder[200] = 3"):
        assert words in str(error.value)


def test_arrays_are_owned_and_whole_prices_stay_whole() -> None:
    supplies = np.array([1, 2])
    auction = CombinatorialAuction(2, [(0, [1, 0, 1], 5)], supplies=supplies)
    supplies[0] = 9
    assert auction.supplies.tolist() == [1, 2]
    assert auction.bids.price.dtype == np.int64
    assert auction.bids.bundle(0).tolist() == [0, 1, 1]


def test_a_file_round_trip_keeps_the_digest(tmp_path: Path) -> None:
    auction = CombinatorialAuction(
        2, [(0, [0], 0.1), (1, [1, 1], 2)], 4, "or", [1, 2], [0, 0.5],
        labels={"items": ["bread", "milk"]},
    )  # fmt: skip
    save(auction, tmp_path / "a.json")
    again = load(tmp_path / "a.json")
    assert again.digest == auction.digest
    assert again.label("items", 1) == "milk"


def test_values_and_demand_of_both_languages() -> None:
    bids = [(0, [0], 3), (0, [1], 2), (0, [0, 1], 4)]
    xor, either = (CombinatorialAuction(2, bids, language=word) for word in ("xor", "or"))
    assert (value(xor, 0, [0, 1]), value(either, 0, [0, 1])) == (4, 5)
    assert demand(xor, 0, [1, 1]) == ((0,), 2)
    assert demand(either, 0, [1, 1]) == ((0, 1), 3)


def test_a_large_coalition_is_named_in_part() -> None:
    from eqsolve.families.combinatorial_auction.show import headline

    members = 7
    wishes = [(k, [k], 2) for k in range(members)] + [(members, list(range(members)), 13)]
    auction = CombinatorialAuction(members, wishes)
    result = solve(auction)
    assert result.solution is not None
    blocking = replace(result.solution, core_gap=1.0, blocking=tuple(range(members)))
    said = headline(auction, replace(result, solution=blocking))
    assert said.endswith("bidder 3, bidder 4 and 2 more, who would gain 1")
