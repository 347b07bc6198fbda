"""No method of any family takes a backend's silence, limit, error or unknown word for a proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve import DeliveryMarket, Status
from eqsolve.algorithms.programs import conic, linear, mixed_integer
from eqsolve.algorithms.programs.ortools_first import load_mathopt
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.result import Result
from eqsolve.core.status import Limit

REASONS = load_mathopt().TerminationReason

TIPPED = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
"""Efficient transactions are worth 5, the best equilibrium 3."""

FLOORED = DeliveryMarket(
    [[4, 7, 5]], [[[1_000_000, 4, 8]], [[6, 1_000_000, 1_000_000]]], tips=False
)
"""The best equilibrium is worth 3, with a cash flow of -2 at most."""

NONE = DeliveryMarket([[4, 3]], [[[None, 1]]], tips=False)
"""No equilibrium: the buyer demands what nobody can deliver."""

ALIKE = eqsolve.TradingNetwork(
    [[4, 4, 4], [3, 3, 3], [2, 2, 2]], known=[(0, 0), (1, 0), (1, 1), (2, 1)]
)
"""Goods valued alike."""

LOGS = 2 * math.log(2)
"""Sum of the logarithms of two utilities of 2."""

CALLERS: dict[str, tuple[Any, dict[str, Any], float]] = {
    "assignment": (eqsolve.AssignmentMarket([[5, 3], [4, 1]]), {"method": "linear_program"}, 7),
    "fisher": (eqsolve.FisherMarket([[2, 1], [1, 2]], [1, 1]), {"method": "eisenberg_gale"}, LOGS),
    "compact": (TIPPED, {"method": "compact"}, 3),
    "search": (TIPPED, {"method": "support_search"}, 3),
    "search, HiGHS": (TIPPED, {"method": "support_search", "backend": "highs"}, 3),
    "floor, enumerated": (FLOORED, {"method": "enumeration", "cash_flow_floor": -100.0}, 3),
    "floor, searched": (FLOORED, {"method": "support_search", "cash_flow_floor": -100.0}, 3),
    "choice": (TIPPED, {"method": "enumeration", "choose": "least_subsidy"}, 3),
    "choice, searched": (TIPPED, {"method": "support_search", "choose": "cash_flow"}, 3),
    "trading": (ALIKE, {"method": "plain"}, 6),
    "trading, alike": (ALIKE, {"method": "homogeneous", "steps": 0, "rounds": 0}, 6),
}
"""Instance, options and best objective of a call of every place that asks a backend."""


def _mathopt(reason: Any, bound: float = np.inf) -> Callable[..., Any]:
    """Return a MathOpt that says a word and has no solution."""
    said = SimpleNamespace(
        termination=SimpleNamespace(
            reason=reason, detail="odd", objective_bounds=SimpleNamespace(dual_bound=bound)
        ),
        has_primal_feasible_solution=lambda: False,
    )
    return lambda *args: said


def _linprog(status: int) -> Callable[..., Any]:
    """Return a linprog that ends with a status and has no solution."""
    return lambda *args, **kwargs: SimpleNamespace(status=status, message="odd")


def _clarabel(word: str) -> Callable[..., Any]:
    """Return a Clarabel that says a word and has no solution."""
    return lambda data, deadline: SimpleNamespace(
        solve=lambda: SimpleNamespace(status=word, z=np.ones(len(data["b"])))
    )


def _raising(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("odd")


def _faults() -> Iterator[tuple[str, Any, Any, Any]]:
    """Yield a name and what MathOpt, linprog and Clarabel do."""
    yield "silence", None, None, None
    yield "exceptions", _raising, _raising, _raising
    limits = (REASONS.NO_SOLUTION_FOUND, 1, "MaxTime")
    yield "limits", _mathopt(limits[0]), _linprog(limits[1]), _clarabel(limits[2])
    yield "wrong sign", _mathopt(limits[0], -np.inf), _linprog(1), _clarabel("MaxIterations")
    yield "empty optimum", _mathopt(REASONS.OPTIMAL), _linprog(4), _clarabel("NumericalError")
    yield "unbounded", _mathopt(REASONS.UNBOUNDED), _linprog(3), _clarabel("DualInfeasible")
    odd = _mathopt(REASONS.INFEASIBLE_OR_UNBOUNDED)
    yield "no solution", odd, _linprog(2), _clarabel("PrimalInfeasible")
    yield "unknown words", _mathopt(REASONS.OTHER_ERROR), _linprog(99), _clarabel("Unheard")


LIMITS = ("silence", "limits", "wrong sign")
"""Faults that are no errors."""

FAULTS = {name: said for name, *said in _faults()}


@pytest.fixture(params=FAULTS)
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let all backends break in one way; the name of the way."""
    first, second, third = FAULTS[request.param]
    if first is None:  # a call that does not come back in time
        monkeypatch.setattr(mixed_integer, "run_apart", lambda *args: None)
        monkeypatch.setattr(linear, "run_apart", lambda *args: None)
        third = _clarabel("CallbackTerminated")
    else:
        monkeypatch.setattr(mixed_integer, "_solve", first)
        monkeypatch.setattr("scipy.optimize.linprog", second)
    monkeypatch.setattr(conic, "_solver", third)
    return str(request.param)


