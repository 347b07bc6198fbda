"""Benchmark cases: programs for finite types, and which bids lie inside which bundles."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray
from eqsolve.core.case import Case, Contender
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.bench_learned import CASES as LEARNED
from eqsolve.families.auction_design.bench_sequential import CASES as SEQUENCES
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.bundles import all_bundles, inside
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations, TableValuations
from eqsolve.families.auction_design.instance.worlds import World
from eqsolve.families.auction_design.methods.lp import Lp
from eqsolve.families.auction_design.methods.reference import full_program

__all__ = ["CASES"]


def additive_types(size: int, seed: int) -> AuctionDesign:
    """Return one bidder with so many additive types over 4 items."""
    rng = np.random.default_rng([seed, size])
    types = AdditiveValuations(rng.random((size, 4)))
    return AuctionDesign(4, [FiniteLaw(np.ones(size, np.int64), types)])


def drawn_types(size: tuple[int, int], seed: int) -> AuctionDesign:
    """Return one bidder with (draws, items) of an arbitrary world."""
    draws, items = size
    types = World("arbitrary", items, seed).sample(np.random.default_rng(seed), draws)
    return AuctionDesign(items, [FiniteLaw(np.ones(draws, np.int64), types, "samples")])


def tabled_types(size: tuple[int, int], seed: int) -> AuctionDesign:
    """Return one bidder with (types, items), each type with a value of every bundle."""
    count, items = size
    rng = np.random.default_rng([seed, count, items])
    bundles = all_bundles(items)
    values = rng.random((count, len(bundles))) * bundles.sum(axis=1)
    return AuctionDesign(items, [FiniteLaw(np.ones(count, np.int64), TableValuations(values))])


def two_bidders(size: tuple[int, int], seed: int) -> AuctionDesign:
    """Return two bidders with (types, items) each, and values of every bundle."""
    laws = [tabled_types(size, seed + i).laws[0] for i in range(2)]
    return AuctionDesign(size[1], laws)


def ours(design: AuctionDesign) -> float:
    """Return the optimum by the reduced program, with its certificate, unverified as the peer's."""
    method = Lp(mechanism="menu" if design.n_bidders == 1 else "bic", baselines=False, strict=0.0)
    objective = method.run(design, Deadline(), np.random.default_rng(0)).objective
    assert objective is not None
    return float(objective)


def all_columns(design: AuctionDesign) -> float:
    """Return the optimum by the program over all bundles."""
    law = design.laws[0]
    assert isinstance(law, FiniteLaw)
    return full_program(law.valuations.of(all_bundles(law.n_items)), law.probabilities)


class Pairs(NamedTuple):
    """Bids and bundles as booleans."""

    bids: BoolArray
    bundles: BoolArray


def bids_and_bundles(size: tuple[int, int, int], seed: int) -> Pairs:
    """Return (bids, bundles, items) at random; bids are small, bundles large."""
    bids, bundles, items = size
    rng = np.random.default_rng([seed, items])
    return Pairs(rng.random((bids, items)) < 0.1, rng.random((bundles, items)) < 0.8)


def by_bits(pairs: Pairs) -> float:
    """Return how many bids lie inside bundles, by 64 bundles a word."""
    return float(np.count_nonzero(inside(pairs.bids, pairs.bundles)))


def by_product(pairs: Pairs) -> float:
    """Return the same by a product in single precision."""
    missing = pairs.bids.astype(np.float32) @ (~pairs.bundles).T.astype(np.float32)
    return float(np.count_nonzero(missing == 0))


def by_double_product(pairs: Pairs) -> float:
    """Return the same by a product in double precision."""
    missing = pairs.bids.astype(np.float64) @ (~pairs.bundles).T.astype(np.float64)
    return float(np.count_nonzero(missing == 0))


def _case(**fields: Any) -> Case:
    return Case(suite="design", **fields)


CASES = (
    _case(
        name="menu of additive types",
        build=additive_types,
        sizes=(50, 100, 200),
        quick_sizes=(8,),
        contenders=(
            Contender(name="eqsolve", run=ours, delivers="menu and flows", limit=60),
            Contender(
                name="scipy, all bundles", run=all_columns, package="scipy", delivers="revenue",
                limit=60,
            ),
        ),
        unit="types, 4 items",
        repeats=3,
        tolerance=1e-6,
    ),
    _case(
        name="menu of draws",
        build=drawn_types,
        sizes=((100, 50), (400, 50), (400, 10)),
        quick_sizes=((10, 5),),
        contenders=(Contender(name="eqsolve", run=ours, delivers="menu and flows", limit=120),),
        unit="draws, items",
        repeats=1,
    ),
    _case(
        name="menu of types with a value of every bundle",
        build=tabled_types,
        sizes=((30, 4), (60, 4)),
        quick_sizes=((6, 2),),
        contenders=(
            Contender(name="eqsolve", run=ours, delivers="menu and flows", limit=60),
            Contender(
                name="scipy, all bundles", run=all_columns, package="scipy", delivers="revenue",
                limit=60,
            ),
        ),
        unit="types, items",
        repeats=3,
        tolerance=1e-6,
    ),
    _case(
        name="auction truthful on average",
        build=two_bidders,
        sizes=((4, 3), (6, 3)),
        quick_sizes=((2, 2),),
        contenders=(Contender(name="eqsolve", run=ours, delivers="auction and flows", limit=60),),
        unit="types of each of two bidders, items",
        repeats=3,
    ),
    _case(
        name="bids inside bundles",
        build=bids_and_bundles,
        sizes=((1_200, 8_000, 50), (1_200, 8_000, 100)),
        quick_sizes=((20, 30, 50),),
        contenders=(
            Contender(name="eqsolve", run=by_bits, delivers="pairs", limit=60),
            Contender(
                name="float32 product", run=by_product, package="numpy", delivers="pairs", limit=60
            ),
            Contender(
                name="float64 product", run=by_double_product, package="numpy", delivers="pairs",
                limit=60,
            ),
        ),
        unit="bids, bundles, items",
        repeats=7,
    ),
    *LEARNED,
    *SEQUENCES,
)  # fmt: skip
