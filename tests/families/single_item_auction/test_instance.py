"""Auctions as data: every fault at once, priors that are distributions, the rules."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import eqsolve
from eqsolve import InstanceError, SingleItemAuction
from eqsolve.families.single_item_auction.instance import BidGrid
from eqsolve.families.single_item_auction.rules import award
from eqsolve.io.encode import encode
from eqsolve.io.instances import instance_document, read_instance
from eqsolve.testing import finite_single_item_auctions, single_item_auctions
from tests.families.single_item_auction import oracle

UNIFORM = {"model": "private", "prior": {"uniform": [0, 1]}}
PRIORS: list[dict[str, Any]] = [
    {"integers": [2, 7]},
    {"points": [5, 1, 1], "weights": [2, 1, 1]},
    {"sample": [1, 2, 2, 9]},
    {"uniform": [1, 3]},
    {"power": [1, 3, 0.5]},
    {"power": [0, 2, 3]},
    {"exponential": [0.7, 1, 4]},
    {"normal": [2, 0.5, 1, 4]},
    {"normal": [-9, 1, 1, 3]},
    {"normal": [30, 3, 1, 3]},
    {"beta": [2, 5, 1, 3]},
    {"beta": [0.5, 0.5, 0, 1]},
    {"histogram": {"edges": [1, 2, 2.5, 3], "weights": [1, 0, 2]}},
]


def lines(**fields: Any) -> list[str]:
    with pytest.raises(InstanceError) as caught:
        SingleItemAuction(**fields)
    return caught.value.lines()


def test_all_faults_are_named_in_one_pass() -> None:
    found = lines(
        format="kth_price",
        n_bidders=3,
        values={"model": "private", "prior": {"uniform": [3, 3]}},
        k=4,
        bids={"min": 0, "max": 1, "increment": 0.3},
        reserve=-1,
        risk=0.2,
        tick="in_turn",
    )
    words = ["width zero", "at most n_bidders", "must divide", ">= 0", "must be 0", "for clocks"]
    assert len(found) == len(words)
    for word in words:
        assert any(word in line for line in found), word


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "frist_price"}, "did you mean 'first_price'"),
        ({"format": "kth_price"}, "k: required field is missing"),
        ({"k": 3}, "for the format 'kth_price' alone"),
        ({"n_bidders": 0}, "n_bidders = 0: must be a whole number >= 1"),
        ({"n_bidders": 2**53 + 1}, "must be a whole number >= 1 and below 2**53"),
        ({"n_bidders": None}, "n_bidders: required field is missing"),
        ({"values": None}, "values: required field is missing"),
        ({"values": {"model": "privat"}}, "did you mean 'private'"),
        ({"values": {"model": "private"}}, "must have prior or priors"),
        ({"values": {"model": "private", "prior": {}, "prio": 1}}, "did you mean 'prior'"),
        ({"values": {"model": "private", "prior": {"unifrom": [0, 1]}}}, "did you mean 'uniform'"),
        ({"values": {"model": "private", "priors": [{"uniform": [0, 1]}]}}, "has 1 priors"),
        ({"values": {"model": "common", "value": {"uniform": [0, 1]}}}, "noise]: required"),
        ({"values": {"model": "common", "value": {"uniform": [0, 1]}, "noise": 0}}, "> 0"),
        ({"values": {"model": "private", "prior": {"uniform": [1, 0]}}}, "at least lo"),
        ({"values": {"model": "private", "prior": {"uniform": [0]}}}, "[lo, hi]"),
        ({"values": {"model": "private", "prior": {"points": []}}}, "at least one number"),
        (
            {"values": {"model": "private", "prior": {"points": [1], "weights": [0]}}},
            "at least one must be > 0",
        ),
        (
            {"values": {"model": "private", "prior": {"normal": [1e6, 1, 0, 1]}}},
            "no probability left",
        ),
        (
            {"values": {"model": "private", "prior": {"histogram": {"edges": [0, 0, 1]}}}},
            "bin of width zero",
        ),
        ({"risk": 1}, "[0, 1)"),
        ({"risk": [0.5]}, "has 1 numbers, expected 2"),
        ({"format": "all_pay", "risk": 0.5}, "must be 0 with 'all_pay'"),
        ({"bids": {"min": 0, "max": 1}}, "increment]: required field is missing"),
        ({"bids": {"min": 2, "max": 1, "increment": 1}}, "must be at least min"),
        ({"tick": "in_turn"}, "is for clocks"),
        ({"format": "english", "tick": "atonce"}, "did you mean 'at_once'"),
        ({"reserve": float("nan")}, "must be a number >= 0"),
    ],
)
def test_one_fault_is_named(change: dict[str, Any], words: str) -> None:
    fields: dict[str, Any] = {"format": "first_price", "n_bidders": 2, "values": UNIFORM} | change
    assert any(words in line for line in lines(**fields)), lines(**fields)


@pytest.mark.parametrize("form", PRIORS, ids=lambda form: next(iter(form)))
def test_priors_are_distributions(form: dict[str, Any]) -> None:
    prior = SingleItemAuction("first_price", 1, {"model": "private", "prior": form}).values.own(0)
    low, high = prior.support
    u = np.linspace(0, 1, 201)
    x = prior.quantile(u)
    assert (np.diff(x) >= 0).all()
    assert low - 1e-12 <= x[0]
    assert x[-1] <= high + 1e-12
    assert prior.cdf(low - 1) == 0
    assert prior.cdf(high) == 1
    draws = prior.sample(np.random.default_rng(0), 40_000)
    assert draws.mean() == pytest.approx(prior.mean, abs=4 * draws.std() / 200 + 1e-12)
    if prior.finite:
        np.testing.assert_allclose(prior.pdf(x), np.diff(prior.cdf([x - 1e-9, x]), axis=0)[0])
        return
    np.testing.assert_allclose(prior.cdf(x), u, atol=1e-9)
    inside = np.linspace(low, high, 40_001)[1:-1]
    middle = (inside[1:] + inside[:-1]) / 2
    steps = np.diff(prior.cdf(inside))
    np.testing.assert_allclose(
        prior.pdf(middle) * np.diff(inside), steps, rtol=2e-2, atol=2e-3 * steps.max()
    )


@given(single_item_auctions())
def test_files_give_back_what_was_written(auction: SingleItemAuction) -> None:
    document = json.loads(encode(instance_document(auction)))
    again = read_instance(json.dumps(document).encode(), "a.json", None)
    assert again == auction
    assert again.digest == auction.digest


def test_a_noise_of_whole_numbers_belongs_to_whole_values() -> None:
    whole = {"model": "common", "value": {"integers": [20, 79]}, "noise": 20}
    assert SingleItemAuction("second_price", 2, whole).values.own(0).finite
    parts = {"model": "common", "value": {"uniform": [20, 79]}, "noise": 20}
    assert not SingleItemAuction("second_price", 2, parts).values.own(0).finite


def test_grids_of_decimals_are_those_of_the_decimals() -> None:
    grid = BidGrid(0.0, 0.3, 0.1)
    assert grid.bids.tolist() == [0.0, 0.1, 0.2, 0.3]
    assert grid.holds(0.3)
    assert not grid.holds(0.25)
    assert (grid.nearest(0.29), grid.nearest(9), grid.nearest(-0.1)) == (0.3, 0.3, 0.0)


@given(finite_single_item_auctions(), st.data())
def test_the_rules_are_those_of_the_page(auction: SingleItemAuction, data: st.DataObject) -> None:
    options = [None, *oracle.grid(auction)]
    bids = data.draw(
        st.lists(st.sampled_from(options), min_size=auction.n_bidders, max_size=auction.n_bidders)
    )
    for place, (_, winner, paid) in enumerate(lots := oracle.outcome(auction, bids)):
        found = award(auction, bids, (place + 0.5) / len(lots))
        assert found.winner == winner
        assert [oracle.number(float(amount)) for amount in found.payments] == paid


def test_names_and_repr() -> None:
    auction = SingleItemAuction("kth_price", 3, UNIFORM, k=3, name="x")
    assert repr(auction) == "<SingleItemAuction 'x': kth_price (k = 3), 3 bidders, private values>"
    assert eqsolve.SingleItemAuction is SingleItemAuction
