"""Denoisers of models: methods, verbs and questions, and a verifier that refuses every lie."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

import eqsolve
from eqsolve import DecPOMDP, Result, Status, load, solve, verify
from eqsolve.core.errors import InstanceError, OptionError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.families.dec_pomdp.denoising.drawing import draw_histories, one_hot
from eqsolve.families.dec_pomdp.generate import Random, guessing_model, xor_model
from eqsolve.families.dec_pomdp.solution import FixedPoint
from eqsolve.families.dec_pomdp.verify.fixed_points import Own
from eqsolve.testing import dec_pomdps, looking_dec_pomdps

COINS = xor_model(histories=[[[[0, 0], [1, 0]]]])
LINE = load("catalog:line-embedding")
RING = load("catalog:three-agent-cycle")
IMPOSSIBLE = guessing_model([[[1.0, 0.0]]], histories=[[[[0, 0], [0, 1]]], []])


def refused(model: DecPOMDP, result: Result[Any], **changes: Any) -> str:
    """Return what the verifier says when fields of the solution are changed."""
    claim = replace(result, solution=replace(result.solution, **changes))
    report = verify(model, claim)
    assert not report.valid
    return " ".join(f"{check.id}: {check.worst}" for check in report.failures)


def with_point(result: Result[Any], **changes: Any) -> dict[str, Any]:
    """Return what denoisers make of histories with the first fixed point changed."""
    first, *others = result.require().denoised
    own = list(first.fixed_points[0])
    own[0] = replace(own[0], **changes)
    points = (tuple(own), *first.fixed_points[1:])
    return {"denoised": (replace(first, fixed_points=points), *others)}


def with_flow(result: Result[Any], **changes: Any) -> dict[str, Any]:
    """Return what denoisers make of histories with the first flow changed."""
    first, *others = result.require().denoised
    return {"denoised": (replace(first, flow=replace(first.flow, **changes)), *others)}


@settings(max_examples=25)
@given(st.one_of(dec_pomdps(), looking_dec_pomdps()), st.sampled_from([0.1, 0.25, 0.6, 2.0]))
@example(IMPOSSIBLE, 0.25)
def test_right_answers_are_accepted_and_written(model: DecPOMDP, sigma: float) -> None:
    if not model.histories:
        model = model.with_histories([[]])
    result = solve(model, method="denoiser", sigma=sigma)
    assert verify(model, result).verdict.value == "valid"
    rests = [rest for one in result.solution.denoised for own in one.fixed_points for rest in own]
    certain = all(rest.bound is not None for rest in rests if rest.spectral_radius < 1)
    assert result.status is (Status.SOLVED if certain else Status.FEASIBLE)
    document = json.loads(json.dumps(result.solution.to_dict()))
    again = type(result.solution).from_dict(document, model)
    assert verify(model, replace(result, solution=again)).valid
    assert again.to_dict() == document


def test_den_4_collective_observability_leaves_two_shared_fixed_points() -> None:
    result = solve(COINS, method="denoiser")
    (entry,) = result.solution.denoised
    kept = [{rest.state for rest in own if rest.bound is not None} for own in entry.fixed_points]
    assert kept == [{0, 1}, {0, 1}]
    assert entry.shared == (0, 1)
    assert solve(COINS).solution.collectively_observable
    (posterior,) = result.solution.posteriors
    assert posterior.joint.tolist() == [0.0, 1.0]
    assert entry.flow.converged
    assert entry.flow.state == 0  # in the shared set, and not the true state


def test_the_three_counterexamples_are_in_the_catalog() -> None:
    for model, sigma, around in ((LINE, 0.05, {0, 1}), (RING, 0.1, {0, 1, 2})):
        for start in around:
            result = solve(model, method="denoiser", sigma=sigma, start=start)
            flow = result.solution.denoised[0].flow
            assert result.status is Status.SOLVED
            assert (flow.converged, set(flow.cycle), flow.in_shared) == (False, around, False)
            assert flow.ending == "goes round"


def test_points_that_are_no_fixed_points_are_refused() -> None:
    result = solve(RING, method="denoiser", sigma=0.3)
    rest: FixedPoint = result.solution.denoised[0].fixed_points[0][0]
    for amount in (1e-3, -1e-3, math.nan):
        point = rest.point + np.eye(4)[0] * amount
        words = refused(RING, result, **with_point(result, point=point))
        assert "denoiser.points" in words
    nowhere = np.array([0.5, 0.5, 0.0, 0.0])
    judge = Own(result.solution.posteriors[0].local[0], np.eye(4), 0.3)
    honest = {
        "point": nowhere, "state": 0, "deviation": 0.5**0.5, "bound": None,
        "residual": float(np.linalg.norm(judge.moved(nowhere) - nowhere)),
        "spectral_radius": float(np.linalg.eigvalsh(judge.jacobian(nowhere)).max()),
        "rank": int((np.linalg.eigvalsh(judge.jacobian(nowhere)) > 1e-6).sum()),
    }  # fmt: skip
    assert "it is no fixed point" in refused(RING, result, **with_point(result, **honest))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": 1}, "another state is nearer"),
        ({"residual": 1e-3}, "moves by"),
        ({"spectral_radius": 0.3}, "spectral radius"),
        ({"rank": 1}, "the rank is"),
        ({"deviation": 0.1}, "the deviation is"),
        ({"bound": None}, "no ball certifies"),
        ({"bound": 0.02}, "not the least radius"),
        ({"bound": 1e-5}, "a ball of radius"),
        ({"bound": 0.9}, "a ball of radius"),
        ({"bound": math.nan}, "a ball of radius"),
        ({"point": np.zeros(3)}, "is no point"),
        ({"state": 4}, "no state"),
    ],
)
def test_what_is_told_of_a_fixed_point_is_worked_out_again(changes: dict, words: str) -> None:
    result = solve(RING, method="denoiser", sigma=0.3)
    assert result.status is Status.SOLVED
    assert words in refused(RING, result, **with_point(result, **changes))


def test_a_point_between_states_is_not_that_of_the_ball_around_one() -> None:
    size = 8
    blind = guessing_model(np.ones((size, 1)), histories=[[]])
    result = solve(blind, method="denoiser", sigma=0.4)
    assert result.status is Status.FEASIBLE
    assert "1 stable fixed points lie in no certified ball" in result.stats.remarks
    (own,) = result.solution.denoised[0].fixed_points
    assert sum(rest.spectral_radius < 1 for rest in own) == size + 1
    between = next(rest for rest in own if rest.bound is None)
    lie = tuple(replace(rest, bound=own[0].bound) if rest is between else rest for rest in own)
    told = {"denoised": (replace(result.solution.denoised[0], fixed_points=(lie,)),)}
    assert "beyond" in refused(blind, result, **told)
    said = replace(result, status=Status.SOLVED)
    assert "no ball certifies" in str(verify(blind, said))


def test_fixed_points_may_not_be_left_out_or_made_up() -> None:
    result = solve(RING, method="denoiser", sigma=0.3)
    entry = result.solution.denoised[0]
    fewer = replace(entry, fixed_points=(entry.fixed_points[0][1:], *entry.fixed_points[1:]))
    assert "is not told" in refused(RING, result, denoised=(fewer,))
    other = replace(entry, fixed_points=entry.fixed_points[:2])
    assert "denoiser.form" in refused(RING, result, denoised=(other,))
    assert "denoiser.form" in refused(RING, result, denoised=())
    assert "denoiser.form" in refused(RING, result, sigma=-1.0)
    assert "denoiser.points" in refused(RING, result, sigma=0.6)
    assert "denoiser.status" in refused(RING, result, learned=True)
    assert "denoiser.shared" in refused(RING, result, denoised=(replace(entry, shared=(0,)),))
    made_up = solve(IMPOSSIBLE, method="denoiser")
    empty, other = made_up.solution.denoised
    assert (empty.fixed_points[1], empty.flow) == ((), None)
    lie = (replace(empty, fixed_points=other.fixed_points), other)
    assert "cannot happen" in refused(IMPOSSIBLE, made_up, denoised=lie)
    lie = (replace(empty, flow=other.flow), other)
    assert "denoiser.flow" in refused(IMPOSSIBLE, made_up, denoised=lie)


def test_a_flow_that_goes_round_cannot_be_said_to_converge() -> None:
    result = solve(RING, method="denoiser", sigma=0.1)
    flow = result.solution.denoised[0].flow
    assert "denoiser.flow" in refused(RING, result, **with_flow(result, converged=True))
    lie = {"converged": True, "cycle": (flow.state,)}
    assert "denoiser.flow" in refused(RING, result, **with_flow(result, **lie))
    lie |= {"in_shared": True}
    assert "is no shared state" in refused(RING, result, **with_flow(result, **lie))
    for cycle in (flow.cycle[:3], flow.cycle[1:], tuple(reversed(flow.cycle)), ()):
        told = refused(RING, result, **with_flow(result, cycle=cycle))
        assert "denoiser.flow" in told
    path = flow.path.copy()
    path[2] += 1e-3
    assert "step" in refused(RING, result, **with_flow(result, path=path))
    assert "denoiser.form" in refused(RING, result, **with_flow(result, path=flow.path[:-1]))
    shorter = with_flow(result, path=flow.path[:4])
    assert "longer than the path shows" in refused(RING, result, **shorter)
    assert "nearest to" in refused(RING, result, **with_flow(result, state=3))
    still = solve(RING, method="denoiser", sigma=0.1, start=3)
    assert still.solution.denoised[0].flow.converged
    assert "leaves the point" in refused(
        RING, still, **with_flow(still, converged=False, cycle=(3, 3, 3))
    )
    missing = replace(result.solution.denoised[0], flow=None)
    assert "denoiser.flow" in refused(RING, result, denoised=(missing,))


def test_line_two_agents_who_disagree_have_not_converged() -> None:
    result = solve(LINE, method="denoiser", sigma=0.05)
    lie = {"converged": True, "cycle": (1,)}
    assert "leaves the point" in refused(LINE, result, **with_flow(result, **lie))


def test_verbs_and_questions_agree_with_the_method() -> None:
    (history,) = RING.histories
    entry = solve(RING, method="denoiser", sigma=0.3).solution.denoised[0]
    found = eqsolve.fixed_points(RING, history, 0.3)
    for own, other in zip(entry.fixed_points, found, strict=True):
        assert [rest.to_dict() for rest in own] == [rest.to_dict() for rest in other]
    flow = eqsolve.composite_flow(RING, history, 0.3, 0)
    assert (flow.path == entry.flow.path).all()
    at = eqsolve.composite_flow(RING, history, 0.3, np.eye(4)[0])
    assert (at.path == flow.path).all()
    asked = eqsolve.ask(RING, "fixed_points", sigma=0.3)
    assert asked.check.valid
    assert [len(own) for own in asked.value] == [len(own) for own in found]
    answer = eqsolve.ask(LINE, "composite_flow", sigma=0.05)
    assert answer.check.valid
    assert "goes round at left, middle" in answer.sentence
    nobody = eqsolve.ask(IMPOSSIBLE, "composite_flow")
    assert "cannot happen" in nobody.sentence


def test_mistakes_are_named() -> None:
    (history,) = RING.histories
    with pytest.raises(OptionError, match="states are 0 to 3"):
        eqsolve.composite_flow(RING, history, 0.1, 4)
    with pytest.raises(OptionError, match="point of 4 numbers"):
        eqsolve.composite_flow(RING, history, 0.1, [0.5, 0.5])
    with pytest.raises(OptionError, match="point of 4 numbers"):
        eqsolve.composite_flow(RING, history, 0.1, ["a", "b", "c", "d"])
    with pytest.raises(OptionError, match="cannot happen"):
        eqsolve.composite_flow(IMPOSSIBLE, IMPOSSIBLE.histories[0])
    with pytest.raises(OptionError, match="sigma"):
        eqsolve.fixed_points(RING, history, 0)
    with pytest.raises(OptionError, match="sigma"):
        solve(RING, method="denoiser", sigma=-1.0)
    with pytest.raises(InstanceError, match="an action for each of 3 agents"):
        eqsolve.fixed_points(RING, [[[0], [0, 0, 0]]])
    with pytest.raises(UnsupportedError, match="states are 0 to 3"):
        solve(RING, method="denoiser", start=4)
    with pytest.raises(UnsupportedError, match="no histories"):
        solve(xor_model(), method="denoiser")
    far = DecPOMDP([1], [1], [[[1]]], [[[1]]], [1], embedding=[[1e9]], histories=[[]])
    with pytest.raises(UnsupportedError, match="millionth"):
        solve(far, method="denoiser")


def test_a_stopped_run_says_nothing() -> None:
    clock = Deadline()
    clock.cancel()
    result = solve(RING, method="denoiser", deadline=clock)
    assert (result.status, result.solution) == (Status.UNKNOWN, None)


def test_drawn_histories_have_the_chances_of_the_model() -> None:
    model = Random(states=3, actions=2, observations=2).instance(3)
    drawn = draw_histories(model, 1, 60_000, np.random.default_rng(0))
    joint, counts = np.unique(
        np.column_stack([drawn.actions[:, 0], drawn.seen[:, 0]]), axis=0, return_counts=True
    )
    for (a, b, o, p), count in zip(joint.tolist(), counts.tolist(), strict=True):
        told = eqsolve.posterior(model, [[[a, b], [o, p]]])
        assert count / 60_000 == pytest.approx(told.probability / 4, abs=0.01)
        same = (drawn.actions[:, 0] == [a, b]).all(1) & (drawn.seen[:, 0] == [o, p]).all(1)
        shares = np.bincount(drawn.states[same], minlength=3) / same.sum()
        assert shares == pytest.approx(told.joint, abs=4 / same.sum() ** 0.5)
    own, rows = drawn.of_agent(1)
    assert (own[rows][:, 0, 0] == drawn.actions[:, 0, 1]).all()
    assert (own[rows][:, 0, 1] == drawn.seen[:, 0, 1]).all()
    assert one_hot(own, (2, 2)).sum(axis=1).tolist() == [2.0] * len(own)


def test_histories_without_steps_are_drawn_too() -> None:
    drawn = draw_histories(COINS, 0, 10, np.random.default_rng(0))
    own, rows = drawn.of_agent(0)
    assert own.shape == (1, 0, 2)
    assert rows.tolist() == [0] * 10
