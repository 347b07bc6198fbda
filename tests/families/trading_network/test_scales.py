"""Scales do not change answers: uneven numbers against brute force in fractions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import Status, TradingNetwork, UnsupportedError
from eqsolve.families.trading_network.methods.enumeration import Enumeration
from eqsolve.families.trading_network.solve import METHODS, verify
from tests.families.trading_network import oracle
from tests.scales import exact, uneven_numbers

COMPILED = {"exact", "multipliers", "homogeneous", "program", "local_search", "log_approximation"}
BELOW = TradingNetwork(
    [
        [9007199254740989, 9007199254740989],
        [9007199254740990, 1935174465467911],
        [5689717915676713, 9007199254740991],
    ],
    known=[(0, 1), (1, 0)],
)
HUGE = TradingNetwork(
    [
        [144115188075855872, 3, 0],
        [0, 144115188075855872, 2],
        [9007199254740992, 144115188075855873, 122174317802174343],
    ],
    known=[],
)


@st.composite
def uneven_networks(draw: st.DrawFn) -> TradingNetwork:
    """Draw networks of at most 3 x 2 pairs, some of them known."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    entry = draw(uneven_numbers())
    values = [[draw(entry) for _ in range(m)] for _ in range(n)]
    known = [pair for pair in itertools.product(range(n), range(m)) if draw(st.booleans())]
    return TradingNetwork(values, known)


def parts(network: TradingNetwork) -> tuple[Any, set[tuple[int, int]], set[tuple[int, int]]]:
    """Return values as fractions, known pairs and candidates."""
    rows, columns = range(network.n_buyers), range(network.n_sellers)
    values = exact([[network.values[i, j] for j in columns] for i in rows])
    known = {(int(i), int(j)) for i, j in network.known}
    return values, known, set(itertools.product(rows, columns)) - known


@settings(max_examples=60)
@given(uneven_networks(), st.sampled_from(["greatest", "least"]), st.none() | st.integers(0, 2))
def test_whole_methods_agree_with_fractions(
    network: TradingNetwork, rule: str, most: int | None
) -> None:
    values, known, candidates = parts(network)
    best, _ = oracle.best_revenue(values, known, candidates, rule, most, 0)
    options: Any = {"prices": rule, "max_introductions": most}
    for method in METHODS:
        if method.name in COMPILED or method(**options).supports(network) is not None:
            continue
        if method.name == "program_as_stated" or not network.is_integral:
            continue
        result = eqsolve.solve(network, method=method.name, **options)
        assert (result.status, result.objective) == (Status.SOLVED, best), method.name


@settings(max_examples=40)
@given(uneven_networks())
def test_one_unit_more_is_refuted(network: TradingNetwork) -> None:
    if not network.is_integral or Enumeration().supports(network) is not None:
        return
    result = eqsolve.solve(network, method="enumeration")
    solution = result.solution
    assert solution is not None
    assert verify(network, result).tolerance == 0
    for place in range(network.n_sellers):
        wrong = solution.prices.copy()
        wrong[place] += 1
        assert not verify(network, replace(result, solution=replace(solution, prices=wrong))).valid
    for field in ("revenue", "welfare", "welfare_full", "welfare_without_platform"):
        wrong = replace(solution, **{field: getattr(solution, field) + 1})
        assert not verify(network, replace(result, solution=wrong)).valid, field


@settings(max_examples=40)
@given(uneven_networks().filter(lambda network: not network.is_integral))
def test_decimals_are_right_or_refused(network: TradingNetwork) -> None:
    if network.values.least_share < 1e-10:
        with pytest.raises(UnsupportedError, match="would vanish"):
            eqsolve.solve(network, method="enumeration")
        return
    result = eqsolve.solve(network, method="enumeration")
    best, _ = oracle.best_revenue(*parts(network), tolerance=0)
    assert result.objective == pytest.approx(float(best), abs=1e-11 * network.scale)


def test_values_of_2_53_are_not_rounded_by_the_verifier() -> None:
    values, known, candidates = parts(BELOW)
    best, _ = oracle.best_revenue(values, known, candidates, tolerance=0)
    for method in ("auto", "enumeration"):
        result = eqsolve.solve(BELOW, method=method)
        assert (result.status, result.objective) == (Status.SOLVED, best)


def test_values_of_2_57_are_exact_or_refused() -> None:
    result = eqsolve.solve(HUGE, max_introductions=1)
    assert (result.status, result.objective) == (Status.SOLVED, 144115188075855873)
    assert eqsolve.solve(HUGE).objective == 410404693953886087
    with pytest.raises(UnsupportedError, match=r"2\*\*44.*apply: auto"):
        eqsolve.solve(HUGE, method="exact", max_introductions=1)


def test_values_beyond_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match=r"2\*\*60 / 5"):
        eqsolve.solve(TradingNetwork([[2**60, 1], [3, 4]], known=[(0, 0)]))
    with pytest.raises(UnsupportedError, match="would vanish"):
        eqsolve.solve(TradingNetwork([[1e16, 1.5], [3, 4]], known=[(0, 0)]))
