"""The unit in which money is counted changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from eqsolve import DeliveryMarket, tipped_equilibrium


@pytest.mark.parametrize("unit", [1e-12, 1e-9, 1e9, 1e100])
@pytest.mark.parametrize("choose", ["none", "cash_flow", "least_tips", "buyers"])
@pytest.mark.parametrize(
    "costs",
    [
        {"costs": [[[0.7, 1], [0.3, 2.5]], [[0, 0.25], [1.5, 0]]]},
        {"cost_parts": {"courier": [0.5, 0.25], "pickup": [[0.3, 0], [0, 0.7]]}},
    ],
)
def test_the_unit_of_money_does_not_matter(unit, choose, costs):
    """Amounts of 1e-9 were lost beside absolute tolerances, those of 1e100 in integers."""
    values = np.array([[2.0, 3.0], [2.5, 1.75]])

    def market(factor):
        if "costs" in costs:
            return DeliveryMarket(values * factor, np.array(costs["costs"]) * factor)
        parts = {key: np.array(part) * factor for key, part in costs["cost_parts"].items()}
        return DeliveryMarket(values * factor, cost_parts=parts)

    usual = tipped_equilibrium(market(1.0), choose=choose)
    other = tipped_equilibrium(market(unit), choose=choose)
    assert other.status is usual.status
    assert other.solution.transactions.tolist() == usual.solution.transactions.tolist()
    for field in ("welfare", "efficient_welfare", "platform_cash_flow"):
        found, expected = getattr(other.solution, field), getattr(usual.solution, field)
        assert found / unit == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e99])
def test_who_must_be_served_is_served_in_any_unit(unit):
    """The reward for serving exceeded the costs by 1, which is nothing beside 1e99."""
    costs = np.array([[[16.066376564211265], [0.0]]])
    market = DeliveryMarket(np.array([[7.5], [0.0]]) * unit, costs * unit, tips=False)
    found = tipped_equilibrium(market)
    assert found.solution.transactions.tolist() == [[0, 0, 0]]
    assert found.objective / unit == pytest.approx(7.5 - 16.066376564211265)
