"""The learner ``mvnn`` in training: what answers move, and records of it; needs PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import minimize

from eqsolve import CourseElicitation, ask, load_solution, save_solution, solve, verify
from eqsolve.core.report import Verdict
from eqsolve.families.course_elicitation.asking.menu import menus_of
from eqsolve.families.course_elicitation.generate import Small
from eqsolve.families.course_elicitation.instance import ACQUISITIONS, Mvnn
from eqsolve.families.course_elicitation.learning.ensemble import Ensemble, Parameter
from eqsolve.families.course_elicitation.learning.mvnn import MvnnBelief
from eqsolve.families.course_elicitation.learning.network import Network
from eqsolve.families.course_elicitation.learning.prior import Prior
from eqsolve.families.course_elicitation.mistakes import reports_of
from eqsolve.families.course_elicitation.strategies import course_elicitations

pytestmark = pytest.mark.learn

torch = pytest.importorskip("torch", reason="PyTorch is not installed (make test-learn)")


def prior_in(seed: int, error: float, learner: Mvnn | None = None) -> Prior:
    """Return where the first student of a small plan begins."""
    plan = Small(students=1, courses=4).instance(seed)
    reports = reports_of(plan)
    return Prior.around(
        menus_of(plan.market)[0], reports.values[0], reports.adjustments[0],
        Mvnn() if learner is None else learner, error,
    )  # fmt: skip


def test_sets_descend_to_the_least_of_a_quadratic_loss_and_stop_at_bounds() -> None:
    """(w - 3)^2 and the prior: between target and anchor where that is on the right side of 0."""
    rng = np.random.default_rng(1)
    up = Parameter(np.array([1.0, 0.2]), np.array([0.5, 2.0]))
    down = Parameter(np.array([-1.0]), np.array([1.0]), -1)
    ensemble = Ensemble([up, down], 4, rng)
    again = np.random.default_rng(1)
    anchors = [np.vstack([np.zeros(n), again.standard_normal((4, n))]) for n in (2, 1)]
    for _ in range(4):
        ensemble.descend(
            lambda w: ((w[0] - 3) ** 2).sum() + ((w[1] - 3) ** 2).sum(), steps=400, rate=0.1
        )
    for k in range(5):
        for place, part in enumerate((up, down)):
            anchor = part.centre + part.spread * anchors[place][k]
            weight = 1 / part.spread**2
            least = (2 * 3 + weight * anchor) / (2 + weight)
            least = np.maximum(least, 0) if part.sign > 0 else np.minimum(least, 0)
            assert ensemble.amounts(k)[place] == pytest.approx(least, abs=1e-3)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**20), st.sampled_from([0.0, 0.1, 0.25, 0.45]))
def test_an_answer_moves_the_best_guess_to_a_mode_of_the_loss(seed: int, error: float) -> None:
    """Against the loss written down once more, with forward differences, by scipy from there."""
    rng = np.random.default_rng(seed)
    prior = prior_in(seed, error)
    belief = MvnnBelief(prior, np.random.default_rng(seed))
    start = network_of(belief)
    answers = []
    for _ in range(6):
        first, second = rng.choice(len(prior.menu), 2, replace=False)
        pair = prior.menu.courses(first), prior.menu.courses(second)
        answers.append(pair)
        belief.learn(*pair)
    places = {prior.menu.courses(k): k for k in range(len(prior.menu))}
    power, noise = min(0.1 + 2 * error, 0.9), prior.learner.response / 1.702
    m, p = prior.menu.n_courses, len(prior.pairs)
    sizes = np.cumsum([m, p, start.inner.size, len(start.bias)])
    spreads = np.concatenate(
        [prior.spread, np.full(start.inner.size + 4, 0.3), np.full(4, prior.learner.pair_sd)]
    )
    signs = np.where(start.deltas < 0, -1.0, 1.0)

    def taken(heights: np.ndarray) -> np.ndarray:
        total = np.zeros(m)
        for pair, sign, height in zip(prior.pairs, signs, heights, strict=True):
            total[list(pair)] += max(-sign, 0.0) * height
        return total

    def packed(network: Network) -> np.ndarray:
        heights = np.abs(network.deltas)
        alone = network.values - taken(heights)
        return np.concatenate([alone, heights, network.inner.ravel(), network.bias, network.height])

    def loss(x: np.ndarray) -> float:
        alone, heights, inner, bias, height = np.split(x, sizes)
        network = Network(
            alone + taken(heights), prior.pairs, signs * heights, inner.reshape(-1, m), bias, height
        )
        worth = network.worth(prior.menu)
        more = np.array([worth[places[better]] - worth[places[other]] for better, other in answers])
        likely = -np.logaddexp(0, -more / noise)
        fit = float(((1 - np.exp(power * likely)) / power).sum())
        return fit + float((((x - packed(start)) / spreads) ** 2).sum()) / 2

    here = packed(network_of(belief))
    low = np.zeros(len(here))
    low[sizes[2] : sizes[3]] = -np.inf
    high = np.full(len(here), np.inf)
    high[sizes[2] : sizes[3]] = 0.0
    assert (here >= low).all()
    assert (here <= high).all()
    bounds = list(zip(low, high, strict=True))
    better = minimize(loss, here, bounds=bounds, method="L-BFGS-B", options={"maxiter": 25})
    told = loss(packed(start)) - loss(here)
    assert told >= 0.9 * (loss(packed(start)) - better.fun) - 1e-3


def network_of(belief: MvnnBelief) -> Network:
    """Return the best guess."""
    return Network(**dict(belief.kept()), pairs=belief.prior.pairs)


def test_answers_against_all_odds_leave_numbers_finite() -> None:
    prior = prior_in(3, 0.0, Mvnn(response=1e-6))
    belief = MvnnBelief(prior, np.random.default_rng(0))
    worth = belief.mean()
    best, worst = (prior.menu.courses(int(k)) for k in (np.argmax(worth), np.argmin(worth)))
    belief.learn(worst, best)
    belief.learn(best, worst)
    assert np.isfinite(belief.mean()).all()
    assert np.isfinite(belief.draw(np.random.default_rng(1))).all()


@pytest.mark.parametrize("acquisition", ACQUISITIONS)
@pytest.mark.parametrize("accuracy", [1.0, 0.75])
def test_records_are_repeated_and_checked_but_for_training(
    acquisition: str, accuracy: float, tmp_path: Path
) -> None:
    recipe = Small(queries=4, acquisition=acquisition, accuracy=accuracy, learner="mvnn")
    plan = recipe.instance(3)
    result = solve(plan)
    record = result.solution
    assert record is not None
    assert solve(plan).solution == record
    report = verify(plan, result)
    assert report.verdict is Verdict.NOT_PROVED
    assert not report.failures
    assert record.networks is not None
    assert f"of {record.n_queries} answers" in report.unchecked[0]
    agreeing = int(report.unchecked[0].split("agree with ")[1].split(" ")[0])
    assert agreeing >= 0.6 * record.n_queries
    save_solution(plan, result, tmp_path / "record.json")
    again = load_solution(tmp_path / "record.json", plan)
    assert again.solution == record
    assert verify(plan, again).unchecked == report.unchecked


@settings(max_examples=10, deadline=None)
@given(course_elicitations())
def test_no_record_is_called_wrong(plan: CourseElicitation) -> None:
    other = CourseElicitation(
        plan.market, noise=plan.noise, reports=plan.reports, queries=plan.queries,
        answerer=plan.answerer, learner={**plan.learner.to_dict(), "rule": "mvnn"},
        acquisition=plan.acquisition, mechanism=plan.mechanism, seed=plan.seed,
    )  # fmt: skip
    result = solve(other, time_limit=30)
    report = verify(other, result, recheck=["learner"])
    assert not report.failures, str(report)


def test_queries_help_and_the_curve_ends_at_the_record() -> None:
    plan = Small(students=30, courses=10, queries=15, learner="mvnn").instance(0)
    result = solve(plan)
    record = result.solution
    assert record is not None
    assert record.gain is not None
    assert record.gain > 0.03
    curve = ask(plan, "curve", result=result, counts=(0, 15))
    assert curve.check.valid
    assert record.learned is not None
    assert curve.fields["points"][1]["mean_utility"] == record.learned.mean_utility
