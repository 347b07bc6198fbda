"""Designs check themselves completely, are drawn from by one sampler, and go through files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import AuctionDesign, InstanceError
from eqsolve.core.recipe import make_recipe
from eqsolve.families.auction_design import files
from eqsolve.families.auction_design.generate import RECIPES
from eqsolve.families.auction_design.instance.bundles import all_bundles, inside, masks_of
from eqsolve.families.auction_design.instance.laws import (
    AdditiveLaw,
    AdditivePlusLaw,
    Exponential,
    FiniteLaw,
    SubsetsLaw,
    Uniform,
)
from eqsolve.families.auction_design.instance.streams import BLOCK, blocks
from eqsolve.families.auction_design.instance.valuations import BidValuations
from eqsolve.families.auction_design.instance.worlds import World
from eqsolve.io.encode import plain
from eqsolve.io.instances import instance_document, instance_from_document
from eqsolve.testing import auction_designs
from tests.families.auction_design import oracle

ONE = {"probability": 1, "additive": [1, 2]}
UNIFORM = {"uniform": [0, 1]}


def law(**fields: Any) -> dict[str, Any]:
    return {"distribution": fields}


BROKEN = {
    "no bidders": ([], "must be a list with at least one bidder"),
    "no form": ([{}], "has none"),
    "two forms": ([{"types": [ONE], "world": {"kind": "regions", "seed": 1}}], "types and world"),
    "no types": ([{"types": []}], "at least one type"),
    "short table": ([{"types": [{"probability": 1, "values": [0, 1]}]}], "expected 4"),
    "nothing is worth": ([{"types": [{"probability": 1, "values": [1, 1, 1, 1]}]}], "worth 0"),
    "negative weight": ([{"types": [{**ONE, "probability": -1}]}], ">= 0"),
    "no weight": ([{"types": [{"additive": [1, 2]}]}], "required field is missing"),
    "all weights 0": ([{"types": [{**ONE, "probability": 0}]}], "at least one must be > 0"),
    "negative value": ([{"types": [{"probability": 1, "additive": [1, -2]}]}], ">= 0"),
    "no language": (
        [{"types": [{"probability": 1, "aditive": [1, 2]}]}],
        "did you mean 'additive'",
    ),
    "item twice": ([{"types": [{"probability": 1, "bids": [[[0, 0], 1]]}]}], "one unit"),
    "no such item": ([{"types": [{"probability": 1, "bids": [[[2], 1]]}]}], "only 2 items"),
    "not a bid": ([{"types": [{"probability": 1, "bids": [[0, 1, 2]]}]}], "[items, price]"),
    "digits": ([{"types": [{"probability": 1, "additive": [2**60 + 1, 0]}]}], "2^53"),
    "no such law": ([law(valuation="addtive", items=UNIFORM)], "did you mean 'additive'"),
    "no such marginal": ([law(valuation="additive", items={"unifrom": [0, 1]})], "'uniform'"),
    "upside down": ([law(valuation="additive", items={"uniform": [2, 1]})], "[low, high]"),
    "two of three": ([law(valuation="additive", items=[UNIFORM] * 3)], "a list of 2"),
    "weights 0": ([law(valuation="additive", items={"discrete": [[1, 0]]})], "> 0"),
    "extra": ([law(valuation="additive", items=UNIFORM, extra=1)], "nothing extra"),
    "items of bundles": ([law(valuation="subsets", items=UNIFORM)], "bundles are drawn"),
    "no draws": ([{"samples": {"bidder": [], "items": [], "price": []}}], "at least one bid"),
    "no such world": ([{"world": {"kind": "region", "seed": 1}}], "'regions'"),
    "no seed": ([{"world": {"kind": "regions"}}], "seed"),
    "count": ([{"types": [ONE], "count": 0}], ">= 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_faults_are_named(name: str) -> None:
    bidders, words = BROKEN[name]
    with pytest.raises(InstanceError) as caught:
        AuctionDesign(2, bidders)
    assert words in str(caught.value)


def test_all_faults_at_once() -> None:
    bidders = [
        {
            "types": [
                {"probability": 1, "values": [1, 1, 1, 1]},
                {"probability": 1, "bids": [[[5], 1]]},
            ]
        },
        law(valuation="nothing", items=UNIFORM),
    ]
    with pytest.raises(InstanceError) as caught:
        AuctionDesign(2, bidders)
    assert len(caught.value.faults) == 3


def test_the_order_is_a_permutation() -> None:
    with pytest.raises(InstanceError, match="each of the 2 bidders once"):
        AuctionDesign(2, [{"types": [ONE], "count": 2}], [0, 0])


def test_the_best_order_is_asked_for_by_an_option() -> None:
    with pytest.raises(InstanceError, match="'best' is an option of solve: --option order=best"):
        AuctionDesign(2, [{"types": [ONE], "count": 2}], "best")


@pytest.mark.parametrize("word", ["correlation", "joint", "copula"])
def test_bidders_are_independent(word: str) -> None:
    with pytest.raises(InstanceError, match="bidders are independent"):
        AuctionDesign(2, [{"types": [ONE], "count": 2, word: 0.5}])


def test_too_many_bundles_to_list() -> None:
    with pytest.raises(InstanceError, match="2\\^25 bundles"):
        AuctionDesign(25, [{"types": [{"probability": 1, "values": [0]}]}])


def test_too_many_items_for_any_memory() -> None:
    with pytest.raises(InstanceError, match=r"n_items = 1180591620717411303424: must be at most"):
        AuctionDesign(2**70, [law(valuation="additive", items=UNIFORM)])


def test_amounts_beyond_whole_floats_go_through_files() -> None:
    design = AuctionDesign(1, [{"types": [{"probability": 1, "additive": [1e300]}]}])
    document = instance_document(design)
    assert instance_from_document(plain(document), "design.json") == design


@settings(max_examples=40)
@given(design=auction_designs())
def test_files_give_back_the_design(design: AuctionDesign) -> None:
    again = files.read(plain(files.write(design)), {})
    assert again == design


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_go_through_files(recipe: type[Any]) -> None:
    design = make_recipe(RECIPES, recipe.name, {"items": 3, "bidders": 2}).instance(1)
    assert files.read(plain(files.write(design)), {}) == design
    assert design.n_bidders == 2


@settings(max_examples=40)
@given(design=auction_designs())
def test_values_of_bundles_against_brute_force(design: AuctionDesign) -> None:
    every = all_bundles(design.n_items)
    for bidder, finite in zip(plain(files.write(design)["bidders"]), design.laws, strict=True):
        found = finite.valuations.of(every)
        for t, said in enumerate(bidder["types"]):
            expected = [oracle.value(said, b) for b in range(len(every))]
            assert found[t].tolist() == pytest.approx(expected)
        rows = np.arange(len(found)) % len(every)
        each = finite.valuations.each(every[rows])
        assert each.tolist() == pytest.approx(found[np.arange(len(found)), rows].tolist())
        assert finite.valuations.greatest().tolist() == pytest.approx(found.max(axis=1).tolist())


@pytest.mark.parametrize("m", [0, 1, 8, 9, 63, 64, 65, 130])
@pytest.mark.parametrize(("bids", "bundles"), [(30, 40), (1, 64), (0, 3), (3, 0), (2, 8200)])
def test_bits_say_what_lies_inside(m: int, bids: int, bundles: int) -> None:
    rng = np.random.default_rng(m)
    small, large = rng.random((bids, m)) < 0.1, rng.random((bundles, m)) < 0.9
    expected = np.array([(large | ~bid).all(axis=1) for bid in small]).reshape(bids, bundles)
    assert (inside(small, large) == expected).all()


def test_values_of_many_bundles_are_those_of_few() -> None:
    rng = np.random.default_rng(0)
    starts = np.array([0, 0, 3, 4, 4])
    types = BidValuations(starts, rng.random((4, 5)) < 0.5, np.array([2.0, 0.0, 3.0, 1.0]))
    few = all_bundles(5)
    many = np.tile(few, (3000, 1))
    assert (types.of(many) == np.tile(types.of(few), 3000)).all()


@pytest.mark.parametrize("m", [1, 63, 64, 65, 130])
def test_masks_name_the_items(m: int) -> None:
    bundles = np.random.default_rng(m).random((20, m)) < 0.5
    for row, bundle in zip(masks_of(bundles).tolist(), bundles, strict=True):
        number = sum(int(word) << 64 * k for k, word in enumerate(row))
        assert [number >> j & 1 == 1 for j in range(m)] == bundle.tolist()


MEANS = {
    "uniform": (AdditiveLaw((Uniform(1, 3),)), 2.0),
    "exponential": (AdditiveLaw((Exponential(2.0),)), 2.0),
    "unit demand": (AdditiveLaw((Uniform(0, 1),) * 2, 1), 2 / 3),
    "2 of 3": (AdditiveLaw((Uniform(0, 1),) * 3, 2), 1.25),
    "subsets": (SubsetsLaw(4), 1.0),
    "additive plus": (AdditivePlusLaw((Uniform(1, 2),) * 2), 3.0),
}


@pytest.mark.parametrize("name", MEANS)
def test_laws_have_the_right_means(name: str) -> None:
    drawn, mean = MEANS[name]
    values = drawn.sample(np.random.default_rng(1), 40_000).of_all_items()
    assert values.mean() == pytest.approx(mean, abs=5 * values.std() / 200)


def test_types_are_drawn_as_often_as_they_weigh() -> None:
    design = AuctionDesign(1, [{"types": [
        {"probability": w, "additive": [v]} for w, v in ((0, 9), (1, 1), (3, 2), (0, 7))
    ]}])  # fmt: skip
    finite = design.laws[0]
    assert isinstance(finite, FiniteLaw)
    drawn = finite.indices(np.random.default_rng(0), 10_000)
    assert set(drawn.tolist()) == {1, 2}
    assert (drawn == 2).mean() == pytest.approx(0.75, abs=0.02)


def test_draws_of_a_seed_are_the_same_and_those_of_purposes_are_not() -> None:
    laws = (AdditiveLaw((Uniform(0, 1),)),) * 2
    first = [part[0].values for part in blocks(laws, BLOCK + 5, 3, "report")]
    again = [part[0].values for part in blocks(laws, BLOCK + 5, 3, "report")]
    assert [len(part) for part in first] == [BLOCK, 5]
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    fit = next(blocks(laws, BLOCK, 3, "fit"))
    assert not (fit[0].values == first[0]).any()
    assert not (fit[0].values == fit[1].values).any()


@pytest.mark.parametrize("kind", ["arbitrary", "regions"])
def test_worlds_look_like_the_files_of_the_suite(kind: str) -> None:
    drawn = World(kind, 100, 1).sample(np.random.default_rng(0), 1500)
    sizes = drawn.bundles.sum(axis=1)
    assert 4.3 < len(drawn.prices) / 1500 < 5.0
    assert 8.7 < sizes.mean() < 12.5
    assert 64 < (drawn.prices / sizes).mean() < 76
    assert np.diff(drawn.starts).max() <= 6
    first = drawn.starts[:-1]
    budget = 1.5 * drawn.prices[first][drawn.owner]
    assert (drawn.prices <= budget + 1e-9).all()


def test_worlds_are_as_the_real_files(real_data: Any) -> None:
    from eqsolve.formats.bundles import read_cats

    found = [read_cats(path) for path in sorted((real_data / "cats").glob("arbitrary-100-500-*"))]
    assert found
    bids = sum(len(file.bids) for file in found) / sum(file.n_bidders for file in found)
    drawn = World("arbitrary", 100, 1).sample(np.random.default_rng(0), 1500)
    assert bids == pytest.approx(len(drawn.prices) / 1500, rel=0.1)
    size = np.mean([len(items) for file in found for _, items, _ in file.bids])
    assert size == pytest.approx(drawn.bundles.sum(axis=1).mean(), rel=0.15)


def test_bids_of_types_without_any() -> None:
    types = BidValuations(np.array([0, 0, 0]), np.zeros((0, 2), np.bool_), np.zeros(0))
    assert types.of(all_bundles(2)).tolist() == [[0.0] * 4] * 2
    assert len(types.take([1, 1, 0])) == 3


def test_a_law_without_a_valuation_is_told_those_there_are() -> None:
    rule = r"valuation: no such law; must be one of additive, unit_demand"
    with pytest.raises(InstanceError, match=rule):
        AuctionDesign(1, [{"distribution": {"items": {"uniform": [0, 1]}}}])
