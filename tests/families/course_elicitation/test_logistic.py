"""The learner ``logistic``: a mode found by scikit-learn, and by the verifier's own steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve import CourseElicitation, Status, solve, verify
from eqsolve.core import method
from eqsolve.core.errors import UnsupportedError
from eqsolve.core.report import Verdict
from eqsolve.families.course_elicitation.asking.menu import menus_of
from eqsolve.families.course_elicitation.generate import Small
from eqsolve.families.course_elicitation.instance import ACQUISITIONS, Logistic
from eqsolve.families.course_elicitation.learning.logistic import LogisticBelief
from eqsolve.families.course_elicitation.learning.prior import Prior
from eqsolve.families.course_elicitation.mistakes import reports_of
from eqsolve.families.course_elicitation.solution import Utilities
from eqsolve.families.course_elicitation.strategies import course_elicitations


def test_without_scikit_learn_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(method, "find_spec", lambda name: None)
    plan = Small(students=3, courses=4, queries=1, learner="logistic").instance(0)
    with pytest.raises(UnsupportedError) as caught:
        solve(plan)
    line = "its learner is logistic: it needs sklearn, not installed here; pip install scikit-learn"
    assert line in str(caught.value)
    assert solve(Small(students=3, courses=4, queries=1).instance(0)).status is Status.SOLVED


def test_without_answers_the_report_is_what_is_learned_and_no_package_is_loaded() -> None:
    plan = Small(queries=0, learner="logistic").instance(0)
    market, reports = plan.market, reports_of(plan)
    prior = Prior.around(
        menus_of(market)[0], reports.values[0], reports.adjustments[0], Logistic(), 0
    )
    values, pairs = LogisticBelief(prior).utilities()
    told = reports.values[0]
    assert values.tolist() == np.where(told > 0, told, 20.0).tolist()
    assert pairs == list(reports.adjustments[0])


needs = pytest.mark.learn


@pytest.fixture
def sklearn() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed (make test-learn)")


@needs
@pytest.mark.usefixtures("sklearn")
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**20), st.sampled_from([0.0, 0.1, 0.25, 0.45]), st.integers(1, 12))
def test_no_step_from_the_mode_is_likelier(seed: int, error: float, answers: int) -> None:
    """Against the posterior itself: its weighted logarithm falls in every direction."""
    rng = np.random.default_rng(seed)
    plan = Small(students=1, courses=5).instance(seed)
    reports = reports_of(plan)
    prior = Prior.around(
        menus_of(plan.market)[0], reports.values[0], reports.adjustments[0], Logistic(), error
    )
    belief = LogisticBelief(prior)
    rows, noise = [], 15.0 / 1.702
    for _ in range(answers):
        before = belief.weights
        first, second = rng.choice(len(prior.menu), 2, replace=False)
        better, other = prior.menu.courses(first), prior.menu.courses(second)
        belief.learn(better, other)
        rows.append(prior.features(better) - prior.features(other))

    def likely(w: np.ndarray) -> float:
        right = 1 / (1 + np.exp(-np.array(rows) @ w / noise))
        meant = 1 / (1 + np.exp(-np.array(rows) @ before / noise))
        meant = (1 - 2 * error) * meant / (error + (1 - 2 * error) * meant)
        return float(meant @ np.log(right) - (((w - prior.mean) / prior.spread) ** 2).sum() / 2)

    top = likely(belief.weights)
    for _ in range(20):
        step = rng.standard_normal(len(prior.mean))
        assert likely(belief.weights + step) < top
        assert likely(belief.weights + 1e-4 * step) < top + 1e-12
        # Laplace: the second difference is that of the Gaussian.
        bend = likely(belief.weights + 0.1 * step) + likely(belief.weights - 0.1 * step) - 2 * top
        told = -0.01 * step @ np.linalg.solve(belief.covariance, step)
        assert bend == pytest.approx(told, rel=0.02)


@needs
@pytest.mark.usefixtures("sklearn")
@settings(max_examples=15, deadline=None)
@given(course_elicitations())
def test_every_record_is_proved_down_to_the_choice_of_queries(plan: CourseElicitation) -> None:
    other = with_learner(plan)
    result = solve(other, time_limit=30)
    report = verify(other, result, recheck=["learner"])
    assert report.verdict is Verdict.VALID, str(report)


@needs
@pytest.mark.usefixtures("sklearn")
@pytest.mark.parametrize("acquisition", ACQUISITIONS)
@pytest.mark.parametrize("accuracy", [1.0, 0.75])
def test_records_are_repeated_and_lies_are_named(acquisition: str, accuracy: float) -> None:
    recipe = Small(queries=5, acquisition=acquisition, accuracy=accuracy, learner="logistic")
    plan = recipe.instance(3)
    result = solve(plan)
    record = result.require()
    assert solve(plan).require() == record
    assert verify(plan, result, recheck=["learner"]).verdict is Verdict.VALID
    told = record.learned_utilities
    first = (told.values[0][0] + 0.01, *told.values[0][1:])
    lie = replace(record, learned_utilities=Utilities((first, *told.values[1:]), told.adjustments))
    failed = [check.id for check in verify(plan, lie).failures]
    assert "elicitation.learner" in failed
    # What another learner asks about and learns is not what this one does.
    bayes = replace(solve(replace_learner(plan, "bayes")).require(), plan=plan)
    failed = [check.id for check in verify(plan, bayes, recheck=["learner"]).failures]
    assert "elicitation.learner" in failed
    if acquisition in ("double_thompson", "top_two", "obis"):
        assert "elicitation.choices" in failed


@needs
@pytest.mark.usefixtures("sklearn")
def test_queries_help() -> None:
    plan = Small(students=30, courses=10, queries=15, learner="logistic").instance(0)
    record = solve(plan).require()
    assert record.gain is not None
    assert record.gain > 0.03


def with_learner(plan: CourseElicitation) -> CourseElicitation:
    """Return a plan with this learner, and the share of errors that it had."""
    return replace_learner(plan, {**plan.learner.to_dict(), "rule": "logistic"})


def replace_learner(plan: CourseElicitation, learner: object) -> CourseElicitation:
    return CourseElicitation(
        plan.market, noise=plan.noise, reports=plan.reports, queries=plan.queries,
        answerer=plan.answerer, learner=learner, acquisition=plan.acquisition,
        mechanism=plan.mechanism, seed=plan.seed,
    )  # fmt: skip
