"""Exact denoisers on plain arrays, against sums written out and balls searched point by point."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from eqsolve.core.errors import OptionError
from eqsolve.families.dec_pomdp.denoising.balls import (
    ball_around,
    ball_for_all,
    banach_radius,
    bounds_at,
)
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser, denoiser_of
from eqsolve.families.dec_pomdp.denoising.flow import composite
from eqsolve.families.dec_pomdp.denoising.rest import nearest, rest_points, settled, slopes, stable

SIGMAS = st.sampled_from([0.02, 0.1, 0.25, 0.4, 0.6, 1.0, 3.0])


@st.composite
def posteriors(draw: st.DrawFn, size: int) -> np.ndarray:
    """Draw a posterior with zeros and ties."""
    parts = draw(
        st.lists(st.integers(0, 5), min_size=size, max_size=size).filter(lambda row: any(row))
    )
    return np.array(parts) / sum(parts)


@st.composite
def embeddings(draw: st.DrawFn, size: int) -> np.ndarray:
    """Draw points of states: one-hot, on a line or in the plane, some of them equal."""
    dimension = draw(st.sampled_from([0, 1, 2]))
    if dimension == 0:
        return np.eye(size)
    row = st.lists(st.integers(-4, 4), min_size=dimension, max_size=dimension)
    return np.array(draw(st.lists(row, min_size=size, max_size=size))) / 2


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float]:
    """Draw a posterior, points and sigma."""
    size = draw(st.integers(1, 5))
    return draw(posteriors(size)), draw(embeddings(size)), draw(SIGMAS)


def listed(posterior: np.ndarray, embedding: np.ndarray, sigma: float, x: np.ndarray) -> np.ndarray:
    """Return D(x) by the definition, state by state."""
    exponents = [
        math.log(p)
        - sum((float(a) - float(b)) ** 2 for a, b in zip(x, e, strict=True)) / 2 / sigma**2
        for p, e in zip(posterior, embedding, strict=True)
        if p > 0
    ]
    top = max(exponents)
    shares = [math.exp(exponent - top) for exponent in exponents]
    kept = [e for p, e in zip(posterior, embedding, strict=True) if p > 0]
    total = math.fsum(shares)
    return np.array(
        [
            math.fsum(share * float(e[k]) for share, e in zip(shares, kept, strict=True)) / total
            for k in range(embedding.shape[1])
        ]
    )


@given(cases(), st.integers(0, 2**32 - 1))
def test_the_denoiser_is_the_mean_given_the_noisy_point(case: tuple, seed: int) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    x = np.random.default_rng(seed).normal(0, 2, (3, embedding.shape[1]))
    expected = np.array([listed(posterior, embedding, sigma, point) for point in x])
    assert denoiser(x) == pytest.approx(expected, abs=1e-9)


@given(cases(), st.integers(0, 2**32 - 1))
def test_den_1_jacobian_is_the_covariance(case: tuple, seed: int) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    d = embedding.shape[1]
    x = np.random.default_rng(seed).normal(0, 1, d)
    jacobian = denoiser.jacobian(x)
    h = 1e-5 * sigma**2
    apart = np.array([listed(posterior, embedding, sigma, x + h * unit) for unit in np.eye(d)])
    back = np.array([listed(posterior, embedding, sigma, x - h * unit) for unit in np.eye(d)])
    scale = max(1.0, float(np.abs(jacobian).max()))
    quotients = ((apart - back) / (2 * h)).T
    assert quotients == pytest.approx(jacobian, abs=2e-4 * scale)
    assert jacobian == pytest.approx(jacobian.T, abs=1e-12 * scale)
    values = np.linalg.eigvalsh(jacobian)
    assert values.min() >= -1e-12 * scale
    assert (values > 1e-9 * scale).sum() <= min(d, (posterior > 0).sum() - 1)


@given(cases(), st.integers(0, 2**32 - 1))
def test_the_denoiser_is_the_gradient_of_its_potential(case: tuple, seed: int) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    d = embedding.shape[1]
    x, h = np.random.default_rng(seed).normal(0, 1, d), 1e-5
    steps = [denoiser.potential(x + h * u) - denoiser.potential(x - h * u) for u in np.eye(d)]
    slope = float(np.abs(denoiser.jacobian(x)).max())
    assert np.array(steps) / (2 * h) == pytest.approx(denoiser(x), abs=1e-6 + 20 * h * slope)


@pytest.mark.parametrize("sigma", [0, -1.0, math.nan, math.inf, True, "0.1", 1e-9])
def test_impossible_noise_is_refused(sigma: object) -> None:
    with pytest.raises(OptionError, match="sigma"):
        denoiser_of(np.array([1.0]), np.array([[1.0]]), sigma)


def ended(step: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """Return where a map leads, by running it."""
    for _ in range(5000):
        after = step(x)
        if np.abs(after - x).max() < 1e-14:
            break
        x = after
    return after


def in_ball(rng: np.random.Generator, center: np.ndarray, radius: float, count: int) -> np.ndarray:
    """Return points of a ball, a third of them on its surface."""
    d = len(center)
    directions = rng.normal(size=(count, d))
    directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-300)
    lengths = radius * rng.random(count) ** (1 / d)
    lengths[::3] = radius
    return center + directions * lengths[:, None]


@given(cases(), st.integers(0, 2**32 - 1))
def test_den_2_a_certified_ball_holds_one_stable_fixed_point(case: tuple, seed: int) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    rng = np.random.default_rng(seed)
    for state in denoiser.states.tolist():
        ball = ball_around(denoiser, state)
        if ball is None or ball.slope > 0.98:  # slow, and told by the next test
            continue
        center, reach = embedding[state], min(ball.reach, 10.0)
        assert ball.radius <= reach
        x = in_ball(rng, center, reach, 12)
        assert (np.linalg.norm(denoiser(x) - center, axis=1) <= reach * (1 + 1e-9) + 1e-12).all()
        x = ended(denoiser, x)
        assert np.ptp(x, axis=0).max() <= 1e-6
        assert np.linalg.norm(x[0] - center) <= ball.radius + 1e-9
        inside = in_ball(rng, center, ball.radius, 6)
        for point in (*inside, x[0]):
            assert np.linalg.norm(denoiser.jacobian(point), 2) <= ball.slope + 1e-9


@given(cases())
def test_den_2_no_good_radius_is_missed(case: tuple) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    for state in denoiser.states.tolist():
        ball = ball_around(denoiser, state)
        for radius in np.geomspace(1e-6, 20, 200).tolist():
            moved, slope = bounds_at(denoiser, state, radius)
            good = moved <= radius and slope < 1
            if ball is None:
                assert not good or slope > 1 - 1e-6
            elif ball.radius <= radius <= ball.reach:
                assert good
            elif good:
                close = abs(radius - ball.radius) <= 1e-6 * radius
                assert close or abs(radius - ball.reach) <= 1e-6 * radius


def test_impossible_states_have_no_ball() -> None:
    denoiser = denoiser_of(np.array([0.0, 1.0]), np.eye(2), 0.25)
    assert ball_around(denoiser, 0) is None
    alone = ball_around(denoiser, 1)
    assert alone is not None
    assert (alone.radius, alone.slope, alone.reach) == (0.0, 0.0, math.inf)


@given(cases(), st.floats(0, 0.5), st.integers(0, 2**32 - 1))
def test_den_3_a_perturbed_denoiser_rests_where_banach_says(
    case: tuple, share: float, seed: int
) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    d = embedding.shape[1]
    rng = np.random.default_rng(seed)
    for state in denoiser.states.tolist():
        ball = ball_around(denoiser, state)
        if ball is None:
            continue
        center = embedding[state]
        rho = min((ball.radius + ball.reach) / 2, 1.0)
        slope = bounds_at(denoiser, state, rho)[1] + share * 0.2
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0] * share * 0.2
        off = rng.normal(size=d)
        off *= share * rho * max(0.0, 1 - slope) / max(np.linalg.norm(off), 1e-300)

        def wrong(x: np.ndarray, turn=turn, off=off, center=center) -> np.ndarray:
            return denoiser(x) + (x - center) @ turn + off

        left = float(np.linalg.norm(wrong(center) - center))
        if slope > 0.98 or left > rho * (1 - slope):
            continue
        x = ended(wrong, center)
        assert np.linalg.norm(wrong(x) - x) <= 1e-9
        assert np.linalg.norm(x - center) <= banach_radius(slope, left) + 1e-8


@given(cases())
def test_rest_points_rest_and_are_all_that_starts_reach(case: tuple) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    found = rest_points(denoiser, embedding)
    for rest in found:
        moved = listed(posterior, embedding, sigma, rest.point)
        assert moved == pytest.approx(rest.point, abs=1e-6)
        assert rest.deviation == np.linalg.norm(rest.point - embedding[rest.state])
        if rest.bound is not None:
            assert rest.deviation <= rest.bound + 1e-12
            assert rest.spectral_radius < 1
        assert rest.rank <= min(embedding.shape[1], (posterior > 0).sum() - 1)
    for state in denoiser.states.tolist():
        if ball_around(denoiser, state) is not None:
            assert any(
                np.linalg.norm(rest.point - embedding[state])
                <= ball_around(denoiser, state).radius + 1e-9
                for rest in found
            )


@given(cases(), st.integers(0, 2**32 - 1))
def test_den_6_alone_a_denoiser_climbs_the_density_of_noisy_points(case: tuple, seed: int) -> None:
    posterior, embedding, sigma = case
    denoiser = denoiser_of(posterior, embedding, sigma)
    x = np.random.default_rng(seed).normal(0, 1, (4, embedding.shape[1]))
    for _ in range(20):
        after = denoiser(x)
        gain = (denoiser.potential(after) - (after**2).sum(axis=1) / 2) - (
            denoiser.potential(x) - (x**2).sum(axis=1) / 2
        )
        assert (gain >= -1e-9).all()
        x = after


def test_three_equal_states_have_a_fourth_stable_fixed_point_between_them() -> None:
    even = np.full(3, 1 / 3)

    def kept(sigma: float) -> list[int]:
        found = rest_points(denoiser_of(even, np.eye(3), sigma), np.eye(3))
        return [rest.state for rest in found if stable(rest)]

    assert [len(kept(sigma)) for sigma in (0.5, 0.57, 0.59, 0.62)] == [3, 3, 4, 1]
    assert rest_points(denoiser_of(even, np.eye(3), 0.57), np.eye(3))[-1].spectral_radius > 1


def test_large_noise_leaves_one_fixed_point_and_rare_states_none() -> None:
    rare = np.array([0.98, 0.02])
    found = rest_points(denoiser_of(rare, np.eye(2), 0.6), np.eye(2))
    assert [rest.state for rest in found if stable(rest)] == [0]
    assert ball_around(denoiser_of(rare, np.eye(2), 0.6), 1) is None


def test_slopes_of_a_turn_are_not_its_real_parts() -> None:
    turn = np.array([[0.0, -0.9], [0.9, 0.0]])
    assert slopes(turn) == (pytest.approx(0.9), 2)
    assert slopes(np.array([[0.5, 0.0], [0.0, 1e-7]])) == (0.5, 1)


def test_ties_go_to_the_first_state() -> None:
    assert nearest(np.array([0.5, 0.5]), np.eye(2)) == 0
    assert nearest(np.array([0.2, 0.8]), np.eye(2)) == 1


def test_newton_ends_what_iteration_would_take_long_for() -> None:
    even = np.array([0.5, 0.5])
    denoiser = denoiser_of(even, np.array([[0.0], [1.0]]), 0.4995)  # nearly a double zero
    found = settled(denoiser, denoiser.jacobian, np.array([[0.0]]))
    assert np.abs(denoiser(found) - found).max() <= 1e-12


@st.composite
def agents(draw: st.DrawFn, count: int, embedding: st.SearchStrategy | None = None) -> tuple:
    """Draw posteriors with a common possible state, points and sigma."""
    size = draw(st.integers(2, 5))
    points = np.eye(size) if embedding is None else draw(embedding(size))
    true = draw(st.integers(0, size - 1))
    rows = [draw(posteriors(size)) for _ in range(count)]
    for k, row in enumerate(rows):
        row[true] += 0.25
        rows[k] = row / row.sum()
    return rows, points, draw(SIGMAS)


def run(rows: list, points: np.ndarray, sigma: float, start: np.ndarray, rounds: int) -> np.ndarray:
    """Return the path, by the definition."""
    path = [start]
    for _ in range(rounds):
        for row in rows:
            path.append(listed(row, points, sigma, path[-1]))
    return np.array(path)


@given(agents(3, embeddings), st.integers(0, 4))
def test_a_flow_says_what_its_path_does(case: tuple, first: int) -> None:
    rows, points, sigma = case
    start = points[first % len(points)]
    flow = composite(
        [denoiser_of(row, points, sigma) for row in rows], start, points, [0], rounds=200
    )
    n, rounds = len(rows), (len(flow.path) - 1) // len(rows)
    some = min(rounds, 20)
    assert flow.path[: 1 + some * n] == pytest.approx(
        run(rows, points, sigma, start, some), abs=1e-6
    )
    ends = {nearest(point, points) for point in flow.path[-n:]}
    if flow.converged:
        assert ends == {flow.state} == set(flow.cycle)
        assert np.abs(flow.path[-1] - flow.path[-1 - n]).max() <= 1e-8
    elif flow.cycle:
        again = run(rows, points, sigma, flow.path[-1], len(flow.cycle) // n)
        assert again[-1] == pytest.approx(flow.path[-1], abs=1e-6)
        assert len(set(flow.cycle)) > 1 or len(flow.cycle) > n
    else:
        assert rounds == 200


@given(agents(2, embeddings), st.integers(0, 2**32 - 1))
def test_den_6_two_agents_climb_a_common_potential(case: tuple, seed: int) -> None:
    rows, points, sigma = case
    one, other = (denoiser_of(row, points, sigma) for row in rows)
    x = np.random.default_rng(seed).normal(0, 1, points.shape[1])
    y = one(x)
    x = other(y)
    held = -math.inf
    for _ in range(30):
        dual = y @ x - other.potential(y)  # psi_2* at x, the gradient of psi_2 at y
        after = one(x)
        climbed = one.potential(x) - dual
        assert climbed >= held - 1e-9
        held, y = climbed, after
        x = other(y)


@given(agents(2), st.integers(0, 4), st.sampled_from([0.02, 0.03]))
@example(([np.array([0.5, 0.5, 0.0])] * 2, np.eye(3), 0.02), 2, 0.02)
def test_den_5_two_agents_with_one_hot_points_end_among_shared_states(
    case: tuple, first: int, sigma: float
) -> None:
    rows, points, _ = case
    shared = set.intersection(*(set(np.flatnonzero(row).tolist()) for row in rows))
    start = points[first % len(points)]
    flow = composite([denoiser_of(row, points, sigma) for row in rows], start, points, shared)
    assert flow.in_shared
    assert flow.state in shared
    assert flow.path[-1][sorted(shared)].sum() == pytest.approx(1, abs=1e-6)
    for state in shared:
        still = composite(
            [denoiser_of(row, points, sigma) for row in rows], points[state], points, shared
        )
        assert still.converged
        assert still.state == state


@given(agents(3, embeddings))
def test_den_5_a_ball_for_all_holds_a_stable_fixed_point_of_the_flow(case: tuple) -> None:
    rows, points, sigma = case
    denoisers = [denoiser_of(row, points, sigma) for row in rows]
    for state in range(len(points)):
        ball = ball_for_all(denoisers, state)
        if ball is None:
            continue
        assert all(row[state] > 0 for row in rows)
        flow = composite(denoisers, points[state], points, [state], rounds=5000)
        assert flow.cycle
        after = flow.path[-len(rows) :]
        assert (np.linalg.norm(after - points[state], axis=1) <= ball.radius + 1e-6).all()
        slope = np.eye(points.shape[1])
        for denoiser, x in zip(denoisers, flow.path[-len(rows) - 1 :], strict=False):
            slope = denoiser.jacobian(x) @ slope
        assert slopes(slope)[0] <= ball.slope + 1e-6


def line(start: int) -> tuple:
    points = np.array([[0.0], [0.4], [1.0]])
    rows = [np.array([0.5, 0.0, 0.5]), np.array([0.0, 0.5, 0.5])]
    return composite([denoiser_of(row, points, 0.05) for row in rows], points[start], points, [2])


def test_on_a_line_two_agents_pass_the_point_to_and_fro() -> None:
    for start in (0, 1):
        flow = line(start)
        assert (flow.converged, flow.cycle) == (False, (0, 1))
    assert (line(2).converged, line(2).cycle, line(2).state) == (True, (2,), 2)


def test_three_agents_go_round_and_never_come_to_the_only_shared_state() -> None:
    rows = [
        np.array([0.55, 0.4, 0.0, 0.05]),
        np.array([0.4, 0.0, 0.55, 0.05]),
        np.array([0.0, 0.55, 0.4, 0.05]),
    ]
    denoisers: list[Denoiser] = [denoiser_of(row, np.eye(4), 0.1) for row in rows]
    for start in range(3):
        flow = composite(denoisers, np.eye(4)[start], np.eye(4), [3])
        assert not flow.converged
        assert set(flow.cycle) == {0, 1, 2}
        assert len(flow.cycle) == 6  # two rounds
    assert composite(denoisers, np.eye(4)[3], np.eye(4), [3]).cycle == (3,)
