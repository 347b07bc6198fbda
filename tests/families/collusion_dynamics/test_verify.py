"""Break each condition of a right answer: the report names that one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from eqsolve import Bounds, CollusionDynamics, Status, load, solve, verify
from eqsolve.core.report import Verdict
from eqsolve.families.collusion_dynamics.methods.simulate import wilson
from eqsolve.families.collusion_dynamics.solution import Chance, RestPoint

PLAIN = {"ratio": 1.5}
MODEL = CollusionDynamics(0.85, PLAIN, [0, 0.1, 0.5, 1])
PASSAGE = CollusionDynamics(0.85, PLAIN, [0.1, 0.2], batch={"size": 3}, rate=0.5)
ENDING = CollusionDynamics(0.85, PLAIN, [0.1, 0.2], batch={"size": 2}, rate=0.5, horizon=4)


@pytest.fixture(scope="module")
def line():
    return solve(MODEL)


@pytest.fixture(scope="module")
def grid():
    return solve(PASSAGE)


@pytest.fixture(scope="module")
def exact():
    return solve(ENDING)


def failed(model, result, **fields):
    changed = replace(result, solution=replace(result.solution, **fields))
    return {check.id.removeprefix("collusion.") for check in verify(model, changed).failures}


def point(result, k, **fields):
    points = list(result.solution.rest_points)
    points[k] = replace(points[k], **fields)
    return tuple(points)


def test_wrong_phase_lines(line):
    solution = line.solution
    assert failed(MODEL, line, regime="competition") == {"signs"}
    assert failed(MODEL, line, signs=(1, -1, 1)) == {"signs"}
    assert failed(MODEL, line, signs=(-1, 1)) == {"form"}
    assert failed(MODEL, line, rest_points=()) == {"form"}
    assert failed(MODEL, line, rest_points=(), signs=(-1,)) == {"zeros"}
    assert failed(MODEL, line, rest_points=solution.rest_points[::-1]) == {"form"}
    assert failed(MODEL, line, rest_points=point(line, 0, stability="stable")) == {"signs"}
    assert failed(MODEL, line, rest_points=point(line, 0, stability="semi_stable")) == {"zeros"}
    assert failed(MODEL, line, rest_points=point(line, 0, theta=0.2)) == {"form"}
    wide = (Fraction(1, 10), Fraction(2, 10))
    assert failed(MODEL, line, rest_points=point(line, 0, bracket=wide)) == {"form"}
    aside = tuple(end + Fraction(1, 2**40) for end in solution.rest_points[0].bracket)
    assert "zeros" in failed(
        MODEL, line, rest_points=point(line, 0, bracket=aside, theta=float(aside[0]))
    )
    quadratic = (solution.quadratic[0] * 2, *solution.quadratic[1:])
    assert failed(MODEL, line, quadratic=quadratic) == {"quadratic"}


def test_a_double_zero_needs_a_discriminant_of_zero():
    model = load("catalog:exactly-critical")
    result = solve(model)
    near = CollusionDynamics(0.75, {"ratio": 1.600000000001}, model.start)
    found = {check.id for check in verify(near, result).failures}
    assert "collusion.zeros" in found
    # The slope turns at 0.9, with the same sign in the middle of both sides: no zero is there.
    single = CollusionDynamics(0.6, {"high": [0, 4], "low": [1, 3]}, 0.5)
    result = solve(single)
    bracket = (Fraction(9, 10) - Fraction(1, 2**40), Fraction(9, 10) + Fraction(1, 2**40))
    points = (RestPoint(0.9, "semi_stable", bracket),)
    wrong = failed(single, result, rest_points=points, signs=(1, 1), regime="critical")
    assert "zeros" in wrong


def test_wrong_limits_attractors_and_figures(line):
    solution = line.solution
    for k in range(4):
        limits = list(solution.limits)
        limits[k] = 0.3
        assert failed(MODEL, line, limits=tuple(limits)) == {"limits"}
    assert failed(MODEL, line, critical_fidelity=None) == {"critical-fidelity"}
    for wrong in (0.7886, 0.7888, 0.3, 1.0):
        assert failed(MODEL, line, critical_fidelity=wrong) == {"critical-fidelity"}
    assert "attractors" in failed(MODEL, line, attractors=solution.attractors[:1])
    for key in ("high_price_share", "all_high", "all_low", "mixed", "correlation", "payoff"):
        top = solution.attractors[1]
        wrong = replace(top, **{key: getattr(top, key) + 1e-7})
        assert failed(MODEL, line, attractors=(solution.attractors[0], wrong)) == {"attractors"}
    none = replace(solution.attractors[1], correlation=None)
    assert failed(MODEL, line, attractors=(solution.attractors[0], none)) == {"attractors"}


def test_wrong_objective_and_bounds(line):
    ids = {check.id for check in verify(MODEL, replace(line, objective=0.4)).failures}
    assert ids == {"collusion.objective"}
    bounds = Bounds(lower=0.0, upper=line.objective, source="certified")
    ids = {check.id for check in verify(MODEL, replace(line, bounds=bounds)).failures}
    assert ids == {"collusion.objective"}
    nothing = replace(line, status=Status.NO_EQUILIBRIUM, solution=None)
    assert {c.id for c in verify(MODEL, nothing).failures} == {"collusion.existence"}


def chances(result, k, **fields):
    found = list(result.solution.collusion_probability)
    found[k] = replace(found[k], **fields)
    return tuple(found)


def test_wrong_exact_laws(exact):
    told = exact.solution.collusion_probability[1].low
    for off in (1e-7, -1e-7):
        wrong = chances(exact, 1, low=told + off, high=told + off)
        assert failed(ENDING, exact, collusion_probability=wrong) == {"enumerate"}
    wrong = chances(exact, 1, high=told + 1e-3)
    assert failed(ENDING, exact, collusion_probability=wrong) == {"chances"}
    wrong = chances(exact, 1, updates_error=0.1)
    assert failed(ENDING, exact, collusion_probability=wrong) == {"chances"}
    wrong = chances(exact, 1, updates=5.0)
    assert failed(ENDING, exact, collusion_probability=wrong) == {"chances"}
    assert failed(ENDING, exact, collusion_probability=None) == {"status"}
    assert failed(ENDING, exact, thresholds=(0.1, 0.2)) == {"thresholds"}
    grid = solve(ENDING, method="grid")
    called = replace(grid, status=Status.SOLVED)
    assert {c.id for c in verify(ENDING, called).failures} == {"collusion.status"}


def test_wrong_grids(grid):
    told = grid.solution.collusion_probability[1]
    for off in (0.01, -0.01):
        wrong = chances(grid, 1, low=told.low + off, high=told.high + off)
        assert "grid" in failed(PASSAGE, grid, collusion_probability=wrong)
    wrong = chances(grid, 1, low=told.high, high=told.low)
    assert failed(PASSAGE, grid, collusion_probability=wrong) == {"chances"}
    for off, error in ((1.05, told.updates_error), (0.95, told.updates_error), (1.1, None)):
        wrong = chances(grid, 1, updates=told.updates * off, updates_error=error)
        assert failed(PASSAGE, grid, collusion_probability=wrong) == {"grid"}
    unsaid = chances(grid, 1, updates_error=None)
    assert not failed(PASSAGE, grid, collusion_probability=unsaid)
    wrong = chances(grid, 1, updates_error=-1.0)
    assert failed(PASSAGE, grid, collusion_probability=wrong) == {"chances"}
    wrong = chances(grid, 1, updates=None)
    assert failed(PASSAGE, grid, collusion_probability=wrong) == {"chances"}
    wrong = chances(grid, 1, paths=7)
    assert failed(PASSAGE, grid, collusion_probability=wrong) == {"chances"}
    wrong = chances(grid, 1, method="enumerate", high=told.low, updates_error=None)
    assert failed(PASSAGE, grid, collusion_probability=wrong) == {"enumerate"}


def test_wrong_simulations():
    result = solve(PASSAGE, method="simulate", paths=2000)
    told = result.solution.collusion_probability[1]
    wrong = chances(result, 1, low=told.low + 1e-3)
    assert failed(PASSAGE, result, collusion_probability=wrong) == {"chances"}
    wrong = chances(result, 1, paths=2001)
    assert failed(PASSAGE, result, collusion_probability=wrong) == {"chances"}
    low, high = wilson(round(2000 * (told.middle + 0.06)), 2000)
    wrong = chances(result, 1, low=low, high=high)
    assert failed(PASSAGE, result, collusion_probability=wrong) == {"simulate"}
    wrong = chances(result, 1, updates=told.updates * 1.5)
    assert failed(PASSAGE, result, collusion_probability=wrong) == {"simulate"}


def test_wrong_diffusions():
    result = solve(PASSAGE, method="diffusion")
    told = result.solution.collusion_probability[1].low
    wrong = chances(result, 1, low=told + 1e-3, high=told + 1e-3)
    assert failed(PASSAGE, result, collusion_probability=wrong) == {"diffusion"}
    called = replace(result, status=Status.SOLVED)
    assert {c.id for c in verify(PASSAGE, called).failures} == {"collusion.status"}


def test_wrong_certainties():
    model = CollusionDynamics(0.85, PLAIN, [0, 0.2, 1], batch={"size": 2}, rate=0.5, horizon=2)
    result = solve(model)
    for k in (0, 2):
        wrong = chances(result, k, low=0.5, high=0.5)
        assert failed(model, result, collusion_probability=wrong) == {"settled"}
    still = CollusionDynamics(0.85, PLAIN, [0.2], batch={"size": 1}, rate=0.5)
    wrong = (Chance(1.0, 1.0, "enumerate"),)
    assert failed(still, solve(still), collusion_probability=wrong) == {"settled"}


def test_a_market_too_large_to_look_at_is_left_open():
    model = CollusionDynamics(0.85, PLAIN, 0.2, batch={"size": 60}, rate=0.25)
    result = solve(model, method="simulate", paths=200)
    report = verify(model, result)
    assert report.verdict is Verdict.NOT_PROVED
    assert "would take too long" in report.unchecked[0]


def test_many_sellers_are_verified_by_binomial_sums():
    for n in (12, 13, 30):
        high, low = [0.0] * (n - 1) + [1.0], [0.3] * (n - 1) + [1.2]
        model = CollusionDynamics(0.97, {"high": high, "low": low}, [0.3, 0.9])
        assert solve(model).check.verdict is Verdict.VALID
