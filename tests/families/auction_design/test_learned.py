"""Learned menus: as good as programs where those know, repeatable, valid when cut short."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from eqsolve.algorithms.one_thread import one_thread
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Result
from eqsolve.core.status import Limit, Status
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
from eqsolve.families.auction_design.methods.learning.flow import SPREAD, starts_for, trained_flow
from eqsolve.families.auction_design.methods.learning.offers import FlowOffer
from eqsolve.families.auction_design.playing.demand import take_entries
from eqsolve.families.auction_design.solve import design

pytestmark = pytest.mark.learn

SMALL = {"entries": 40, "steps": 60, "draws": 400, "choose_draws": 400, "report_draws": 1000}
KNOWN = (12 + 2 * 2**0.5) / 27
"""The optimum for two additive items U[0, 1]: 2/3 for either, (4 - sqrt 2) / 3 for both."""

WORLD = AuctionDesign(8, [{"world": {"kind": "regions", "seed": 2}}])


def learned(instance: AuctionDesign, method: str, **options: object) -> Result:
    return design(instance, method=method, seed=1, baselines=False, **options)


@pytest.mark.parametrize(("lotteries", "best"), [(True, 25 / 7), (False, 23 / 7)])
def test_the_optimum_of_three_types_is_found(lotteries: bool, best: float) -> None:
    wanted = [(2, [4, 1]), (2, [1, 4]), (3, [3, 3])]
    types = [{"probability": w, "unit_demand": values} for w, values in wanted]
    result = learned(AuctionDesign(2, [{"types": types}]), "menu", lotteries=lotteries)
    assert result.status is Status.FEASIBLE
    assert result.objective == pytest.approx(best, rel=5e-3)
    assert result.objective <= best + 1e-6


@pytest.mark.parametrize(
    ("method", "options"),
    [("menu", {}), ("menu", {"start": "bids"}), ("bundleflow", {"flow_steps": 50}),
     ("bundleflow", {"flow_steps": 50, "start": "unions"}),
     ("bundleflow", {"flow_steps": 50, "weights": "liouville"})],
)  # fmt: skip
def test_the_same_seed_gives_the_same_menu(method: str, options: dict[str, object]) -> None:
    one, other = (learned(WORLD, method, **SMALL, **options) for _ in range(2))
    first, second = (result.solution.mechanism.menus[0] for result in (one, other))
    for name in ("bundles", "weights", "prices"):
        assert (getattr(first, name) == getattr(second, name)).all()
    assert one.objective > 0
    history = one.solution.training["history"]
    assert history[0][0] == 0
    assert history[-1][0] == one.solution.training["steps"] == 60


def test_a_canceled_run_leaves_a_valid_menu() -> None:
    deadline = Deadline()
    deadline.cancel()
    result = learned(WORLD, "bundleflow", deadline=deadline, **SMALL)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.INTERRUPTED)
    assert result.solution.training["steps"] == 0
    assert "torch" in sys.modules


def test_bun_3_stage_1_carries_starts_to_what_they_round_to() -> None:
    rng = np.random.default_rng(0)
    starts = 0.5 + SPREAD * rng.standard_normal((2000, 10))
    rounded = starts >= 0.5

    def after(steps: int) -> tuple[float, float]:
        with one_thread():
            flow = trained_flow(10, steps, np.random.default_rng(1), Deadline())
        agree = float((flow.bundles(starts) == rounded).mean())
        return agree, float(np.abs(flow.ends(starts) - rounded).mean())

    agree, off = after(400)
    assert agree > 0.85  # untrained flows may agree as well: points stay near where they were
    assert off < 0.8 * after(0)[1]


@pytest.mark.parametrize("weights", ["plain", "liouville"])
def test_training_cut_by_the_time_limit_leaves_a_valid_menu(weights: str) -> None:
    options = {"steps": 10**6, "draws": 400, "choose_draws": 400, "flow_steps": 10**6}
    started = time.perf_counter()
    result = learned(WORLD, "bundleflow", time_limit=1.5, weights=weights, entries=40, **options)
    assert time.perf_counter() - started < 6  # others may be at work on the same machine
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.TIME)
    assert result.check.valid
    assert 0 < result.solution.training["steps"] < 10**6
    assert result.objective > 0


def test_bun_2_weights_with_the_factor_of_the_flow_can_be_learned() -> None:
    plain, factored = (
        learned(WORLD, "bundleflow", weights=weights, flow_steps=200, **SMALL).objective
        for weights in ("plain", "liouville")
    )
    lot = learned(WORLD, "grand_bundle", draws=400, report_draws=1000).objective
    assert factored > 0.95 * plain
    assert factored > lot


def test_bun_3_points_that_move_as_fast_as_prices_lose_their_bundles() -> None:
    import torch

    rng = np.random.default_rng(0)
    with one_thread():
        flow = trained_flow(8, 300, rng, Deadline())
    bundles = rng.random((40, 4, 8)) < 0.5
    types = WORLD.laws[0].sample(rng, 50)
    starts, logits = starts_for(bundles, rng), np.zeros((40, 4))

    def kept(faster: float) -> float:
        offer = FlowOffer(types, 1.0, flow, starts, logits, "cpu")
        before, _ = offer.lotteries()
        groups = offer.groups()
        groups[0]["lr"] *= faster
        optimizer = torch.optim.Adam(groups)
        for _ in range(30):
            optimizer.zero_grad()
            (-offer.values(np.arange(50)).mean()).backward()
            optimizer.step()
        return float((offer.lotteries()[0] == before).mean())

    assert kept(1.0) > 0.9
    assert kept(100.0) < 0.8


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_nothing_to_sell(values: list[int]) -> None:
    types = [{"probability": 1, "additive": values}]
    result = learned(AuctionDesign(len(values), [{"types": types}]), "menu", steps=5)
    assert result.objective == 0


@pytest.mark.parametrize(("word", "best"), [("additive", KNOWN), ("unit_demand", 2 / 27**0.5)])
def test_mec_10_learned_menus_come_within_half_a_percent(word: str, best: float) -> None:
    law = {"valuation": word, "items": {"uniform": [0, 1]}}
    design = AuctionDesign(2, [{"distribution": law}])
    result = learned(design, "menu", entries=40, report_draws=2)
    (menu,) = result.solution.mechanism.menus
    grid = (np.arange(400) + 0.5) / 400
    values = AdditiveValuations(np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2),
                                None if word == "additive" else 1)  # fmt: skip
    paid = take_entries(values, menu, np.ones(2, dtype=np.bool_), None).payments
    assert 0.995 * best < paid.mean() < 1.002 * best
