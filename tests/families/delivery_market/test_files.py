"""Delivery market files: the contract's fields, every fault in one pass, round trips."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import (
    DeliveryMarket,
    FormatError,
    load,
    load_solution,
    save,
    save_solution,
    solve,
    tipped_equilibrium,
    verify,
)
from eqsolve.io.encode import encode
from eqsolve.testing import delivery_markets

CATALOG = Path(__file__).resolve().parents[3] / "instances" / "delivery_market"


def read(tmp_path: Path, **fields: Any) -> Any:
    path = tmp_path / "market.json"
    path.write_bytes(encode({"eqsolve": 1, "kind": "delivery_market", **fields}))
    return load(path)


FULL = {"values": [[1, 2], [3, 4]], "costs": [[[1, 1], [1, None]], [[2, 2], [2, 2]]]}


def test_full_costs(tmp_path: Path) -> None:
    market = read(tmp_path, **FULL)
    assert market == DeliveryMarket(FULL["values"], FULL["costs"])
    assert market.tips
    assert np.isinf(market.costs.tensor()[0, 1, 1])


def test_cost_parts_are_the_sum(tmp_path: Path) -> None:
    parts = {
        "courier": [1, 2],
        "pickup": [[1, 0], [0, 5]],
        "dropoff": [[7, 0], [1, 1]],
        "order": [[1, 2], [3, 4]],
    }
    market = read(tmp_path, values=[[1, 2], [3, 4]], cost_parts=parts, tips=False)
    assert not market.tips
    for k in range(2):
        for i in range(2):
            for j in range(2):
                expected = (
                    parts["courier"][k] + parts["pickup"][k][j] + parts["dropoff"][k][i]
                    + parts["order"][i][j]
                )  # fmt: skip
                assert market.costs.tensor()[k, i, j] == expected


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"values": [[1]], "costs": [[[-1]]]}, "costs[0, 0, 0] = -1: must be >= 0"),
        ({"values": [[1]], "costs": [[[1]]], "cost_parts": {"courier": [1]}}, "found both"),
        ({"values": [[1]]}, "required field is missing (or cost_parts)"),
        ({"costs": [[[1]]]}, "values: required field is missing"),
        ({"values": [[1, 2]], "costs": [[[1, 2]], []]}, "costs[1]: has 0 entries, expected 1"),
        ({"values": [[1, 2]], "costs": [[[1, 2]], [[1]]]}, "costs[1, 0]: has 1 entries"),
        ({"values": [[1, 2]], "costs": [[[1]]]}, "has 1 stores along axis 2, values have 2"),
        ({"values": [[1]], "costs": [[[1]], [[1], [2]]]}, "costs[1]: has 2 entries"),
        ({"values": [[None]], "costs": [[[1]]]}, "values[0, 0]: a number is missing"),
        ({"values": [[1]], "cost": [[[1]]]}, "did you mean 'costs'?"),
        ({"values": [[1]], "cost_parts": {"pick_up": [[1]]}}, "did you mean 'pickup'?"),
        ({"values": [[1]], "cost_parts": {"order": [[1]]}}, "tell the number of couriers"),
        ({"values": [[1]], "cost_parts": {"courier": [1], "pickup": [[1], [2]]}}, "expected 1"),
        ({"values": [[1]], "costs": [[[1]]], "tips": "no"}, "tips = 'no': must be true or false"),
        ({"values": [[1]], "costs": None}, "costs: required field is missing (or cost_parts)"),
    ],
)
def test_faults(tmp_path: Path, fields: Any, words: str) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, **fields)
    assert words in str(error.value)
    assert "market.json" in str(error.value)


def test_all_faults_in_one_pass(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, values=[[-1, "x"]], costs=[[[-2, 1]]], tips=3, colour=1)
    assert len(error.value.lines()) >= 4


@settings(max_examples=25)
@given(market=delivery_markets())
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, market: DeliveryMarket) -> None:
    folder = tmp_path_factory.mktemp("round")
    save(market, folder / "market.json")
    again = load(folder / "market.json")
    assert again == market
    result = tipped_equilibrium(market)
    save_solution(market, result, folder / "solution.json")
    assert verify(market, load_solution(folder / "solution.json", market)).valid


@pytest.mark.parametrize("parts", [(), ("courier",), ("pickup", "order"), ("dropoff", "order")])
@pytest.mark.parametrize("sizes", list(product((0, 2), (0, 3), (0, 2))))
def test_empty_sides_keep_their_sizes(tmp_path: Path, sizes: Any, parts: Any) -> None:
    n, m, couriers = sizes
    shapes = {
        "courier": (couriers,), "pickup": (couriers, m), "dropoff": (couriers, n), "order": (n, m)
    }  # fmt: skip
    given_parts = {name: np.ones(shapes[name], dtype=int) for name in parts}
    full = None if parts else np.ones((couriers, n, m), dtype=int)
    market = DeliveryMarket(np.ones((n, m), dtype=int), full, cost_parts=given_parts or None)
    save(market, tmp_path / "market.json")
    again = load(tmp_path / "market.json")
    assert again == market
    assert again.side_sizes() == {"buyers": n, "stores": m, "couriers": couriers}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"values": [], "n_stores": -1}, "n_stores = -1: must be a whole number >= 0"),
        ({"values": [], "n_stores": True}, "must be a whole number >= 0"),
        ({"values": [[1, 2]], "n_stores": 3}, "n_stores = 3: values have 2 stores"),
    ],
)
def test_the_number_of_stores_is_checked(tmp_path: Path, fields: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read(tmp_path, costs=[], **fields)
    assert read(tmp_path, values=[[1, 2]], n_stores=2, costs=[[[0, 0]]]).n_stores == 2


@pytest.mark.parametrize("path", sorted(CATALOG.rglob("*.json")), ids=lambda path: path.stem)
def test_catalog(path: Path) -> None:
    market: Any = load(path)
    expected = market.metadata["expected"]
    result = solve(market)
    assert market.metadata["source"]
    assert result.status.value == expected["status"]
    if "objective" in expected:
        assert result.objective == expected["objective"]
        assert result.solution.efficient_welfare == expected["efficient_welfare"]


def test_the_catalog_has_the_witnesses_of_the_theory() -> None:
    names = {path.stem for path in CATALOG.rglob("*.json")}
    assert {"efficient-not-supported", "forbidden-no-equilibrium"} <= names