def _check(result: Result[Any], best: float) -> None:
    """Assert that everything a result says is true."""
    assert result.status is not Status.NO_EQUILIBRIUM
    if result.status is not Status.SOLVED:
        assert result.limit is not None
        failed = any("foreign solver failed" in remark for remark in result.stats.remarks)
        assert failed == (result.limit is Limit.BACKEND)
    assert result.bounds.upper >= best - 1e-6
    if result.status is Status.SOLVED:
        assert result.objective == pytest.approx(best)
    if result.objective is not None:
        assert result.objective <= best + 1e-6


@pytest.mark.parametrize("caller", CALLERS)
def test_nothing_false_is_said_when_backends_break(caller: str, broken: str) -> None:
    instance, options, best = CALLERS[caller]
    with suppress(BackendError) if broken not in LIMITS else nullcontext():
        _check(eqsolve.solve(instance, **options), best)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("seconds", [1e-6, 1e-3, 0.02])
def test_late_is_not_infeasible(caller: str, seconds: float) -> None:
    instance, options, best = CALLERS[caller]
    result = eqsolve.solve(instance, deadline=Deadline(Limits(time=seconds)), **options)
    _check(result, best)


@pytest.mark.parametrize("caller", CALLERS)
def test_the_callers_are_right_where_nothing_breaks(caller: str) -> None:
    instance, options, best = CALLERS[caller]
    result = eqsolve.solve(instance, **options)
    assert result.status is Status.SOLVED
    assert result.stats.remarks == ()
    assert result.objective == pytest.approx(best)


def test_no_equilibrium_is_still_proved() -> None:
    assert eqsolve.solve(NONE, method="support_search").status is Status.NO_EQUILIBRIUM


CHOICES = ["none", "cash_flow", "least_tips", "least_subsidy", "buyers", "couriers"]


@pytest.mark.parametrize("choose", CHOICES)
@pytest.mark.parametrize("method", ["enumeration", "support_search", "structured", "compact"])
@pytest.mark.parametrize("tips", [True, False])
def test_a_choice_is_obeyed_or_the_answer_says_that_it_was_not(
    choose: str, method: str, tips: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = DeliveryMarket([[1, 6]], [[[5, 2]]], tips=tips)
    obeyed = eqsolve.solve(market, method=method, choose=choose)
    assert obeyed.status is Status.SOLVED
    monkeypatch.setattr(linear, "run_apart", lambda *args: None)
    late = eqsolve.solve(market, method=method, choose=choose)
    assert late.objective == obeyed.objective
    if late.status is Status.SOLVED:
        assert choose in ("none", "couriers")  # those of the support test
        assert late.stats.remarks == ()
    else:
        assert (late.status, late.limit) == (Status.FEASIBLE, Limit.TIME)
        assert f"choose={choose} was not obeyed" in late.stats.remarks[0]
        assert f"note: {late.stats.remarks[0]}" in late.summary()


def test_couriers_with_a_floor_get_the_greatest_wages_above_it() -> None:
    market = DeliveryMarket([[9, 4], [6, 8]], [[[1, 0], [0, 0]], [[0, 0], [0, 2]]])
    free = eqsolve.solve(market, choose="couriers").require()
    greatest = eqsolve.solve(market, choose="cash_flow").require()
    assert free.platform_cash_flow < greatest.platform_cash_flow
    floor = float(free.platform_cash_flow + greatest.platform_cash_flow) / 2
    wages = {
        choose: eqsolve.solve(market, choose=choose, cash_flow_floor=floor).require()
        for choose in ("couriers", "cash_flow", "buyers")
    }
    best = float(wages["couriers"].courier_utilities.sum())
    assert wages["couriers"].platform_cash_flow >= floor - 1e-6
    assert best > float(wages["cash_flow"].courier_utilities.sum())
    assert best >= float(wages["buyers"].courier_utilities.sum())
