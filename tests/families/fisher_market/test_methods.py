"""Every method on every market it supports: status, verified, agreement, determinism, limits."""

from __future__ import annotations

import numpy as np
import pytest

from eqsolve import (
    Deadline,
    FisherMarket,
    Limit,
    Limits,
    Status,
    UnsupportedError,
    fisher_equilibrium,
    methods,
    verify,
)
from eqsolve.core.limits import Progress

CLASSES = methods("fisher_market")


def markets() -> dict[str, FisherMarket]:
    rng = np.random.default_rng(5)
    found = {}
    kinds = ("linear", "quasi_linear", "leontief", "cobb_douglas", {"ces": 0.5}, {"ces": -2})
    for kind in kinds:
        word = kind if isinstance(kind, str) else f"ces{kind['ces']}"
        whole = rng.integers(1, 9, (6, 4))
        found[f"{word}-whole"] = FisherMarket(whole, rng.integers(1, 5, 6), utility=kind)
        gaps = rng.integers(0, 3, (5, 7))
        gaps[0], gaps[:, 0] = 0, 0
        gaps[1:, 1:] += np.eye(4, 6, dtype=int)
        found[f"{word}-zeros"] = FisherMarket(
            gaps, rng.random(5) + 0.1, rng.integers(1, 5, 7), utility=kind
        )
        found[f"{word}-one-buyer"] = FisherMarket([[1, 2, 3]], [6], [1, 2, 1], utility=kind)
        found[f"{word}-one-good"] = FisherMarket([[1], [2], [2]], [1, 2, 3], utility=kind)
        found[f"{word}-no-buyers"] = FisherMarket(np.zeros((0, 3)), [], utility=kind)
        found[f"{word}-no-goods"] = FisherMarket(np.zeros((2, 0)), [1, 2], utility=kind)
        found[f"{word}-nobody-wants"] = FisherMarket([[0, 0], [0, 0]], [1, 2], utility=kind)
    found["linear-ties"] = FisherMarket(np.ones((4, 4)), [1, 2, 3, 4])
    budgets = [1e-4, 1, 1e4]
    found["linear-unequal"] = FisherMarket([[1, 2], [2, 1], [3, 3]], budgets, [1, 100])
    found["quasi-linear-rich"] = FisherMarket([[1, 2], [2, 1]], [1e9, 1e9], utility="quasi_linear")
    return found


MARKETS = markets()
PAIRS = [
    pytest.param(kind, market, id=f"{kind.name}-{name}")
    for kind in CLASSES
    for name, market in MARKETS.items()
    if kind().supports(market) is None
    # The general solver is not accurate enough for budgets that differ by a factor of 1e8.
    and (kind.name, name) != ("eisenberg_gale", "linear-unequal")
]


@pytest.mark.parametrize(("kind", "market"), PAIRS)
def test_solved_verified_and_in_agreement(kind: type, market: FisherMarket) -> None:
    result = fisher_equilibrium(market, method=kind.name)
    assert result.status is Status.SOLVED
    assert result.limit is None
    assert verify(market, result).valid
    assert result.check is not None
    assert result.objective is not None
    reference = fisher_equilibrium(market)
    total = max(float(market.budgets.sum()), 1.0)
    assert result.objective == pytest.approx(reference.objective, abs=3e-6 * total)
    assert result.objective <= result.bounds.upper
    if market.utility != "leontief":  # whose prices need not be unique
        worth = result.require().prices * market.supplies
        other = reference.require().prices * market.supplies
        np.testing.assert_allclose(worth, other, atol=2e-3 * total)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.name)
def test_the_same_input_gives_the_same_bytes(kind: type) -> None:
    market = next(found for found in MARKETS.values() if kind().supports(found) is None)
    first, second = (fisher_equilibrium(market, method=kind.name) for _ in range(2))
    assert first.require().allocation.tobytes() == second.require().allocation.tobytes()
    assert first.require().prices.tobytes() == second.require().prices.tobytes()


@pytest.mark.parametrize("kind", CLASSES[1:], ids=lambda kind: kind.name)
def test_a_canceled_run_returns_what_it_has_with_its_gap(kind: type) -> None:
    name = next(key for key, found in MARKETS.items() if kind().supports(found) is None)
    market = MARKETS[name]
    deadline = Deadline(Limits())
    deadline.cancel()
    result = fisher_equilibrium(market, method=kind.name, deadline=deadline)
    if kind.name == "closed_form":  # nothing to interrupt
        assert result.status is Status.SOLVED
        return
    assert result.status is Status.FEASIBLE
    assert result.limit is Limit.INTERRUPTED
    assert result.solution is not None
    assert result.solution.duality_gap > 1e-6
    assert verify(market, result).valid
    best = fisher_equilibrium(market)
    assert best.objective is not None
    assert result.objective <= best.objective + 1e-6 <= result.bounds.upper + 2e-6


