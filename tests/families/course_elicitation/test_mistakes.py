"""Reports with mistakes: every step of the model, and the figures that it was fitted to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from eqsolve import CourseAllocation, CourseElicitation
from eqsolve.families.course_allocation.generate import Simulator
from eqsolve.families.course_elicitation.mistakes import reports_of
from eqsolve.families.course_elicitation.strategies import course_elicitations
from eqsolve.families.course_elicitation.verify.definitions import replayed_report

NOTHING = {"forget_base": 0, "base_sd": 0, "forget_adjustments": 0, "adjustment_spread": 0}


def reported(market: CourseAllocation, seed: int = 0, **noise: float) -> CourseAllocation:
    plan = CourseElicitation(market, noise={**NOTHING, **noise}, queries=0, seed=seed)
    return reports_of(plan)


@given(course_elicitations())
def test_reports_are_those_of_the_words_of_the_model(plan: CourseElicitation) -> None:
    found = reports_of(plan)
    for i in range(plan.n_students):
        values, pairs = replayed_report(plan, i)
        assert found.values[i].tolist() == pytest.approx(values)
        told = {(a, b): delta for a, b, delta in found.adjustments[i]}
        assert told == pytest.approx(pairs)
    assert found.allowed.tolist() == plan.market.allowed.tolist()


def test_without_mistakes_sums_over_pairs_are_reported_as_they_are() -> None:
    adjusted: Any = [[[0, 2, -4], [1, 2, 3]]]
    market = CourseAllocation([[5, 3, 8]], [1, 1, 1], adjustments=adjusted)
    found = reported(market)
    assert found.values.tolist() == [[5, 3, 8]]
    assert found.adjustments == (((0, 2, -4.0), (1, 2, 3.0)),)


def test_groups_are_reported_by_their_first_increment() -> None:
    groups = [[{"courses": [0, 1, 2], "bonus": [0, 0.4, 0.72]}]]
    market = CourseAllocation([[10, 20, 30]], [1, 1, 1], groups=groups)
    told = {(a, b): delta for a, b, delta in reported(market).adjustments[0]}
    assert told == pytest.approx({(0, 1): 12.0, (0, 2): 16.0, (1, 2): 20.0})
    spread = [reported(market, seed, adjustment_spread=0.2) for seed in range(200)]
    factors = np.array([told.adjustments[0][0][2] / 12 for told in spread])
    assert 0.8 <= factors.min() < 0.82
    assert 1.18 < factors.max() <= 1.2
    assert factors.mean() == pytest.approx(1, abs=0.03)


def test_the_lowest_are_forgotten_and_with_them_what_is_said_of_them() -> None:
    adjusted: Any = [[[0, 1, 5], [2, 3, 5]]]
    market = CourseAllocation([[1, 9, 7, 8, 2]], [1] * 5, adjustments=adjusted)
    counts = []
    for seed in range(200):
        found = reported(market, seed, forget_base=0.5)
        lost = np.flatnonzero(found.values[0] == 0).tolist()
        assert lost in ([0, 4], [0, 2, 4])
        counts.append(len(lost))
        told = [pair[:2] for pair in found.adjustments[0]]
        assert told == ([(2, 3)] if len(lost) == 2 else [])
    assert np.mean(counts) == pytest.approx(2.5, abs=0.15)


def test_members_are_forgotten_with_their_chance() -> None:
    pair: Any = [[[0, 1, 5]]] * 400
    market = CourseAllocation([[1, 2]] * 400, [1, 1], adjustments=pair)
    kept = sum(len(own) for own in reported(market, forget_adjustments=0.4).adjustments)
    assert kept / 400 == pytest.approx(0.36, abs=0.07)


def test_values_are_disturbed_by_their_standard_deviation_and_cut_at_zero() -> None:
    market = CourseAllocation([[200.0, 0.0]] * 600, [1, 1])
    found = reported(market, base_sd=23).values
    assert found[:, 0].mean() == pytest.approx(200, abs=3)
    assert found[:, 0].std() == pytest.approx(23, abs=2)
    assert (found >= 0).all()
    assert (found[:, 1] == 0).mean() == pytest.approx(0.5, abs=0.07)


def test_students_draw_from_streams_of_their_own() -> None:
    market = CourseAllocation([[50, 30, 20]] * 3, [1, 1, 1])
    fewer = CourseAllocation([[50, 30, 20]] * 2, [1, 1, 1])
    assert (
        reported(market, base_sd=9).values[:2].tolist()
        == reported(fewer, base_sd=9).values.tolist()
    )
    one, other = reported(market, 1, base_sd=9), reported(market, 2, base_sd=9)
    assert one != other


@pytest.mark.parametrize("popular", [6, 9])
def test_profiles_lead_to_as_many_pairs_as_students_reported(popular: int) -> None:
    """Budish and Kessler (2022) saw 1.08 adjustments per student, and half of the courses rated."""
    means, rated = [], []
    for seed in range(3):
        market = Simulator(popular=popular).instance(seed)
        found = reports_of(CourseElicitation(market, noise=f"popular{popular}", queries=0))
        means.append(np.mean([len(own) for own in found.adjustments]))
        rated.append((found.values > 0).mean())
    assert 0.6 < np.mean(means) < 1.8
    assert np.mean(rated) == pytest.approx(0.5, abs=0.02)
