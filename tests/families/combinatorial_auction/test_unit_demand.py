"""One item a bidder: an assignment market, and its least prices are the VCG payments (BIP-4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings

import eqsolve
from eqsolve import AssignmentMarket, CombinatorialAuction, OptionError, load, save
from eqsolve.cli.__main__ import main
from eqsolve.families.combinatorial_auction.convert import SingleItems, UnitDemand
from eqsolve.testing import assignment_markets


def require_same(market: AssignmentMarket, auction: CombinatorialAuction) -> None:
    """Compare welfare, payments and gains; which of several matchings is taken may differ."""
    sold = eqsolve.solve(market).require()
    bought = eqsolve.solve_auction(auction).require()
    whole = sum(auction.reserves.tolist())  # what the seller has before anything is sold
    assert bought.welfare - whole == pytest.approx(_gain(market, sold.matching), abs=1e-9)
    prices = sold.price_min
    values = market.values.dense()
    best = [
        max([0, *(v - p for v, p in zip(row, prices, strict=True) if v >= 0)])
        for row in values.tolist()
    ]
    assert bought.marginals.tolist() == pytest.approx(best, abs=1e-9)
    for i, bundle in enumerate(bought.bundles):
        pays = prices[bundle[0]] if bundle else 0
        assert bought.payments[i] == pytest.approx(pays, abs=1e-9)


def _gain(market: AssignmentMarket, matching: Any) -> float:
    """Return values less reserves of what is sold."""
    pairs = [(i, j) for i, j in enumerate(np.asarray(matching).tolist()) if j >= 0]
    return float(sum(market.values[i, j] - market.reserves[j] for i, j in pairs))


@settings(max_examples=60)
@given(market=assignment_markets())
def test_a_market_and_its_auction_agree(market: AssignmentMarket) -> None:
    auction = UnitDemand().recast(market)
    require_same(market, auction)
    again = SingleItems().recast(auction)
    assert again.values.dense().tolist() == market.values.dense().tolist()
    assert again.reserves.tolist() == market.reserves.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_larger_random_markets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(5, 16, 2).tolist()
    market = AssignmentMarket(rng.integers(0, 30, (n, m)), rng.integers(0, 8, m))
    require_same(market, UnitDemand().recast(market))


def test_of_several_bids_on_one_item_the_best_is_the_value() -> None:
    auction = CombinatorialAuction(
        2, [(0, [1], 3), (0, [1], 5), (1, [0], 4), (0, [1], 4)], 3, reserves=[1, 2],
        labels={"items": ["tea", "oil"], "bidders": ["Ann", "Bob", "Cid"]},
    )  # fmt: skip
    market = SingleItems().recast(auction)
    assert (market.n_buyers, market.n_sellers) == (3, 2)
    assert [market.values[0, 1], market.values[1, 0], market.values[0, 0]] == [5, 4, None]
    assert market.label("sellers", 1) == "oil"
    require_same(market, auction)


@pytest.mark.parametrize(
    ("bids", "options", "why"),
    [
        ([(0, [0, 1], 3)], {}, "bid 0 asks for several items"),
        ([(0, [0], 3)], {"supplies": [1, 2]}, "item 1 has 2 units"),
        ([(0, [0], 3)], {"supplies": [0, 1]}, "item 0 has 0 units"),
        ([(0, [0], 3), (0, [1], 2)], {"language": "or"}, "several OR bids"),
    ],
)
def test_other_auctions_are_no_markets(bids: Any, options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        SingleItems().recast(CombinatorialAuction(2, bids, **options))


def test_both_ways_on_the_command_line(tmp_path: Path) -> None:
    market, auction, again = (tmp_path / name for name in ("m.json", "a.json", "b.json"))
    save(AssignmentMarket([[5, 3], [4, None]], reserves=[1, 0]), market)
    for source, target, name in (
        (market, auction, "assignment_market"),
        (auction, again, "combinatorial_auction"),
    ):
        call = ["convert", str(source), str(target), "--option", f"from={name}"]
        found = CliRunner().invoke(main, call)
        assert found.exit_code == 0, found.output
    assert load(auction).kind == "combinatorial_auction"
    assert load(again).digest == load(market).digest