@pytest.mark.parametrize("method", ["interior_point", "proportional_response"])
def test_an_interrupt_on_the_way_is_obeyed(method: str) -> None:
    market = FisherMarket(np.random.default_rng(0).random((30, 20)), np.ones(30))

    def stop(progress: Progress) -> None:
        deadline.cancel()

    deadline = Deadline(Limits(), stop)
    result = fisher_equilibrium(market, method=method, deadline=deadline)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.INTERRUPTED)


def test_an_iteration_limit_is_named() -> None:
    market = FisherMarket(np.random.default_rng(0).random((30, 20)), np.ones(30))
    for method in ("interior_point", "proportional_response"):
        result = fisher_equilibrium(market, method=method, iterations=3)
        assert (result.status, result.limit) == (Status.FEASIBLE, Limit.ITERATIONS)
        assert result.stats.counts["iterations"] == 3


def test_a_rough_gap_on_request_is_no_proof() -> None:
    market = FisherMarket(np.random.default_rng(0).random((30, 20)), np.ones(30))
    for method in ("interior_point", "proportional_response"):
        result = fisher_equilibrium(market, method=method, gap=1e-2)
        assert (result.status, result.limit) == (Status.FEASIBLE, Limit.GAP)
        assert result.solution is not None
        assert 1e-6 < result.solution.duality_gap < 2e-2


@pytest.mark.parametrize("kind", CLASSES[1:], ids=lambda kind: kind.name)
def test_a_method_that_does_not_apply_says_why(kind: type) -> None:
    for market in MARKETS.values():
        reason = kind().supports(market)
        if reason is not None:
            with pytest.raises(UnsupportedError, match="utilities are"):
                fisher_equilibrium(market, method=kind.name)
            assert market.utility in reason
            return
    assert kind.name == "eisenberg_gale"


def test_auto_says_which_and_why() -> None:
    chosen = {}
    for name, market in MARKETS.items():
        stats = fisher_equilibrium(market).stats
        assert stats.reason
        chosen[name.split("-")[0]] = stats.method
    assert chosen == {
        "linear": "interior_point",
        "quasi_linear": "interior_point",
        "quasi": "interior_point",
        "leontief": "leontief_interior",
        "cobb_douglas": "closed_form",
        "ces0.5": "newton",
        "ces": "newton",
    }


def test_a_hundred_buyers_reach_a_tiny_gap() -> None:
    rng = np.random.default_rng(1)
    for utility in ("linear", "quasi_linear"):
        for values in (rng.random((120, 80)), rng.random((60, 90)) ** 4, np.ones((50, 50))):
            market = FisherMarket(values, rng.random(len(values)) + 0.01, utility=utility)
            assert fisher_equilibrium(market).require().duality_gap < 1e-9


def test_twelve_orders_of_magnitude_in_budgets_and_in_values() -> None:
    rng = np.random.default_rng(2)
    for utility in ("linear", "quasi_linear"):
        wide = 10 ** rng.uniform(-6, 6, (40, 25))
        for market in (
            FisherMarket(wide, np.ones(40), utility=utility),
            FisherMarket(rng.random((40, 25)), wide[:, 0], utility=utility),
        ):
            result = fisher_equilibrium(market)
            assert result.status is Status.SOLVED
            assert verify(market, result.require()).valid


@pytest.mark.parametrize("method", ["interior_point", "eisenberg_gale"])
def test_who_cannot_wait_finds_the_state_of_the_last_step(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eqsolve.core.result import Outcome
    from eqsolve.families.fisher_market.methods import interior

    monkeypatch.setattr(interior, "_SLOW", 0)
    market = FisherMarket(np.random.default_rng(0).random((12, 8)), np.ones(12))
    seen: list[Progress] = []
    final = fisher_equilibrium(market, method=method, deadline=Deadline(Limits(), seen.append))
    assert seen
    for progress in seen:
        incumbent = progress.incumbent
        assert isinstance(incumbent, Outcome)
        assert incumbent.solution is not None
        assert incumbent.objective is not None
        assert final.objective is not None
        assert incumbent.objective <= final.objective + 1e-9 <= incumbent.bounds.upper + 2e-9


def test_all_numbers_wild_at_once_end_in_an_honest_status() -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        market = FisherMarket(
            10 ** rng.uniform(-6, 6, (15, 10)),
            10 ** rng.uniform(-6, 6, 15),
            10 ** rng.uniform(-3, 3, 10),
            utility=("linear", "quasi_linear", "leontief", "cobb_douglas")[seed % 4],
        )
        result = fisher_equilibrium(market)
        assert verify(market, result).valid
        assert (result.status is Status.SOLVED) == (result.limit is None)
