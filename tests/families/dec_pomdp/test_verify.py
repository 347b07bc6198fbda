"""The verifier: every wrong answer is refused, whichever field tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import eqsolve
from eqsolve import DecPOMDP, Result, Status, load, solve, verify
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.result import Bounds
from eqsolve.families.dec_pomdp.generate import Random, xor_model
from eqsolve.families.dec_pomdp.verify import posteriors as verifying
from eqsolve.testing import dec_pomdps

COINS = load("catalog:exclusive-or")
LINE = load("catalog:line-embedding")
CYCLE = load("catalog:three-agent-cycle")
STEP = ((0, 0), (0, 0))


def refused(model: DecPOMDP, result: Result[Any], **changes: Any) -> str:
    """Return the ids of the checks that fail when fields of the solution are changed."""
    claim = replace(result, solution=replace(result.require(), **changes))
    report = verify(model, claim)
    assert not report.valid
    return " ".join(check.id for check in report.failures)


def moved(result: Result[Any], k: int, **changes: Any) -> dict[str, Any]:
    """Return the posteriors with one entry changed."""
    entries = list(result.require().posteriors)
    entries[k] = replace(entries[k], **changes)
    return {"posteriors": tuple(entries)}


@given(model=dec_pomdps())
def test_right_answers_are_accepted(model: DecPOMDP) -> None:
    assert verify(model, solve(model)).verdict.value == "valid"
    assert verify(model, solve(model, method="filter")).valid


@pytest.mark.parametrize("model", [COINS, CYCLE], ids=lambda model: model.name)
def test_posteriors_that_are_moved(model: DecPOMDP) -> None:
    result = solve(model)
    entry = result.require().posteriors[0]
    assert entry.joint is not None
    for amount in (1e-3, -1e-3, np.nan):
        joint = entry.joint + np.eye(model.n_states)[0] * amount
        assert "knowledge.joint" in refused(model, result, **moved(result, 0, joint=joint))
        local = [row + np.eye(model.n_states)[0] * amount for row in entry.local if row is not None]
        told = moved(result, 0, local=(*entry.local[:-1], local[-1]))
        assert "knowledge.local" in refused(model, result, **told)
    told = moved(result, 0, probability=entry.probability * 1.001)
    assert "knowledge.probability" in refused(model, result, **told)
    told = moved(result, 0, shared=entry.shared[1:])
    assert "knowledge.shared-states" in refused(model, result, **told)
    told = moved(result, 0, joint=None)
    assert "knowledge.possible" in refused(model, result, **told)
    assert "knowledge.histories" in refused(model, result, posteriors=())
    told = moved(result, 0, history=(*entry.history, entry.history[0]))
    assert "knowledge.histories" in refused(model, result, **told)


def test_wrong_flags_and_witnesses() -> None:
    coins, line, cycle = solve(COINS), solve(LINE), solve(CYCLE)
    assert "knowledge.form" in refused(COINS, coins, collectively_observable=False)
    lie = {
        "collectively_observable": False, "knowledge_sets": None,
        "ambiguous_history": (STEP,),
    }  # fmt: skip
    failures = refused(COINS, coins, **lie)
    assert "knowledge.ambiguous" in failures
    assert "knowledge.collective" in failures
    lie = {
        "collectively_observable": True, "knowledge_sets": ((0,), (1,), (2,), (3,)),
        "ambiguous_history": None,
    }  # fmt: skip
    assert "knowledge.collective" in refused(CYCLE, cycle, **lie)
    lie = {"shared_identifiable": True, "unshared_history": None}
    assert "knowledge.shared" in refused(COINS, coins, **lie)
    lie = {"shared_identifiable": False, "unshared_history": (STEP,)}
    assert "knowledge.unshared" in refused(LINE, line, **lie)
    impossible = (STEP, ((0, 0), (0, 1)))
    assert "knowledge.unshared" in refused(COINS, coins, unshared_history=impossible)
    assert "knowledge.unshared" in refused(COINS, coins, unshared_history=())


def test_wrong_sets_and_counts() -> None:
    coins = solve(COINS)
    for sets in (((0,),), ((0,), (1,), (0, 1)), ((1,), (0,))):
        assert "knowledge.sets" in refused(COINS, coins, knowledge_sets=sets)
    assert "knowledge.explored" in refused(COINS, coins, explored=7)
    assert "knowledge.form" in refused(COINS, coins, explored=0)


def test_a_witness_must_be_a_shortest_one() -> None:
    cycle = solve(CYCLE)
    (step,) = cycle.require().ambiguous_history
    assert "knowledge.shortest" in refused(CYCLE, cycle, ambiguous_history=(step, step))


def test_actions_that_policies_never_take_show_nothing() -> None:
    model = DecPOMDP([2], [1], [[[1, 0], [0, 1]], [[0.5, 0.5]] * 2], [[[1], [1]]] * 2, [1, 0],
                     policies=[[1, 0]])  # fmt: skip
    result = solve(model)
    assert result.require().collectively_observable
    lie = (((1,), (0,)),)
    changes = {
        "collectively_observable": False, "shared_identifiable": False, "knowledge_sets": None,
        "ambiguous_history": lie, "unshared_history": lie,
    }  # fmt: skip
    assert "knowledge.ambiguous" in refused(model, result, **changes)


def test_what_is_open_is_not_solved() -> None:
    cut = solve(COINS, most_sets=1)
    assert cut.status is Status.FEASIBLE
    assert not verify(COINS, replace(cut, status=Status.SOLVED, limit=None)).valid
    coins = solve(COINS)
    lie = {"shared_identifiable": None, "unshared_history": None}
    assert "knowledge.status" in refused(COINS, coins, **lie)
    report = verify(COINS, replace(coins, objective=1.0))
    assert "knowledge.status" in {check.id for check in report.failures}
    report = verify(COINS, replace(coins, bounds=Bounds(upper=1.0, source="certified")))
    assert not report.valid
    nothing = replace(coins, status=Status.NO_EQUILIBRIUM, solution=None)
    assert not verify(COINS, nothing).valid


def test_searches_end_with_the_clock() -> None:
    deadline = Deadline(Limits(time=60.0))
    deadline.cancel()
    report = verify(COINS, solve(COINS), deadline=deadline)
    assert report.valid
    assert any("all together" in sentence for sentence in report.unchecked)
    assert eqsolve.verify(COINS, solve(COINS)).verdict.value == "valid"


@given(model=dec_pomdps())
def test_paths_matrices_and_whole_numbers_agree(model: DecPOMDP) -> None:
    paths = verifying.told_by(model, model.histories)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifying, "_PATHS", 0)
        multiplied = verifying.told_by(model, model.histories)
        patch.setattr(verifying, "_TINY", 2.0)
        whole = verifying.told_by(model, model.histories)
    for views in zip(paths, multiplied, whole, strict=True):
        for one, two, three in zip(*views, strict=True):
            assert one.chance == pytest.approx(two.chance, abs=1e-15)
            assert one.chance == pytest.approx(three.chance, abs=1e-15)
            assert (one.weights is None) == (two.weights is None) == (three.weights is None)
            if one.weights is not None:
                assert one.weights == pytest.approx(two.weights)
                assert one.weights == pytest.approx(three.weights)


def test_long_histories_are_verified() -> None:
    model = Random(states=3, histories=3, length=60).instance(3)
    result = solve(model)
    assert verify(model, result).valid
    entry = result.require().posteriors[0]
    told = moved(result, 0, joint=np.roll(entry.joint, 1))
    assert "knowledge.joint" in refused(model, result, **told)


def test_solutions_are_written_and_read(tmp_path: Any) -> None:
    model = xor_model(histories=[[[[0, 0], [0, 1]]], []])
    result = solve(model)
    eqsolve.save_solution(model, result, tmp_path / "solution.json")
    claimed = eqsolve.load_solution(tmp_path / "solution.json", model)
    assert claimed.solution.to_dict() == result.solution.to_dict()
    assert verify(model, claimed).valid
