"""Whatever stops a method, it returns its best with an honest bound, and never an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import FisherMarket, Status
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.method import obstacle
from eqsolve.core.status import Limit
from eqsolve.registry import BUILT_IN

UTILITIES: tuple[Any, ...] = (
    "linear", "quasi_linear", "leontief", "cobb_douglas", {"ces": 0.5}, {"ces": -1.0}
)  # fmt: skip
NEVER_PROOFS = (
    "log_approximation", "sample", "grand_bundle", "item_prices", "tariff", "size_prices"
)  # fmt: skip
"""Methods whose answers are not the best, or not exact, although nothing stopped them."""
ITERATED = (
    "interior_point", "leontief_interior", "newton", "proportional_response"
)  # fmt: skip


@st.composite
def _markets(draw: st.DrawFn) -> FisherMarket:
    """Return small Fisher markets of every utility, with zeros and ties."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    row = st.lists(st.integers(0, 3), min_size=m, max_size=m).filter(any)
    utilities = draw(st.lists(row, min_size=n, max_size=n))
    budgets = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    return FisherMarket(utilities, budgets, utility=draw(st.sampled_from(UTILITIES)))


@settings(max_examples=40)
@given(_markets(), st.sampled_from(ITERATED), st.integers(1, 12))
def test_fisher_methods_stopped_by_iterations(
    market: FisherMarket, method: str, iterations: int
) -> None:
    chosen = next(kind for kind in eqsolve.methods("fisher_market") if kind.name == method)
    if chosen().supports(market) is not None:
        return
    stopped = eqsolve.solve(market, method=method, iterations=iterations)
    best = eqsolve.solve(market)
    assert best.status is Status.SOLVED
    assert best.objective is not None
    slack = 1e-6 * (1 + abs(best.objective) + float(market.budgets.sum()))
    assert stopped.bounds.upper >= best.objective - slack
    if stopped.solution is None:
        assert (stopped.status, stopped.limit) == (Status.UNKNOWN, Limit.ITERATIONS)
        return
    assert stopped.objective is not None
    assert stopped.objective <= best.bounds.upper + slack
    if stopped.status is Status.FEASIBLE:
        assert stopped.limit is not None
        assert stopped.gap is not None


def test_a_leontief_market_stopped_after_three_iterations() -> None:
    market = FisherMarket([[4, 2], [7, 7]], [1, 5], utility="leontief")
    stopped = eqsolve.solve(market, method="leontief_interior", iterations=3)
    assert (stopped.status, stopped.limit) == (Status.FEASIBLE, Limit.ITERATIONS)
    best = eqsolve.solve(market, method="leontief_interior")
    assert best.objective is not None
    assert stopped.bounds.lower <= best.objective <= stopped.bounds.upper


@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.kind)
@pytest.mark.parametrize("seconds", [1e-9, 1e-3])
def test_every_method_ends_without_an_exception_when_time_is_over(
    family: Any, seconds: float
) -> None:
    recipe = family.module("generate").RECIPES[0]
    instance = recipe().instance(0)
    for method in family.methods:
        if obstacle(method(), instance) is None:
            late = Deadline(Limits(time=seconds))
            result = eqsolve.solve(instance, method=method.name, deadline=late)
            if result.status in (Status.UNKNOWN, Status.FEASIBLE):
                assert result.limit is not None or method.name in NEVER_PROOFS
