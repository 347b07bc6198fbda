"""User code that must type-check: what the public names are to a strict type checker.

`make types` reads this file; pytest runs nothing in it.
"""

from __future__ import annotations

from typing import Any, assert_type

import eqsolve
from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.delivery.solution import DeliverySolution
from eqsolve.games.model_market.solution import ModelEquilibrium
from eqsolve.games.normal_form.solution import NormalFormSolution


def assignment(values: list[list[int | None]]) -> FloatArray | NumberArray:
    """A market of lists, its result, the solution that may be absent and the one that is there."""
    market = eqsolve.AssignmentMarket(values, reserves=[0, 1], labels={"buyers": ["a", "b"]})
    result = eqsolve.competitive_equilibrium(market, method="hungarian", prices="min")
    assert_type(result, eqsolve.Result[eqsolve.AssignmentSolution])
    assert_type(result.solution, eqsolve.AssignmentSolution | None)
    assert_type(result.status, eqsolve.Status)
    assert_type(result.limit, eqsolve.Limit | None)
    assert_type(result.bounds, eqsolve.Bounds)
    assert_type(eqsolve.verify(market, result).valid, bool)
    solution = result.require()
    assert_type(solution, eqsolve.AssignmentSolution)
    assert_type(solution.matching, IntArray)
    return solution.prices


def families(
    fisher: eqsolve.FisherMarket,
    delivery: eqsolve.DeliveryMarket,
    network: eqsolve.TradingNetwork,
    market: eqsolve.ModelMarket,
    game: eqsolve.NormalFormGame,
) -> list[ModelEquilibrium]:
    """Every verb gives the solution of its own family, the general one that of any."""
    assert_type(eqsolve.fisher_equilibrium(fisher).require(), eqsolve.FisherSolution)
    assert_type(eqsolve.tipped_equilibrium(delivery, seed=1).require(), DeliverySolution)
    assert_type(
        eqsolve.maximize_revenue(network, time_limit=None).require(), eqsolve.TradingSolution
    )
    assert_type(eqsolve.pure_equilibria(game).require(), NormalFormSolution)
    assert_type(eqsolve.solve(game), eqsolve.Result[Any])
    found = eqsolve.market_equilibria(market, find="best").require()
    assert_type(found, eqsolve.ModelMarketSolution)
    return list(found.equilibria)


def failures(path: str) -> str:
    """One error tree; a fault is told by its fields."""
    try:
        eqsolve.load(path)
    except eqsolve.FormatError as error:
        return str(error)
    except eqsolve.EqsolveError:
        raise
    return ""
