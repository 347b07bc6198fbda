"""Foreign files as Fisher markets; real files where they are present."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eqsolve import (
    FisherMarket,
    FormatError,
    OptionError,
    Status,
    bundle_utilities,
    fisher_equilibrium,
    load,
)
from eqsolve.io.converting import convert

INSTANCES = Path(__file__).resolve().parents[3] / "instances" / "fisher_market"
FILES = sorted(INSTANCES.rglob("*.json"))

BIDS = {
    "valuations": {"s1": {"logic": 60, "rings": 40}, "s2": {"logic": 100}, "s3": {}},
    "agent_capacities": {"s1": 2, "s2": 1, "s3": 1},
    "item_capacities": {"logic": 2, "rings": 6},
}


@pytest.fixture
def bids(tmp_path: Path) -> Path:
    file = tmp_path / "bids.json"
    file.write_text(json.dumps(BIDS))
    return file


def only(path: Path, **options: str) -> FisherMarket:
    (market,) = convert(str(path), options)
    assert isinstance(market, FisherMarket)
    return market


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_shipped_instances_have_their_known_answers(file: Path) -> None:
    market = load(file)
    expected = market.metadata["expected"]
    assert market.metadata["source"]
    result = fisher_equilibrium(market)
    assert result.status.value == expected["status"]
    assert result.objective == pytest.approx(expected["objective"], rel=1e-8)
    if "prices" in expected:
        off = np.abs(result.require().prices - expected["prices"])
        assert off.max() <= 1e-6 * market.budgets.sum()


def test_there_are_shipped_instances_of_every_utility() -> None:
    assert {load(file).utility for file in FILES} == {
        "linear",
        "quasi_linear",
        "leontief",
        "cobb_douglas",
        "ces",
    }


def test_course_bids(bids: Path) -> None:
    market = only(bids)  # recognized by its fields
    assert market.utilities.tolist() == [[60, 40], [100, 0], [0, 0]]
    assert market.budgets.tolist() == [100, 100, 1]
    assert market.supplies.tolist() == [2, 6]
    assert market.labels["goods"] == ("logic", "rings")
    scarce = only(bids, seats="fill", budgets="equal", utility="leontief")
    assert scarce.supplies.tolist() == [1, 3]  # 4 seats are wanted, 8 are there
    assert scarce.budgets.tolist() == [1, 1, 1]
    assert scarce.utility == "leontief"


def test_negative_bids_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "bids.json"
    file.write_text(json.dumps({**BIDS, "valuations": {**BIDS["valuations"], "s3": {"rings": -1}}}))
    with pytest.raises(FormatError, match=r"bids.json: valuations\[s3\]: negative bids"):
        only(file)


def test_students_and_courses_that_only_the_capacities_name_stay(tmp_path: Path) -> None:
    file = tmp_path / "bids.json"
    document = {
        "valuations": {"ann": {"x": 5, "full": 3}},
        "agent_capacities": {"ann": 2, "bob": 1},
        "item_capacities": {"x": 1, "unbid": 5, "full": 0},
        "agent_conflicts": {"ann": ["x"]},
    }
    file.write_text(json.dumps(document))
    market = only(file)
    assert market.labels == {"buyers": ("ann", "bob"), "goods": ("x", "unbid")}
    assert market.utilities.tolist() == [[5, 0], [0, 0]]
    assert market.metadata["left_out"] == [
        "course 'full': has no seats",
        "field 'agent_conflicts': is not part of this kind of market",
    ]
    (seats,) = convert(str(file), {"from": "course_seats"})
    assert seats.labels["buyers"] == ("ann", "bob")
    assert seats.labels["sellers"] == ("x", "full", "unbid")


def test_categories_and_similarities(tmp_path: Path) -> None:
    table = tmp_path / "similar.json"
    table.write_text(json.dumps({"r1": {"p": 0.5, "q": -0.1}, "r2": {"q": 0.25}}))
    market = only(table, **{"from": "similarity_shares", "supply": "3"})
    assert market.utilities.tolist() == [[0.5, 0], [0, 0.25]]
    assert market.supplies.tolist() == [3, 3]
    assert market.metadata["clipped"] == 1
    for name in ("similarity_shares", "preflib_shares"):
        with pytest.raises(OptionError, match="supply"):
            only(table, **{"from": name, "supply": "0"})


def test_real_course_bids(real_data: Path) -> None:
    file = real_data / "course_bids" / "ariel_5783_input.json"
    for utility in ("linear", "quasi_linear", "leontief", "cobb_douglas"):
        for seats in ("file", "fill"):
            market = only(file, utility=utility, seats=seats)
            assert (market.n_buyers, market.n_goods) == (26, 23)
            assert sorted(market.budgets.tolist())[:4] == [750, 834, 981, 1000]
            result = fisher_equilibrium(market)
            assert result.status is Status.SOLVED
            if utility != "quasi_linear":
                spent = result.require().prices @ market.supplies
                assert spent == pytest.approx(market.budgets.sum(), rel=1e-6)


@pytest.mark.parametrize("name", ["00039-00000001.cat", "00039-00000003.cat"])
def test_real_conference_bids_are_divided_without_envy(real_data: Path, name: str) -> None:
    file = real_data / "preflib_bidding" / name
    market = only(file, **{"from": "preflib_shares", "supply": "3"})
    allocation = fisher_equilibrium(market).require().allocation
    mine = bundle_utilities(market, allocation)
    others = market.utilities @ allocation.T
    assert (others.max(axis=1) <= mine * (1 + 1e-6)).all()


@pytest.mark.parametrize("name", ["acl_d_20_9_ta.json", "elmo_d_20_10_ta.json"])
def test_real_similarities(real_data: Path, name: str) -> None:
    file = real_data / "reviewer_paper" / name
    market = only(file, **{"from": "similarity_shares"})
    assert market.utilities.shape == (58, 463)
    assert fisher_equilibrium(market).require().duality_gap < 1e-9
