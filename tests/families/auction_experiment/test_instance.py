"""Plans: what is refused, with every fault at once, and what a file gives back."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import eqsolve
from eqsolve import AuctionExperiment, InstanceError, OptionError, SingleItemAuction, bidders
from eqsolve.families.auction_experiment.files import read, write
from eqsolve.families.auction_experiment.instance import RULES
from eqsolve.families.auction_experiment.strategies import auction_experiments, proxy_experiments

VALUES = {"model": "private", "prior": {"integers": [0, 9]}}
GRID = {"min": 0, "max": 9, "increment": 1}
AUCTION = {"format": "second_price", "n_bidders": 2, "values": VALUES, "bids": GRID}
TRUTH = {"rule": "truthful"}
CHAT = {"rule": "chat", "endpoint": "http://127.0.0.1:1/v1", "model": "m"}


def faults(*args: Any, **more: Any) -> list[str]:
    with pytest.raises(InstanceError) as caught:
        AuctionExperiment(*args, **more)
    return caught.value.lines()


def test_every_fault_is_named_in_one_pass() -> None:
    auction = {**AUCTION, "format": "second_prise", "resrve": 1}
    seats = [{"rule": "truthfull"}, {"rule": "noisy", "of": {"rule": "cursd"}, "sd": -1}, 7]
    found = faults(
        auction, seats, 0, True, -1, draws="phil", protocol={"plans": True, "reflect": 1},
        proxy={"periods": 0, "closing": "herd"}, template="standart", repeat_on_bad_answer=1.5,
    )  # fmt: skip
    for part in (
        "auction[resrve]: unknown field; did you mean 'reserve'?",
        "auction[format] = 'second_prise': no such format; did you mean 'second_price'?",
        "bidders[0, rule] = 'truthfull': unknown; did you mean 'truthful'?",
        "bidders[1, of, rule] = 'cursd': unknown; did you mean 'cursed'?",
        "bidders[1, sd] = -1: must be >= 0 and finite",
        "bidders[2] = 7: must be an object with a rule, a callable, or have .bid(view)",
        "rounds = 0: must be a whole number >= 1",
        "sessions = True: must be a whole number >= 1",
        "seed = -1: must be a whole number >= 0",
        "repeat_on_bad_answer = 1.5: must be a whole number >= 0",
        "draws = 'phil': unknown; did you mean 'philox'?",
        "protocol[plans]: unknown field; did you mean 'plan'?",
        "protocol[reflect] = 1: must be true or false",
        "proxy[periods] = 0: must be a whole number >= 1",
        "proxy[closing] = 'herd': unknown; did you mean 'hard'?",
    ):
        assert part in found
    assert any(line.startswith("template = 'standart': no such text") for line in found)


@pytest.mark.parametrize(
    ("seat", "line"),
    [
        ({}, "bidders[0, rule]: required field is missing"),
        ({"rule": "shade"}, "bidders[0, factor]: required field is missing"),
        ({"rule": "shade", "factor": np.inf}, "must be >= 0 and finite"),
        ({"rule": "crra", "rho": 1}, "bidders[0, rho] = 1: must be in [0, 1)"),
        ({"rule": "cursed", "chi": 1.5}, "bidders[0, chi] = 1.5: must be in [0, 1]"),
        ({"rule": "level_k", "k": -1, "level0": "x"}, "bidders[0, k] = -1"),
        ({"rule": "quantal", "lambda": "a"}, "bidders[0, lambda] = 'a'"),
        ({"rule": "noisy", "of": TRUTH}, "exactly one of sd and log_sd"),
        ({"rule": "noisy", "of": TRUTH, "sd": 1, "log_sd": 1}, "exactly one of sd and log_sd"),
        ({"rule": "noisy", "of": CHAT, "sd": 1}, "must be a bidder by rule"),
        ({"rule": "fixed", "bids": [1, "x"]}, "bidders[0, bids, 1] = 'x'"),
        ({"rule": "fixed", "bids": [1, 2]}, "has 2 bids, expected 1, one per round"),
        ({"rule": "crra", "rho": 0.5}, "first price and Dutch auctions with private values"),
        ({"rule": "cursed", "chi": 0.5}, "with a common value only"),
        ({**CHAT, "endpoint": "localhost:1"}, "must begin with http:// or https://"),
        ({"rule": "chat", "endpoint": "http://a"}, "bidders[0, model]"),
        ({**CHAT, "intervention": "menue"}, "did you mean 'menu'?"),
        ({**CHAT, "temprature": 1}, "did you mean 'temperature'?"),
    ],
)  # fmt: skip
def test_bidders_that_cannot_be(seat: dict[str, Any], line: str) -> None:
    assert any(line in found for found in faults(AUCTION, [seat, TRUTH]))


def test_one_certain_number_has_no_averse_bidders() -> None:
    certain = {**AUCTION, "values": {"model": "private", "prior": {"integers": [5, 5]}}}
    certain["format"] = "first_price"
    found = faults(certain, [{"rule": "crra", "rho": 0.5}, TRUTH])
    assert found == ["bidders[0] = 'crra': needs a prior with a density, or several integers"]


@pytest.mark.parametrize("name", ["api_key", "key", "Authorization"])
def test_a_key_in_a_file_is_refused_and_not_shown(name: str) -> None:
    found = faults(AUCTION, [{**CHAT, name: "sk-secret"}, TRUTH])
    assert any(name in line and "key_env" in line for line in found)
    assert not any("sk-secret" in line for line in found)


@pytest.mark.parametrize(
    ("change", "more", "line"),
    [
        ({"bids": None}, {"proxy": {"periods": 2}}, "proxy bidding moves in increments"),
        ({"format": "first_price"}, {"proxy": {"periods": 2}}, "needs the format second_price"),
        ({"bids": None, "format": "dutch"}, {}, "the clock of dutch moves in increments"),
        ({}, {"proxy": {"periods": 2, "max_extensions": 1}}, "belongs to a soft close"),
        ({}, {"values": [[1, 2], [3, 4]]}, "values"),
        ({}, {"commons": [1]}, "only beside values"),
        ({"values": {"model": "private", "prior": {"uniform": [0, 1]}}},
         {"draws": "python_random"}, "all priors must be integers"),
        ({"n_bidders": 3}, {}, "has 2 bidders, expected 3, one per seat"),
        ({"values": {"model": "common", "value": {"integers": [0, 5]}, "noise": 1}},
         {"values": [[1, 2]]}, "commons: required beside values"),
        ({}, {"template": "against {{bidderz}}"}, "template[bidderz]: unknown field"),
        ({}, {"rounds": 10**6, "sessions": 10**6}, "must be at most"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_each_other(
    change: dict[str, Any], more: dict[str, Any], line: str
) -> None:
    auction = {key: value for key, value in {**AUCTION, **change}.items() if value is not None}
    assert any(line in found for found in faults(auction, [TRUTH, TRUTH], **more))


def test_random_needs_a_grid_and_levels_a_finite_auction() -> None:
    auction = {"format": "first_price", "n_bidders": 2, "values": VALUES}
    seats = [{"rule": "random"}, {"rule": "level_k", "k": 1}]
    found = faults(auction, seats)
    assert [line.split(":")[1] for line in found] == [
        " needs bids, the grid to draw from",
        " needs finitely many types and bids",
    ]


@given(auction_experiments() | proxy_experiments())
def test_a_file_gives_back_the_plan(plan: AuctionExperiment) -> None:
    fields = json.loads(json.dumps(write(plan), default=lambda array: array.tolist()))
    assert read(fields, {}) == plan
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_all_rules_are_written_and_read(tmp_path: Path) -> None:
    values = {"model": "common", "value": {"integers": [0, 5]}, "noise": 1}
    seats = [
        TRUTH, {"rule": "fixed", "bids": [1, None]}, {"rule": "shade", "factor": 0.5},
        {"rule": "random"}, {"rule": "equilibrium"}, {"rule": "cursed", "chi": 0.5},
        {"rule": "level_k", "k": 2, "level0": "truthful"}, {"rule": "quantal", "lambda": 1.5},
        {"rule": "noisy", "of": TRUTH, "log_sd": 0.1},
        {**CHAT, "temperature": 0.5, "seed": 3, "max_tokens": 9, "persona": "p", "key_env": "K",
         "intervention": "menu", "language": "French", "currency": "EUR", "price_in": 1.0},
        {"rule": "function", "name": "mine"},
    ]  # fmt: skip
    plan = AuctionExperiment(
        {"format": "second_price", "n_bidders": len(seats), "values": values, "bids": GRID}, seats,
        rounds=2, values=np.ones((2, len(seats))), commons=[2, 3], draws="python_random",
        protocol={"plan": False}, repeat_on_bad_answer=1, template="Up to {{private}}",
        proxy={"periods": 3, "closing": "soft", "max_extensions": 2, "hidden_reserve": 4},
        name="all", labels={"bidders": [f"b{k}" for k in range(len(seats))]},
    )  # fmt: skip
    eqsolve.save(plan, tmp_path / "plan.json")
    again = eqsolve.load(tmp_path / "plan.json")
    assert again == plan
    assert [bidder.to_dict() for bidder in again.bidders] == seats
    assert {bidder.rule for bidder in plan.bidders} == set(RULES) - {"crra"}


def test_the_auction_may_be_an_instance_or_its_whole_document() -> None:
    auction = SingleItemAuction(**AUCTION)
    one = AuctionExperiment(auction, [TRUTH, TRUTH])
    other = AuctionExperiment({"kind": "single_item_auction", "eqsolve": 1, **AUCTION}, [TRUTH] * 2)
    assert one == other
    assert any("'kind'" in line or "kind" in line for line in
               faults({**AUCTION, "kind": "fisher_market"}, [TRUTH] * 2))  # fmt: skip


def test_functions_go_by_their_names_and_no_file_can_play_them(tmp_path: Path) -> None:
    class Half:
        def bid(self, view: Any) -> int:
            return int(view.value) // 2

    plan = AuctionExperiment(AUCTION, [Half(), lambda view: 3])
    assert [bidder.to_dict()["name"] for bidder in plan.bidders] == ["Half", "function"]
    eqsolve.save(plan, tmp_path / "plan.json")
    with pytest.raises(eqsolve.UnsupportedError, match="Python function 'Half', which no file"):
        eqsolve.solve(eqsolve.load(tmp_path / "plan.json"))
    assert eqsolve.solve(plan).status is eqsolve.Status.SOLVED


def test_bidders_of_the_library_check_their_settings() -> None:
    assert bidders.level_k(2).to_dict() == {"rule": "level_k", "k": 2, "level0": "random"}
    with pytest.raises(InstanceError, match=r"bidder\[rho\] = 2: must be in \[0, 1\)"):
        bidders.crra(2)
    with pytest.raises(InstanceError, match="must be a bidder, function is none"):
        bidders.noisy(lambda view: 1, sd=1)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="is no bidder"):
        bidders.function(3)
    with pytest.raises(InstanceError, match="must begin with http"):
        bidders.chat("localhost", "m")


def test_given_types_are_copied() -> None:
    given = np.array([[1, 2]])
    plan = AuctionExperiment(AUCTION, [TRUTH, TRUTH], values=given)
    given[0, 0] = 9
    assert plan.values is not None
    assert plan.values.tolist() == [[1, 2]]
