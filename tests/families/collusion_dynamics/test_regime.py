"""Large batches: signs, rest points, limits and thresholds against scans of the definition."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given

import eqsolve
from eqsolve import (
    CollusionDynamics,
    advantage,
    critical_fidelity,
    load,
    logit_prices,
    payoffs_from_bertrand,
    payoffs_from_logit,
    phase_diagram,
    rest_points,
    safe_rate,
    solve,
)
from eqsolve.families.collusion_dynamics.quadratic import Quadratic, signs_between, zeros
from eqsolve.testing import collusion_dynamics
from tests.families.collusion_dynamics import oracle

PLAIN = {"ratio": 1.5}


def once(word):
    return "".join(letter for letter, _ in itertools.groupby(word))


@given(collusion_dynamics())
@example(CollusionDynamics(0.75, {"ratio": 1.6}, [0.5]))
@example(CollusionDynamics(1, {"high": [0, 1], "low": [1, 0]}, [0, 0.5, 1]))
@example(CollusionDynamics(0.5, {"high": [1, 1], "low": [1, 1]}, 0.5))
def test_signs_are_those_of_a_fine_scan(model):
    solution = solve(model).require()
    told = "".join("-0+"[sign + 1] for sign in solution.signs)
    seen = oracle.signs(model).replace("0", "") or "0"
    # Zeros nearer than the grid may hide from the scan, never the other way round.
    if once(seen) != once(told):
        gaps = np.diff([0.0, *(point.theta for point in solution.rest_points), 1.0])
        assert gaps.min() < 2 / 2000
    for point in solution.rest_points:
        low, high = point.bracket
        assert 0 <= low < high <= 1
        assert float(low) <= point.theta <= float(high)


@given(collusion_dynamics())
def test_advantages_are_those_of_the_definition(model):
    for theta in (Fraction(0), Fraction(1, 7), Fraction(1, 2), Fraction(1)):
        expected = oracle.advantage(model, theta)
        if expected is not None:
            assert advantage(model, float(theta)) == pytest.approx(float(expected), abs=1e-9)


@given(collusion_dynamics())
def test_limits_are_where_the_flow_goes(model):
    solution = solve(model).require()
    for start, limit in zip(model.exact_starts, solution.limits, strict=True):
        odds = oracle.advantage(model, start)
        if start in (0, 1) or odds is None or odds == 0:
            assert limit == float(start)
            continue
        assert (limit > start) == (odds > 0)
        stops = [0.0, 1.0, *(point.theta for point in solution.rest_points)]
        ahead = [x for x in stops if (x > start) == (odds > 0) and x != float(start)]
        assert limit == min(ahead, key=lambda x: abs(x - float(start)))


def test_the_exactly_critical_model():
    solution = solve(load("catalog:exactly-critical")).require()
    assert solution.regime == "critical"
    assert [(p.theta, p.stability) for p in solution.rest_points] == [(0.5, "semi_stable")]
    assert solution.limits == (0.0, 0.5, 0.5)
    near = CollusionDynamics(0.75, {"ratio": 1.6000000001}, [0.5])
    assert solve(near).require().regime == "bistable"
    assert solve(CollusionDynamics(0.75, {"ratio": 1.5999999999})).require().regime == "competition"


def test_zeros_nearer_than_floats_have_brackets_in_fractions():
    tiny = Fraction(1, 10**40)
    first, second = Fraction(1, 3), Fraction(1, 3) + tiny
    found = zeros(Quadratic(-first * second, first + second, Fraction(-1)))
    assert len(found) == 2
    assert found[0].upper <= found[1].lower
    assert found[0].lower < first < found[0].upper
    assert found[1].lower < second < found[1].upper
    quadratic = Quadratic(-first * second, first + second, Fraction(-1))
    assert signs_between(quadratic, found) == (-1, 1, -1)
    beside_one = Quadratic(-(1 - tiny), Fraction(1), Fraction(0))
    (only,) = zeros(beside_one)
    assert only.lower < 1 - tiny < only.upper <= 1


@pytest.mark.parametrize(("ratio", "expected"), [(1.2, 0.9082), (1.5, 0.7887), (1.8, 0.6667)])
def test_critical_fidelities_of_the_paper(ratio, expected):
    assert critical_fidelity({"ratio": ratio}) == pytest.approx(expected, abs=5e-5)
    closed = (1 + math.sqrt((2 - ratio) / ratio)) / 2
    assert critical_fidelity({"ratio": ratio}) == pytest.approx(closed, abs=1e-12)


@pytest.mark.parametrize(("n", "expected"), [(2, 0.8860), (3, 0.9278), (5, 0.9537), (10, 0.9740)])
def test_critical_fidelities_under_bertrand(n, expected):
    assert critical_fidelity(payoffs_from_bertrand(n, 1.5)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("n", "expected"), [(2, 0.8020), (3, 0.8152), (4, 0.8322), (5, 0.8465)])
def test_critical_fidelities_of_the_logit_market(n, expected):
    assert critical_fidelity(payoffs_from_logit(n)) == pytest.approx(expected, abs=5e-5)


def test_published_prices_and_profits_of_the_logit_market():
    assert [round(price, 4) for price in logit_prices(2)] == [1.4729, 1.9250]
    table = payoffs_from_logit(2)
    assert table["low"][0] == pytest.approx(0.2229, abs=5e-5)
    assert table["high"][1] == pytest.approx(0.3375, abs=5e-5)


def test_real_tables_of_the_logit_market(real_data):
    for n in (2, 4):
        model = load(real_data / "collusion" / f"logit-{n}.json")
        made = payoffs_from_logit(n)
        assert np.allclose(model.high, made["high"], atol=1e-6)
        assert np.allclose(model.low, made["low"], atol=1e-6)
        result = solve(model)
        assert result.check.valid
        assert result.require().regime == "bistable"
        prices = json.loads((real_data / "collusion" / f"logit-{n}.json").read_text())["metadata"]
        assert np.allclose(logit_prices(n), list(prices["prices"].values()), atol=1e-6)


def test_where_no_critical_fidelity_is():
    assert critical_fidelity({"high": [2, 2], "low": [1, 1]}) is None
    assert critical_fidelity({"high": [0, 0], "low": [1, 1]}) is None


def test_the_phase_diagram_is_solved_point_by_point():
    fidelities, starts = [0.5, 0.7, 0.75, 0.85, 1.0], [0.0, 0.1, 0.5, 0.9, 1.0]
    found = phase_diagram({"ratio": 1.6}, fidelities, starts)
    for k, rho in enumerate(fidelities):
        model = CollusionDynamics(rho, {"ratio": 1.6}, starts)
        assert found.limits[k].tolist() == list(solve(model).require().limits)
    assert found.critical == pytest.approx(0.75)


def test_half_of_the_starts_collude_above_the_threshold_of_figure_2():
    rho = np.linspace(0.79, 0.999, 50)
    found = phase_diagram(PLAIN, rho, [0.5])
    assert (found.limits > 0.5).all()
    assert (phase_diagram(PLAIN, np.linspace(0.5, 0.788, 50), [0.5]).limits == 0).all()


def test_the_safe_rate_and_beyond():
    model = CollusionDynamics(0.85, PLAIN, [0.5], rate=20)
    assert 8.5 < safe_rate(model) < 8.6
    path = eqsolve.trajectories(model, updates=400).theta[0, 0, -2:]
    assert sorted(path.round(3)) == [0.635, 0.932]
    eager = CollusionDynamics(0.85, PLAIN, [0.5], rate=60)
    assert eqsolve.trajectories(eager, updates=400).theta[0, 0, -1] < 1e-6
    assert safe_rate(CollusionDynamics(1, PLAIN)) == math.inf


def test_rest_points_and_words_for_bad_arguments():
    assert [p.stability for p in rest_points(CollusionDynamics(0.85, PLAIN))] == [
        "unstable",
        "stable",
    ]
    with pytest.raises(eqsolve.OptionError, match="theta: must be numbers in"):
        advantage(CollusionDynamics(0.85, PLAIN), 1.5)
    with pytest.raises(eqsolve.OptionError, match=r"fidelities: must be numbers in \[1/2, 1\]"):
        phase_diagram(PLAIN, [0.4], [0.5])
    with pytest.raises(eqsolve.InstanceError, match=r"payoffs\[ratio\]"):
        critical_fidelity({"ratio": 7})
    for call in (lambda: payoffs_from_bertrand(1), lambda: payoffs_from_logit(2, mu=0)):
        with pytest.raises(eqsolve.OptionError, match="must be"):
            call()
