"""What learned menus are made of, with numpy alone: the closed form, the factor, compiling."""

from __future__ import annotations

import numpy as np
import pytest

from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance.valuations import TableValuations
from eqsolve.families.auction_design.methods.fitting import Fit
from eqsolve.families.auction_design.methods.learning.compiling import compiled, merged
from eqsolve.families.auction_design.methods.learning.flow import Flow, random_flow, starts_for
from eqsolve.families.auction_design.methods.learning.supply import bundles_from, spread_atoms

SEEDS = range(5)


def drawn(seed: int, items: int = 3) -> tuple[Flow, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    flow = random_flow(items, rng, width=16)
    return flow, starts_for(rng.random((6, items)) < 0.5, rng), rng


def stepped(flow: Flow, starts: np.ndarray, steps: int, *, held: bool = True) -> np.ndarray:
    """Euler; `held`: q looks at where the point started, else (wrongly) at where it is."""
    z = starts.copy()
    for step in range(steps):
        pace = flow.pace_at(np.array([(step + 0.5) / steps]))[0]
        z = z + pace * flow.growth(starts if held else z) * z / steps
    return z


@pytest.mark.parametrize("seed", SEEDS)
def test_bun_1_closed_form(seed: int) -> None:
    flow, starts, _ = drawn(seed)
    assert np.abs(flow.ends(starts) - stepped(flow, starts, 4000)).max() < 1e-4


def test_bun_1_a_flow_that_follows_the_point_has_another_end() -> None:
    off = [
        np.abs(flow.ends(starts) - stepped(flow, starts, 4000, held=False)).max()
        for flow, starts, _ in map(drawn, SEEDS)
    ]
    assert max(off) > 1e-3


def test_bun_2_the_factor_is_not_the_density() -> None:
    off = []
    for flow, starts, _ in map(drawn, SEEDS):
        start, h = starts[0], 1e-6
        columns = [
            (flow.ends(start + h * unit) - flow.ends(start - h * unit)) / (2 * h)
            for unit in np.eye(len(start))
        ]
        _, exact = np.linalg.slogdet(np.stack(columns, axis=1))
        off.append(abs(exact + flow.log_factors(start)))
    assert max(off) > 1e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_bun_3_bundles_do_not_move_with_starts_but_the_factor_does(seed: int) -> None:
    flow, starts, rng = drawn(seed)
    nearby = starts + 1e-9 * rng.standard_normal(starts.shape)
    assert (flow.bundles(nearby) == flow.bundles(starts)).all()
    assert (flow.log_factors(nearby) != flow.log_factors(starts)).any()


@pytest.mark.parametrize("seed", range(20))
def test_bun_4_compiling_earns_no_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = np.column_stack([np.zeros(8), rng.integers(0, 6, (8, 7)).astype(float)])
    fit = Fit(TableValuations(table), np.full(8, 1 / 8), True)
    bundles = rng.random((5, 3, 3)) < 0.5
    weights = rng.dirichlet(np.ones(3), 5)
    prices = rng.random(5) * 4
    menu = compiled(bundles, weights, prices, fit, fit, Deadline())

    def revenue(bundles: np.ndarray, weights: np.ndarray, prices: np.ndarray) -> float:
        total = 0.0
        for row in table:
            best, paid = 0.0, 0.0
            for entry, chances, price in zip(bundles, weights, prices, strict=True):
                numbers = [int(b @ (1 << np.arange(3))) for b in entry]
                gain = sum(c * row[k] for c, k in zip(chances, numbers, strict=True)) - price
                if gain > best + 1e-9 or (gain > best - 1e-9 and price > paid):
                    best, paid = max(gain, best), price
            total += paid / 8
        return total

    raw = merged(bundles, weights, prices)
    before = revenue(raw.bundles, raw.weights, raw.prices)
    assert revenue(menu.bundles, menu.weights, menu.prices) >= before - 1e-9
    assert (menu.weights.sum(axis=1) <= 1 + 1e-12).all()


def test_compiling_after_the_limit_leaves_the_menu_as_it_was_learned() -> None:
    rng = np.random.default_rng(0)
    fit = Fit(TableValuations(np.array([[0.0, 1.0, 2.0, 4.0]])), np.ones(1), True)
    bundles, weights, prices = rng.random((6, 2, 2)) < 0.7, np.full((6, 2), 0.5), np.arange(6.0)
    late = Deadline()
    late.cancel()
    menu = compiled(bundles, weights, prices, fit, fit, late)
    learned = merged(bundles, weights, prices)
    for name in ("bundles", "weights", "prices"):
        assert (getattr(menu, name) == getattr(learned, name)).all()
    assert compiled(bundles, weights, prices, fit, fit, Deadline()).n_entries < 6


def test_merging_keeps_the_mass_and_drops_tiny_weights() -> None:
    bundles = np.array([[[1, 0], [1, 0], [0, 1], [0, 0]]], dtype=bool)
    menu = merged(bundles, np.array([[0.3, 0.2, 0.0005, 0.4995]]), np.ones(1))
    assert menu.bundles.astype(int).tolist() == [[[1, 0]]]
    assert menu.weights[0, 0] == pytest.approx(0.5 / 0.9995)


def test_supplies_without_items_and_lotteries_over_everything() -> None:
    rng = np.random.default_rng(0)
    nothing = bundles_from("random", 5, TableValuations(np.zeros((1, 1))), rng)
    assert nothing.shape == (0, 0)
    places, _ = spread_atoms(3, 4, 8, rng)
    assert [sorted(row) for row in places.tolist()] == [[0, 1, 2, 3]] * 4
    assert spread_atoms(3, 4, 1, rng)[0].tolist() == [[0], [1], [2], [0]]
