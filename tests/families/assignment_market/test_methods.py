"""Every method on every case it supports: status, verified, agreement, determinism, limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import eqsolve
from eqsolve import AssignmentMarket, Limit, Status
from eqsolve.families.assignment_market.generate import SparseUniform
from eqsolve.families.assignment_market.solve import METHODS
from eqsolve.testing import assignment_markets

NAMES = [method.name for method in METHODS]
rng = np.random.default_rng(11)


def _sparse(market: AssignmentMarket) -> AssignmentMarket:
    """Return the same market in sparse form."""
    indptr, indices, data = market.values.csr()
    buyer = np.repeat(np.arange(market.n_buyers), np.diff(indptr))
    return AssignmentMarket.from_edges(
        market.n_buyers, market.n_sellers, buyer, indices, data, market.reserves
    )


def _gaps(table: np.ndarray, share: float) -> np.ndarray:
    return np.where(rng.random(table.shape) < share, np.nan, table)


CASES = {
    "no-buyers": AssignmentMarket(np.zeros((0, 3)), [1, 0, 2]),
    "no-sellers": AssignmentMarket(np.zeros((3, 0))),
    "nobody": AssignmentMarket(np.zeros((0, 0))),
    "one-pair": AssignmentMarket([[5]], [2]),
    "one-pair-too-dear": AssignmentMarket([[5]], [7]),
    "all-zero": AssignmentMarket(np.zeros((4, 3))),
    "all-equal": AssignmentMarket(np.full((12, 9), 7)),
    "no-edges": AssignmentMarket(np.full((3, 4), np.nan)),
    "uniform": AssignmentMarket(rng.random((25, 25))),
    "wide": AssignmentMarket(rng.random((8, 40))),
    "tall": AssignmentMarket(rng.random((40, 8)), rng.random(8)),
    "integers": AssignmentMarket(rng.integers(0, 6, (30, 30)), rng.integers(0, 4, 30)),
    "gaps": AssignmentMarket(_gaps(rng.integers(0, 9, (20, 25)), 0.8)),
    "machol-wien": AssignmentMarket(np.outer(np.arange(1, 26), np.arange(1, 26))),
    "twelve-magnitudes": AssignmentMarket(10.0 ** rng.uniform(-6, 6, (20, 20))),
    "beyond-2**53": AssignmentMarket(2**55 + rng.integers(0, 9, (6, 6))),
    "sparse": _sparse(AssignmentMarket(_gaps(rng.random((40, 40)), 0.85))),
    "sparse-empty": _sparse(AssignmentMarket(np.full((3, 4), np.nan))),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_every_method_solves_every_case_it_supports(name: str, case: str) -> None:
    market = CASES[case]
    reference = eqsolve.solve(market).require()
    method = next(method for method in METHODS if method.name == name)()
    if method.supports(market) is not None:
        with pytest.raises(eqsolve.UnsupportedError, match="methods that apply"):
            eqsolve.solve(market, method=name)
        return
    result = eqsolve.solve(market, method=name)
    assert result.status is Status.SOLVED
    assert result.limit is None
    assert result.check.valid
    assert market.is_integral == (result.check.tolerance == 0)
    assert result.bounds.lower == result.objective == result.bounds.upper
    close = {"rtol": 1e-9, "atol": 1e-12 * market.scale}
    np.testing.assert_allclose(result.solution.welfare, reference.welfare, **close)
    for end in ("price_min", "price_max"):
        np.testing.assert_allclose(getattr(result.solution, end), getattr(reference, end), **close)
    if market.is_integral:
        assert result.solution.price_min.tolist() == reference.price_min.tolist()
        assert result.solution.price_max.tolist() == reference.price_max.tolist()
    again = eqsolve.solve(market, method=name)
    assert again.solution.to_dict() == result.solution.to_dict()


@settings(max_examples=60)
@given(assignment_markets())
def test_all_methods_agree_on_small_markets(market: AssignmentMarket) -> None:
    ends = {}
    for method in METHODS:
        if method().supports(market) is None and method.name != "linear_program":
            solution = eqsolve.solve(market, method=method.name).require()
            ends[method.name] = (solution.price_min, solution.price_max)
    for low, high in ends.values():
        close = {"rtol": 1e-9, "atol": 1e-9 * market.scale}
        np.testing.assert_allclose(low, ends["auto"][0], **close)
        np.testing.assert_allclose(high, ends["auto"][1], **close)


@settings(max_examples=10)
@given(assignment_markets(max_buyers=3, max_sellers=3))
def test_the_linear_program_agrees_on_small_markets(market: AssignmentMarket) -> None:
    reference = eqsolve.solve(market).require()
    solution = eqsolve.solve(market, method="linear_program").require()
    np.testing.assert_allclose(
        solution.price_max, reference.price_max, rtol=1e-9, atol=1e-9 * market.scale
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_canceled_run_says_so(name: str) -> None:
    deadline = eqsolve.Deadline()
    deadline.cancel()
    market = AssignmentMarket(rng.random((300, 300)))
    result = eqsolve.solve(market, method=name, deadline=deadline)
    assert (result.status, result.limit) == (Status.UNKNOWN, Limit.INTERRUPTED)
    assert result.solution is None


@pytest.mark.parametrize("name", ["augmenting", "sparse", "auction", "linear_program"])
def test_the_time_limit_is_obeyed(name: str) -> None:
    market = AssignmentMarket(rng.random((1200, 1200)))
    result = eqsolve.solve(market, method=name, time_limit=1e-4)
    assert (result.status, result.limit) == (Status.UNKNOWN, Limit.TIME)
    with pytest.raises(eqsolve.NoSolutionError, match="raise the limit"):
        result.require()


def test_a_run_stopped_between_matching_and_prices_has_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from eqsolve.algorithms.matching.dense import matching as dense_matching

    deadline = eqsolve.Deadline()
    find = dense_matching.max_weight_matching

    def find_and_cancel(*arguments: Any, **options: Any) -> Any:
        found = find(*arguments, **options)
        deadline.cancel()
        return found

    monkeypatch.setattr(dense_matching, "max_weight_matching", find_and_cancel)
    market = eqsolve.AssignmentMarket(np.random.default_rng(0).integers(0, 99, (30, 30)))
    result = eqsolve.solve(market, method="augmenting", deadline=deadline)
    assert (result.status, result.limit) == (Status.UNKNOWN, Limit.INTERRUPTED)


@pytest.mark.parametrize("name", ["auto", "augmenting", "sparse"])
@pytest.mark.parametrize("start", ["least", "greatest", "random", "huge", "negative"])
def test_any_initial_prices_give_the_same_ends(name: str, start: str) -> None:
    for market in (CASES["integers"], CASES["tall"], CASES["gaps"], CASES["sparse"]):
        known = eqsolve.solve(market).require()
        m = market.n_sellers
        prices = {
            "least": known.price_min,
            "greatest": known.price_max,
            "random": np.random.default_rng(5).random(m) * market.scale,
            "huge": np.full(m, 1e300),
            "negative": np.full(m, -5.0),
        }[start]
        result = eqsolve.solve(market, method=name, initial_prices=prices)
        np.testing.assert_allclose(result.solution.price_min, known.price_min, atol=1e-9)
        np.testing.assert_allclose(result.solution.price_max, known.price_max, atol=1e-9)


def test_a_good_start_spares_work() -> None:
    market = AssignmentMarket(rng.random((400, 400)))
    cold = eqsolve.solve(market, method="sparse")
    warm = eqsolve.solve(market, method="sparse", initial_prices=cold.solution.price_min)
    assert warm.stats.counts["bids"] < cold.stats.counts["bids"] / 2


@pytest.mark.parametrize("prices", [[1.0], [1.0, float("nan")], [[1.0, 2.0]], ["a", "b"]])
def test_initial_prices_that_cannot_be_are_refused(prices: object) -> None:
    with pytest.raises(eqsolve.OptionError, match="initial_prices"):
        eqsolve.solve(AssignmentMarket([[1, 2]]), initial_prices=prices)


def test_whole_numbers_too_large_are_refused_with_the_rule() -> None:
    market = AssignmentMarket([[2**62]])
    with pytest.raises(eqsolve.UnsupportedError, match=r"at most 2\*\*60"):
        eqsolve.solve(market)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_whose_sums_overflow_are_refused(name: str) -> None:
    market = AssignmentMarket([[1e308, 1e308], [1e308, 1.5e308]])
    with pytest.raises(eqsolve.UnsupportedError, match="sums stay finite"):
        eqsolve.solve(market, method=name)


def test_too_large_for_the_auction_names_the_methods_that_apply() -> None:
    market = AssignmentMarket(np.full((9, 9), 2**58))
    with pytest.raises(eqsolve.UnsupportedError, match="methods that apply: auto, augmenting"):
        eqsolve.solve(market, method="auction")


def test_auto_says_why() -> None:
    assert "pairs" in eqsolve.solve(CASES["uniform"]).stats.reason
    thin = SparseUniform(buyers=300, degree=4).instance(0)
    assert eqsolve.solve(thin).stats.method == "sparse"
    assert eqsolve.solve(CASES["uniform"]).stats.method == "relaxation"
    large = AssignmentMarket(np.full((21, 20), 2**55))
    assert eqsolve.solve(large).stats.method == "augmenting"


def test_unit_steps_and_jumps_end_alike() -> None:
    market = CASES["integers"]
    jumps = eqsolve.solve(market, method="ascending").solution
    steps = eqsolve.solve(market, method="ascending", unit_steps=True).solution
    assert all(step.increase == 1 for step in steps.price_path)
    assert len(steps.price_path) >= len(jumps.price_path)
    assert steps.price_min.tolist() == jumps.price_min.tolist()
    with pytest.raises(eqsolve.UnsupportedError, match="unit_steps"):
        eqsolve.solve(CASES["uniform"], method="ascending", unit_steps=True)


CATALOG = sorted((Path(__file__).resolve().parents[3] / "instances/assignment_market").rglob("*"))


@pytest.mark.parametrize(
    "path", [path for path in CATALOG if path.suffix == ".json"], ids=lambda path: path.stem
)
def test_the_catalog_has_the_answers_it_states(path: Path) -> None:
    market = eqsolve.load(path)
    expected = market.metadata["expected"]
    assert market.metadata["source"]
    result = eqsolve.solve(market)
    assert result.status.value == expected["status"]
    assert result.objective == expected.get("objective", expected.get("welfare"))
    for end in ("price_min", "price_max"):
        if end in expected:
            assert getattr(result.solution, end).tolist() == pytest.approx(expected[end])
