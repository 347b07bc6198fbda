"""The learner against numbers: moments of the true posterior, by brute integration."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve.families.course_elicitation.asking.menu import Menu
from eqsolve.families.course_elicitation.instance import Bayes, Learner, Pair
from eqsolve.families.course_elicitation.learning.bayes import BayesBelief
from eqsolve.families.course_elicitation.learning.prior import Prior

STEPS = np.linspace(-7, 7, 241)
CELLS = np.stack(np.meshgrid(STEPS, STEPS, indexing="ij"), axis=-1).reshape(-1, 2)
WEIGHTS = np.exp(-(CELLS**2).sum(axis=1) / 2)


USUAL = Bayes()


def belief_in(
    values: Sequence[float], pairs: Sequence[Pair] = (), learner: Learner = USUAL,
    error: float = 0.0,
) -> BayesBelief:  # fmt: skip
    """Return what is believed by a report alone."""
    m = len(values)
    menu = Menu(np.array([[-1], *([j] for j in range(m))]), m)
    return BayesBelief(Prior.around(menu, np.array(values), pairs, learner, error))


def bundles(x: Sequence[float]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return two bundles whose features differ by x."""
    better = tuple(j for j, sign in enumerate(x) if sign > 0)
    return better, tuple(j for j, sign in enumerate(x) if sign < 0)


def below(z: np.ndarray) -> np.ndarray:
    return np.array([math.erfc(-value / math.sqrt(2)) / 2 for value in z])


def moments(
    belief: BayesBelief, x: np.ndarray, response: float, error: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of two weights given that x w was called positive."""
    root = np.linalg.cholesky(belief.covariance)
    points = belief.weights + CELLS @ root.T
    chance = error + (1 - 2 * error) * below(points @ x / response)
    weight = WEIGHTS * chance
    weight /= weight.sum()
    mean = weight @ points
    away = points - mean
    return mean, (away * weight[:, None]).T @ away


@settings(max_examples=15)
@given(
    st.tuples(st.floats(0, 90), st.floats(0, 90)),
    st.sampled_from([(1.0, -1.0), (1.0, 0.0), (-1.0, 1.0), (1.0, 1.0)]),
    st.sampled_from([5.0, 15.0, 60.0]),
    st.sampled_from([0.0, 0.1, 0.25, 0.45]),
)
def test_an_answer_leads_to_the_moments_of_the_posterior(
    reported: tuple[float, float], x: tuple[float, float], response: float, error: float
) -> None:
    belief = belief_in(reported, (), Bayes(response=response), error)
    along = np.array(x)
    for _ in range(2):  # the second starts from correlated weights
        mean, covariance = moments(belief, along, response, error)
        # Where an answer without errors was next to impossible, the grid misses the tail.
        spread = math.sqrt(along @ belief.covariance @ along + response**2)
        if error == 0 and along @ belief.weights < -3 * spread:
            return
        belief.learn(*bundles(along))
        assert belief.weights == pytest.approx(mean, abs=0.05, rel=2e-3)
        assert belief.covariance == pytest.approx(covariance, abs=1.5, rel=5e-3)
        along = np.array([x[1], x[0]])


def test_what_is_next_to_impossible_is_learned_without_overflow() -> None:
    belief = belief_in([1e6, 0.0])
    belief.learn((1,), (0,))
    assert np.isfinite(belief.weights).all()
    assert belief.weights[0] < 1e6
    assert np.linalg.eigvalsh(belief.covariance).min() > 0
    # The expansion far out agrees with the ratio itself where both can be computed.
    from eqsolve.families.course_elicitation.learning.bayes import _density_over_below as ratio

    inside, outside = ratio(-29.999999), ratio(-30.000001)
    assert inside == pytest.approx(outside, rel=1e-6)


def test_the_prior_is_what_was_reported_or_what_forgotten_courses_are_worth() -> None:
    belief = belief_in([60.0, 0.0], [(0, 1, -12.0)], Bayes(), 0.1)
    assert belief.weights.tolist() == [60.0, 20.0, -12.0]
    assert np.diag(belief.covariance).tolist() == [23.0**2, 15.0**2, 10.0**2]
    assert np.count_nonzero(belief.covariance) == 3


def test_many_answers_with_errors_find_the_order() -> None:
    """CRS-11: answers that are right three times in four lead to the true order."""
    rng = np.random.default_rng(0)
    true = np.array([30.0, 10.0, 55.0, 41.0])
    belief = belief_in([0.0] * 4, (), Bayes(forgotten_sd=25.0), 0.25)
    for _ in range(300):
        a, b = rng.permutation(4)[:2]
        better, other = (a, b) if (true[a] > true[b]) == (rng.random() < 0.75) else (b, a)
        belief.learn((int(better),), (int(other),))
    assert np.argsort(belief.weights).tolist() == np.argsort(true).tolist()


def test_draws_have_mean_and_covariance_of_the_belief() -> None:
    belief = belief_in([50.0, 0.0], [(0, 1, 5.0)])
    belief.learn((1,), (0,))
    rng = np.random.default_rng(1)
    drawn = np.array([belief.draw(rng) for _ in range(20_000)])
    assert drawn[:, 0].tolist() == [0.0] * 20_000
    assert belief.mean().tolist() == [0.0, *belief.weights[:2]]
    assert drawn.mean(axis=0) == pytest.approx(belief.mean(), abs=0.8)
    assert np.cov(drawn[:, 1:].T) == pytest.approx(belief.covariance[:2, :2], abs=12)
