"""Reports collect, compare relatively, and never let NaN pass."""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.report import ReportBuilder, Verdict
from eqsolve.core.tolerances import EXACT, Tolerances


def compare(violation: list[float], magnitude: float, tolerances: Tolerances, scale: float) -> bool:
    builder = ReportBuilder(tolerances, scale)
    return builder.compare("x", "condition", np.array(violation), magnitude, lambda i: f"at {i}")


def test_exact_comparison_forgives_nothing() -> None:
    assert compare([0, -1], 5, EXACT, 5)
    assert not compare([0, 1e-12], 5, EXACT, 5)


def test_tolerance_is_relative_to_the_numbers_compared() -> None:
    assert compare([1e-7], 1.0, Tolerances(1e-6), 1.0)
    assert not compare([1e-7], 1e-3, Tolerances(1e-6), 1.0)


def test_tolerance_never_asks_for_more_than_double_rounding_can_give() -> None:
    assert compare([1e-5], 1e-3, Tolerances(1e-6), 1e9)


def test_nan_is_a_violation() -> None:
    assert not compare([float("nan")], 1.0, Tolerances(1e-6), 1.0)


def test_the_worst_place_is_described() -> None:
    builder = ReportBuilder(EXACT, 1.0)
    builder.compare("x", "condition", np.array([1, 3, 2]), 1, lambda i: f"at {i}")
    builder.require("y", "other", [])
    report = builder.finish()
    assert not report.valid
    assert report.failures[0].worst == "at 1"
    assert report.failures[0].violations == 3
    assert "x: at 1" in str(report)
    assert [check.passed for check in report.checks] == [False, True]


def test_empty_sides_pass() -> None:
    assert compare([], 1.0, EXACT, 0.0)


def test_a_report_has_three_verdicts() -> None:
    builder = ReportBuilder(EXACT, 1.0)
    builder.require("x", "condition", [])
    assert builder.finish().verdict is Verdict.VALID
    builder.leave("that nothing is better: the word of a backend")
    unproved = builder.finish()
    assert unproved.valid
    assert unproved.verdict is Verdict.NOT_PROVED
    assert "the word of a backend" in str(unproved)
    assert unproved.to_dict()["verdict"] == "not proved"
    assert unproved.to_dict()["unchecked"] == ["that nothing is better: the word of a backend"]
    builder.require("y", "other", ["broken"])
    assert builder.finish().verdict is Verdict.VIOLATED
    assert str(builder.finish()).startswith("not valid")


def test_a_condition_without_numbers_is_broken_beyond_measure() -> None:
    builder = ReportBuilder(EXACT, 1.0)
    builder.require("x", "condition", [])
    assert builder.finish().max_violation == 0
    builder.require("y", "other", ["broken"])
    assert builder.finish().max_violation == math.inf
    assert builder.finish().to_dict()["max_violation"] is None


def test_whole_numbers_are_off_by_what_they_are_off_by() -> None:
    builder = ReportBuilder(EXACT, 100.0)
    builder.compare("a", "equal", np.array([0, 3]), np.array([50, 100]), str)
    (check,) = builder.finish().checks
    assert (check.violations, check.max_violation, check.index) == (1, 3.0, (1,))
