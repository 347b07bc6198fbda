"""Every market of the catalog is solved and verified, and shows what its note says."""

from __future__ import annotations

from dataclasses import replace

import pytest

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.families.course_allocation.solution import Envy

NAMES = catalog_names("course_allocation")


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_status_that_is_expected(name):
    market = eqsolve.load(f"catalog:{name}")
    result = eqsolve.solve(market)
    assert result.status.value == market.metadata["expected"]["status"]
    assert result.solution.clearing_error == 0
    assert eqsolve.verify(market, result).verdict.value == "valid"


@pytest.mark.parametrize("name", ["one-seat-for-two", "fixed-budgets-fail"])
def test_budgets_that_are_fixed_leave_an_error_above_the_bound(name):
    market = eqsolve.load(f"catalog:{name}")
    result = eqsolve.solve(market, method="exact", budget_perturbation=0)
    assert (result.solution.clearing_error, result.solution.clearing_bound) == (1.0, 0.5)
    assert result.solution.above_bound
    assert result.check.valid


def test_nothing_is_scarce_where_favourites_fit():
    solution = eqsolve.solve(eqsolve.load("catalog:nothing-scarce"), method="aceei").solution
    assert set(solution.prices) == {0.0}


@pytest.mark.parametrize("method", ["round_robin", "draft"])
def test_picking_leaves_envy_that_no_one_course_explains(method):
    market = eqsolve.load("catalog:picking-envy")
    orders = ([0, 1], [1, 0])
    found = [eqsolve.course_mechanism(market, method, order=order) for order in orders]
    assert all(eqsolve.verify(market, each).valid for each in found)
    broken = [each.solution.envy.ef1_violations for each in found]
    assert max(broken) == 1
    if method == "round_robin":
        assert found[1].solution.allocation == ((1,), (0, 1, 2))


def test_dearer_ties_can_waste():
    """CRS-5 needs the cheapest of ties: A takes x, worth as much as y, which B does not want."""
    market = eqsolve.load("catalog:dearer-ties")
    right = eqsolve.solve(market, method="aceei").solution
    assert right.utilities == (1.0, 2.0)
    wasted = replace(
        right, allocation=((0,), (1,)), prices=(1.0, 0.0), budgets=(1.0, 0.9), perturbation=0.0,
        initial_budgets=(1.0, 0.9), excess=(0, 0), clearing_error=0.0, above_bound=False,
        oversubscribed=0, utilities=(1.0, 1.0), welfare=2.0, least_utility=1.0,
        envy=Envy(1, 1.0, 0, 0), maximin_certified=(True, True), trace=None,
    )  # fmt: skip
    report = eqsolve.verify(market, wasted)
    assert report.valid
    assert any("could have as much for less: 1" in check.condition for check in report.checks)


@pytest.mark.parametrize(("method", "truthful"), [("round_robin", 11.0), ("draft", 10.0)])
def test_it_pays_to_leave_for_later_what_nobody_else_wants(method, truthful):
    market = eqsolve.load("catalog:waiting-pays")
    found = eqsolve.profitable_misreport(market, 0, method, order=[0, 1])
    assert (found.truthful, found.lying) == (truthful, 19.0)
    assert not eqsolve.profitable_misreport(market, 0, "serial_dictatorship", order=[0, 1]).gain
