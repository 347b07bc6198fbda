"""Statistics of reports: their definitions, other ways to them, and degenerate samples."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from eqsolve.core.errors import OptionError
from eqsolve.families.auction_experiment.report.comparison import (
    TESTS,
    compare,
    compare_all,
    holm,
)
from eqsolve.families.auction_experiment.report.regression import regress
from eqsolve.families.auction_experiment.report.sessions import (
    jackknife,
    mean_by_session,
    session_means,
)
from eqsolve.families.auction_experiment.report.smoothing import loess

amounts = st.integers(-6, 6).map(float)
samples = st.lists(amounts, min_size=0, max_size=9)
clustered = st.lists(st.tuples(amounts, amounts, st.integers(0, 3)), min_size=1, max_size=14)


@given(clustered)
def test_means_by_session_are_the_sandwich_of_a_constant(
    rows: list[tuple[float, float, int]],
) -> None:
    x, _, sessions = map(np.array, zip(*rows, strict=True))
    found = mean_by_session(x, sessions)
    assert found.value == pytest.approx(x.mean())
    assert (found.count, found.sessions) == (len(x), len(set(sessions.tolist())))
    if found.sessions == 1:
        assert found.error is None
        assert found.reach == 0
        return
    meat = sum((x[sessions == g] - x.mean()).sum() ** 2 for g in set(sessions.tolist()))
    expected = math.sqrt(found.sessions / (found.sessions - 1) * meat) / len(x)
    assert found.error == pytest.approx(expected)
    assert found.reach == pytest.approx(stats.t.ppf(0.975, found.sessions - 1) * expected)


@given(st.lists(st.lists(amounts, min_size=2, max_size=2), min_size=2, max_size=6))
def test_of_equally_long_sessions_the_error_is_that_of_their_means(rows: list[list[float]]) -> None:
    table = np.array(rows)
    sessions = np.repeat(np.arange(len(rows)), 2)
    found = mean_by_session(table.ravel(), sessions)
    assert found.error == pytest.approx(table.mean(axis=1).std(ddof=1) / math.sqrt(len(rows)))
    assert session_means(table.ravel(), sessions).tolist() == table.mean(axis=1).tolist()
    terms = np.stack([table.ravel(), np.ones(table.size)])
    again = jackknife(terms, lambda sums: float(sums[0] / sums[1]), sessions)
    assert again.value == pytest.approx(found.value)
    assert again.error == pytest.approx(found.error, abs=1e-12)


def test_nothing_and_one_session_have_no_error() -> None:
    assert mean_by_session([], []).value is None
    one, two = np.ones((1, 1)), np.ones((1, 3))
    assert jackknife(np.ones((1, 0)), lambda sums: float(sums[0]), []).value == 0
    assert jackknife(one, lambda sums: 1.0, [0]).error is None
    assert jackknife(two, lambda sums: None, [0, 1, 2]).value is None
    some = jackknife(two, lambda sums: 1.0 if sums[0] == 3 else None, [0, 1, 2])
    assert (some.value, some.error) == (1.0, None)


@given(clustered)
def test_leaving_out_sessions_is_leaving_out_their_observations(
    rows: list[tuple[float, float, int]],
) -> None:
    x, y, sessions = map(np.array, zip(*rows, strict=True))
    terms = np.stack([x, y**2])

    def of(sums: np.ndarray) -> float:
        return float(sums[0] - 2 * sums[1])

    found = jackknife(terms, of, sessions)
    groups = sorted(set(sessions.tolist()))
    parts = [of(terms[:, sessions != g].sum(axis=1)) for g in groups]
    if len(groups) > 1:
        spread = sum((part - np.mean(parts)) ** 2 for part in parts)
        expected = math.sqrt((len(groups) - 1) / len(groups) * spread)
        assert found.error == pytest.approx(expected, abs=1e-9)


@given(clustered)
def test_lines_are_least_squares_with_the_clustered_sandwich(
    rows: list[tuple[float, float, int]],
) -> None:
    y, x, sessions = map(np.array, zip(*rows, strict=True))
    found = regress(y, x, sessions)
    if len(set(x.tolist())) < 2:
        assert found is None
        return
    assert found is not None
    design = np.column_stack([np.ones_like(x), x])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    assert [found.intercept, found.slope] == pytest.approx(beta.tolist(), abs=1e-9)
    residuals = y - design @ beta
    total = ((y - y.mean()) ** 2).sum()
    if total > 0:
        assert found.r_squared == pytest.approx(1 - (residuals**2).sum() / total)
    else:
        assert found.r_squared is None
    groups = sorted(set(sessions.tolist()))
    if len(groups) < 2 or len(x) < 3:
        assert found.slope_error is None
        assert found.slope_interval is None
        return
    scores = [design[sessions == g].T @ residuals[sessions == g] for g in groups]
    meat = sum(np.outer(score, score) for score in scores)
    many, n = len(groups), len(x)
    covariance = many / (many - 1) * (n - 1) / (n - 2) * inverse @ meat @ inverse
    assert found.intercept_error == pytest.approx(math.sqrt(max(0, covariance[0, 0])), abs=1e-7)
    assert found.slope_error == pytest.approx(math.sqrt(max(0, covariance[1, 1])), abs=1e-7)


@given(samples, samples)
def test_tests_of_two_samples_are_those_of_scipy_or_undefined(
    first: list[float], second: list[float]
) -> None:
    t, p = compare(first, second, "welch")
    constant = all(len(set(sample)) < 2 for sample in (first, second))
    if min(len(first), len(second)) < 2 or constant:
        assert (t, p) == (None, None)
    elif min(len(set(first)), len(set(second))) > 1:
        expected = stats.ttest_ind(first, second, equal_var=False)
        assert (t, p) == pytest.approx((expected.statistic, expected.pvalue))
    for test in TESTS:
        statistic, p = compare(first, second, test)
        other, same = compare(second, first, test)
        assert p == (same if same is None else pytest.approx(same))
        if statistic is None:
            assert other is None
            assert test == "welch" or not first or not second
        else:
            assert 0 <= p <= 1


@given(st.lists(st.integers(0, 8), min_size=1, max_size=4, unique=True),
       st.lists(st.integers(9, 17), min_size=1, max_size=4, unique=True))  # fmt: skip
def test_samples_that_lie_apart_are_as_rare_as_their_order(
    first: list[int], second: list[int]
) -> None:
    """Mann-Whitney and KS in small samples without ties: the share of orders as extreme."""
    n, m = len(first), len(second)
    orders = math.comb(n + m, n)
    _, p = compare(first, second, "mann_whitney")
    assert p == pytest.approx(min(1.0, 2 / orders))
    pooled = range(n + m)

    def distance(own: tuple[int, ...]) -> float:
        steps = [1 / n if k in own else -1 / m for k in pooled]
        return max(abs(total) for total in itertools.accumulate(steps))

    largest = [distance(own) for own in itertools.combinations(pooled, n)]
    d, p = compare(first, second, "kolmogorov_smirnov")
    assert d == 1
    assert p == pytest.approx(sum(found > 1 - 1e-9 for found in largest) / orders)


@given(st.lists(st.none() | st.sampled_from([0.0, 0.01, 0.02, 0.2, 0.5, 1.0]), max_size=6))
def test_holm_rejects_what_the_step_down_procedure_rejects(ps: list[float | None]) -> None:
    corrected = holm(ps)
    assert [p is None for p in corrected] == [p is None for p in ps]
    known = sorted(p for p in ps if p is not None)
    for level in (0.005, 0.03, 0.05, 0.1, 0.3, 0.7):
        rejected = 0
        while rejected < len(known) and known[rejected] <= level / (len(known) - rejected):
            rejected += 1
        cut = known[rejected - 1] if rejected else -1.0
        for p, after in zip(ps, corrected, strict=True):
            if p is not None and after is not None:
                assert p <= after <= 1
                if abs(after - level) > 1e-12:
                    assert (after < level) == (p <= cut)


def test_every_pair_is_compared_and_corrected_within_its_test() -> None:
    found = compare_all("x", {"a": [1, 2, 3], "b": [2, 3, 4], "c": [9, 9, 8]})
    assert len(found) == 9
    for test in TESTS:
        own = [entry for entry in found if entry.test == test]
        assert [(entry.first, entry.second) for entry in own] == [
            ("a", "b"),
            ("a", "c"),
            ("b", "c"),
        ]
        assert [entry.p_holm for entry in own] == holm([entry.p for entry in own])
    assert set(found[0].to_dict()) == {
        "outcome", "unit", "first", "second", "test", "statistic", "p", "p_holm",
    }  # fmt: skip


@given(amounts, amounts, st.lists(st.integers(0, 9), min_size=3, max_size=12),
       st.sampled_from([0.3, 0.75, 1.0]))  # fmt: skip
@settings(max_examples=40)
def test_smooth_curves_keep_lines(start: float, slope: float, xs: list[int], share: float) -> None:
    x = np.array(xs, dtype=float)
    places = np.linspace(x.min(), x.max(), 5)
    curve = loess(x, start + slope * x, places, share)
    near = max(2, math.ceil(share * len(x)))
    for place, height in zip(places, curve, strict=True):
        closest = sorted(set(np.sort(np.abs(x - place))[:near]))
        if len(closest) > 2:  # otherwise the furthest weighs nothing, and one place has a mean
            assert height == pytest.approx(start + slope * place, abs=1e-6)
        assert min(start + slope * x) - 1e-6 <= height <= max(start + slope * x) + 1e-6


@given(st.lists(st.tuples(st.integers(0, 9), amounts), min_size=4, max_size=10))
def test_smooth_curves_are_weighted_least_squares(points: list[tuple[int, float]]) -> None:
    x, y = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    near = math.ceil(0.75 * len(x))
    for place in (0.0, 4.5, 9.0):
        distance = np.abs(x - place)
        reach = np.sort(distance)[near - 1]
        if reach == 0:
            continue
        weight = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3
        if len(set(x[weight > 1e-9].tolist())) < 2:
            continue
        root = np.sqrt(weight)
        design = np.column_stack([root, root * x])
        beta = np.linalg.lstsq(design, root * y, rcond=None)[0]
        found = loess(x, y, [place])[0]
        assert found == pytest.approx(beta[0] + beta[1] * place, abs=1e-4)


def test_curves_that_cannot_be_are_named() -> None:
    assert loess([1, 1, 1], [0, 3, 6], [1, 5]).tolist() == [3, 3]
    with pytest.raises(OptionError, match="share = 0"):
        loess([1], [1], [1], share=0)
    with pytest.raises(OptionError, match="needs points"):
        loess([], [], [1])
