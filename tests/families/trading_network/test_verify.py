"""Break each condition of a right answer: the report names that one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from eqsolve import (
    Bounds,
    Result,
    Stats,
    Status,
    TradingNetwork,
    evaluate_introductions,
    maximize_revenue,
    verify,
)
from eqsolve.core.report import Verdict
from eqsolve.families.trading_network.generate import Integers, Uniform
from eqsolve.families.trading_network.verify.enumeration import greatest_income
from eqsolve.families.trading_network.verify.figures import maximum_weight
from eqsolve.families.trading_network.verify.proofs import lagrangian_bound

NETWORK = Integers(buyers=6, sellers=5).instance(3)
FRACTIONS = Uniform(buyers=6, sellers=5, commission=0.2).instance(3)


def failed(network, result):
    return {check.id.removeprefix("trading.") for check in verify(network, result).failures}


def changed(result, **fields):
    return replace(result, solution=replace(result.solution, **fields))


@pytest.fixture(params=[NETWORK, FRACTIONS], ids=["exact", "fractions"])
def network(request):
    return request.param


@pytest.fixture
def result(network):
    return maximize_revenue(network, method="multipliers")


def test_right_answers_pass(network, result):
    assert verify(network, result).valid
    assert verify(network, result.solution).valid
    assert len(result.solution.introduced) > 1
    exact = maximize_revenue(network, method="exact")
    assert verify(network, exact).valid


def test_an_introduced_pair_that_is_known(network, result):
    pairs = np.concatenate([result.solution.introduced, network.known[:1]])
    assert "introduced" in failed(network, changed(result, introduced=pairs))


def test_an_introduced_pair_outside_the_candidates(network, result):
    banned = result.solution.introduced[0].tolist()
    allowed = [p for p in np.argwhere(network.candidate_mask()).tolist() if p != banned]
    fewer = TradingNetwork(network.values, network.known, allowed, network.commission)
    report = verify(fewer, result)
    assert "trading.introduced" in [check.id for check in report.failures]
    assert f"buyer {banned[0]} and seller {banned[1]}" in str(report)


def test_a_pair_twice_or_out_of_range(network, result):
    pairs = result.solution.introduced
    assert "introduced" in failed(network, changed(result, introduced=np.repeat(pairs, 2, axis=0)))
    assert "introduced" in failed(network, changed(result, introduced=np.array([[0, 99]])))


def test_too_many_introductions(network, result):
    assert "max-introductions" in failed(network, changed(result, max_introductions=1))


def test_matchings_that_are_none(network, result):
    matching = result.solution.matching.copy()
    traders = np.flatnonzero(matching >= 0)
    matching[traders[0]] = matching[traders[1]]
    assert failed(network, changed(result, matching=matching)) == {"matching"}
    matching = np.full_like(matching, -1)
    blocked = np.argwhere(~(network.known_mask()))
    open_pairs = {tuple(pair) for pair in result.solution.introduced.tolist()}
    i, j = next(pair for pair in blocked.tolist() if tuple(pair) not in open_pairs)
    matching[i] = j
    assert failed(network, changed(result, matching=matching)) == {"matching"}
    matching[i] = 77
    assert failed(network, changed(result, matching=matching)) == {"matching"}


def test_a_trade_left_out(network, result):
    matching = result.solution.matching.copy()
    matching[np.flatnonzero(matching >= 0)[0]] = -1
    found = failed(network, changed(result, matching=matching))
    assert "welfare" in found
    assert found & {"prices", "buyer-demand"}


def test_prices_that_are_too_high_or_too_low(network, result):
    solution = result.solution
    sold = int(solution.matching.max())
    unit = network.scale / 100 if not network.is_integral else 1
    for step in (unit, -unit):
        prices = solution.prices.copy()
        prices[sold] += step
        found = failed(network, changed(result, prices=prices))
        assert found & {"buyer-demand", "price-end", "prices"}


def test_least_prices_are_not_the_greatest(network, result):
    pairs = result.solution.introduced
    least = evaluate_introductions(network, pairs, prices="least")
    assert verify(network, least).valid
    greatest = evaluate_introductions(network, pairs)
    assert least.prices.tolist() != greatest.prices.tolist()
    assert failed(network, replace(least, price_rule="greatest")) == {"price-end"}
    assert failed(network, replace(greatest, price_rule="least")) == {"price-end"}


def test_ties_must_go_to_the_platform():
    network = TradingNetwork([[4], [4]], [(0, 0)])
    right = evaluate_introductions(network, [(1, 0)])
    assert (right.revenue, right.matching.tolist()) == (4, [-1, 0])
    wrong = replace(right, matching=np.array([0, -1]), revenue=0)
    assert failed(network, wrong) == {"ties"}
    assert "at seller 0 would earn the platform 4 more" in str(verify(network, wrong))
    long = TradingNetwork([[4, 4], [4, 4], [4, 4]], [(0, 0), (1, 1), (1, 0)])
    right = evaluate_introductions(long, [(2, 1)])
    assert right.revenue == 4
    wrong = replace(right, matching=np.array([0, 1, -1]), revenue=0)
    assert failed(long, wrong) == {"ties"}


@pytest.mark.parametrize(
    ("field", "check"),
    [
        ("revenue", "revenue"),
        ("welfare", "welfare"),
        ("welfare_without_platform", "welfare-without-platform"),
        ("welfare_full", "welfare-full"),
    ],
)
def test_wrong_figures(network, result, field, check):
    for factor in (0.9, 1.1):
        wrong = changed(result, **{field: getattr(result.solution, field) * factor})
        assert check in failed(network, wrong)
        assert check in failed(network, replace(wrong, certificate=None))
        assert check in failed(network, wrong.solution)


def test_wrong_objective_bound_and_status(network, result):
    assert "objective" in failed(network, replace(result, objective=result.objective * 1.5))
    low = Bounds(lower=0, upper=result.objective * 0.9, source="certified")
    assert "bound" in failed(network, replace(result, bounds=low))
    assert "certificate-bound" in failed(network, replace(result, bounds=low))
    loose = maximize_revenue(network, method="log_approximation")
    assert loose.status is Status.FEASIBLE
    assert "solved" in failed(network, replace(loose, status=Status.SOLVED))
    nothing = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="x"))
    assert failed(network, nothing) == {"existence"}


def test_wrong_proofs(network, result):
    certificate = result.certificate
    data = certificate.data

    def broken(**parts):
        wrong = replace(certificate, data={**data, **parts})
        return failed(network, replace(result, certificate=wrong))

    shrunk = [number * 0.5 for number in data["row_duals"]]
    if data["multipliers"]:
        assert "certified-bound" not in broken(row_duals=data["row_duals"])
    assert "certified-bound" in broken(row_duals=[0.0] * network.n_buyers, multipliers=[])
    assert "certified-bound" in broken(row_duals=data["row_duals"][1:])
    assert "certified-bound" in broken(row_duals=[-1.0, *data["row_duals"][1:]])
    assert "certified-bound" in broken(multipliers=[[0, 0, -1.0]])
    assert shrunk != data["row_duals"]
    for key, check in (("without", "welfare-without-platform"), ("full", "welfare-full")):
        proof = data[key]
        fewer = {**proof, "prices": [price * 0.5 for price in proof["prices"]]}
        if any(proof["prices"]):
            assert f"{check}.optimal" in broken(**{key: fewer})
        half = {**proof, "utilities": [utility * 0.5 for utility in proof["utilities"]]}
        if any(proof["utilities"]):
            assert f"{check}.optimal" in broken(**{key: half})
        assert f"{check}.proof" in broken(**{key: {**proof, "matching": [0]}})
        twice = {**proof, "matching": [0] * network.n_buyers}
        assert f"{check}.proof" in broken(**{key: twice})
        nobody = {**proof, "matching": [-1] * network.n_buyers}
        assert check in broken(**{key: nobody})


def test_wrong_guarantees(network, result):
    assert "guarantee" in failed(network, changed(result, guarantee=1.5))
    assert "guarantee" in failed(network, changed(result, guarantee=-0.1))
    loose = maximize_revenue(network, method="log_approximation")
    above = loose.solution.guarantee * 1.01
    assert above < 1
    assert "guarantee" in failed(network, changed(loose, guarantee=above))
    assert "gain-guarantee" in failed(network, changed(result, gain_guarantee=1e6))


@pytest.mark.parametrize("prices", ["greatest", "least"])
def test_the_bound_of_a_small_network_is_recomputed(prices):
    network = TradingNetwork(
        [[6, 3, 4], [4, 5, 5], [3, 1, 6]], known=[(0, 0), (1, 0), (2, 2), (1, 2)]
    )
    result = maximize_revenue(network, method="enumeration", prices=prices)
    assert verify(network, result).unchecked == ()
    bounds = replace(result.bounds, lower=0, upper=result.bounds.upper - 1)
    none = evaluate_introductions(network, [], prices=prices)
    lower = replace(
        result, objective=0, bounds=bounds, status=Status.FEASIBLE, solution=none, certificate=None
    )
    assert "scanned-bound" in failed(network, lower)


def test_the_bound_of_a_solver_is_said_to_be_unchecked():
    network = Integers(buyers=8).instance(12)
    result = maximize_revenue(network, method="plain")
    assert result.bounds.source == "backend"
    assert any("branch-and-bound" in text for text in verify(network, result).unchecked)


def test_the_verifiers_own_solver():
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(0)
    for _ in range(150):
        graph = rng.integers(-3, 8, rng.integers(0, 7, 2))
        rows, columns = linear_sum_assignment(np.maximum(graph, 0), maximize=True)
        assert maximum_weight(graph, lambda: None) == np.maximum(graph, 0)[rows, columns].sum()


def test_any_multipliers_bound_the_revenue():
    from tests.families.trading_network import oracle as oracle

    rng = np.random.default_rng(1)
    for _ in range(60):
        n, m = rng.integers(1, 4, 2)
        values = rng.integers(0, 6, (n, m))
        known = rng.random((n, m)) < 0.5
        known[0, 0] = True
        multipliers = [[int(i), int(j), float(rng.random() * 2)] for i, j in np.argwhere(known)]
        data = {"multipliers": multipliers, "row_duals": [0.0] * n, "column_duals": [0.0] * m}
        bound = lagrangian_bound(values, known, ~known, data, lambda: None)
        best, _ = oracle.best_revenue(
            values.tolist(),
            [tuple(p) for p in np.argwhere(known).tolist()],
            [tuple(p) for p in np.argwhere(~known).tolist()],
        )
        assert bound >= best - 1e-9  # whatever duals miss is charged to the bound


RUNAWAY = TradingNetwork(
    [[3, 1, None, 5], [None, None, None, 4], [None] * 4, [3, None, 2, None]], [(0, 1), (3, 2)]
)


def test_huge_multipliers_prove_nothing():
    """Subgradient steps ran off to 1e16, and a bound of 0 was left of two huge sums."""
    data = {
        "multipliers": [[0, 1, 1.4807775080064914e16], [3, 2, 2.9615550160129828e16]],
        "row_duals": [1.4807775080064914e16, 0.0, 0.0, 5.9231100320259656e16],
        "column_duals": [2.0, 0.0, 0.0, 4.0],
    }
    values = np.where(np.isfinite(RUNAWAY.values), RUNAWAY.values, 0)
    mask = RUNAWAY.known_mask(), RUNAWAY.candidate_mask()
    assert lagrangian_bound(values, *mask, data, lambda: None) >= 4


def test_the_bound_holds_where_multipliers_would_run_off():
    best = evaluate_introductions(RUNAWAY, [(0, 3), (1, 3)], prices="least")
    assert best.revenue == 4
    for method in ("auto", "multipliers"):
        found = maximize_revenue(RUNAWAY, method=method, prices="least")
        assert found.bounds.upper >= 4
        assert found.solution.guarantee <= found.solution.revenue / 4


def test_a_certified_number_that_the_duals_do_not_prove(network, result):
    data = {**result.certificate.data, "certified": result.certificate.data["certified"] * 0.9}
    claimed = replace(result, certificate=replace(result.certificate, data=data))
    assert "certified-bound" in failed(network, claimed)


def test_an_answer_to_another_question():
    network = TradingNetwork([[11, 11, 6], [3, 0, 12]], [(0, 0), (0, 1), (1, 0)])
    result = maximize_revenue(network, method="enumeration", max_introductions=1)
    assert verify(network, result).verdict is Verdict.VALID
    for options in ({"prices": "least"}, {"max_introductions": None}, {"max_introductions": 2}):
        stats = replace(result.stats, options={**result.stats.options, **options})
        assert failed(network, replace(result, stats=stats)) == {"question"}


def test_nothing_called_solved_and_certified_without_a_certificate():
    """Introducing an idle pair earns nothing, 9 is possible."""
    network = TradingNetwork([[11, 11, 6], [3, 0, 12]], [(0, 0), (0, 1), (1, 0)])
    nothing = evaluate_introductions(network, [(1, 1)])
    assert nothing.revenue == 0
    claim = Result(
        status=Status.SOLVED,
        stats=Stats(method="enumeration"),
        solution=replace(nothing, guarantee=1.0),
        objective=0,
        bounds=Bounds(lower=0, upper=0, source="certified"),
    )
    assert failed(network, claim) == {"scanned-bound"}


@pytest.mark.parametrize("rule", ["greatest", "least"])
@pytest.mark.parametrize("most", [None, 1, 2])
def test_the_verifiers_own_enumeration(rule, most):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        values = rng.integers(0, 9, (2, 3))
        known = np.argwhere(rng.random((2, 3)) < 0.4)
        network = TradingNetwork(values, known)
        pairs = [(int(i), int(j)) for i, j in np.argwhere(network.candidate_mask())]
        sizes = range(min(len(pairs), len(pairs) if most is None else most) + 1)
        best = max(
            evaluate_introductions(network, chosen, prices=rule).revenue
            for size in sizes
            for chosen in combinations(pairs, size)
        )
        assert greatest_income(network, rule, most, 0.0, lambda: None) == best


def test_few_sets_of_many_candidates_are_all_looked_at():
    values = [[2**57, 3, 0], [0, 2**57, 2], [2**53, 2**57 + 1, 7]]
    network = TradingNetwork(values, [])
    assert greatest_income(network, "greatest", 1, 0, lambda: None) == 2**57 + 1
    assert greatest_income(network, "greatest", None, 0, lambda: None) is None  # 512 sets
    report = verify(network, maximize_revenue(network, max_introductions=1))
    assert report.verdict is Verdict.VALID
