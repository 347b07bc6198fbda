"""fairpyx as a contender, in a process of its own: its solver does not load beside OR-tools.

Installed by hand, from the last commit whose A-CEEI runs, and without the versions that it asks
for, which would replace numpy::

    pip install mip networkz prtpy
    pip install --no-deps git+https://github.com/ariel-research/fairpyx@150b7516c87a

Its A-CEEI counts seats too many and no empty ones, and never lowers a price.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from eqsolve.core.arrays import FloatArray
from eqsolve.core.case import peer_process

__all__ = ["aceei", "in_turn"]

Bundles = list[list[int]]


def aceei(market: Any, budgets: FloatArray, delta: float, shift: float) -> Bundles:
    """Return what its A-CEEI gives to each student.

    Parameters
    ----------
    budgets : initial ones.
    delta : what a price rises by for each student too many.
    shift : budgets move by at most this.
    """
    peer = peer_process("fairpyx")
    return peer.submit(_aceei, _problem(market), budgets.tolist(), delta, shift).result()


def in_turn(rule: str, market: Any) -> Bundles:
    """Return what a picking rule gives to each student, who choose in their order."""
    return peer_process("fairpyx").submit(_in_turn, rule, _problem(market)).result()


def _problem(market: Any) -> dict[str, Any]:
    """Return an additive market as `fairpyx.Instance` takes it, students and courses numbered."""
    return {
        "valuations": {i: dict(enumerate(row)) for i, row in enumerate(market.values.tolist())},
        "agent_capacities": dict(enumerate(market.max_courses.tolist())),
        "item_capacities": dict(enumerate(market.capacities.tolist())),
    }


def _aceei(problem: dict[str, Any], budgets: list[float], delta: float, shift: float) -> Bundles:
    rules: Any = import_module("fairpyx.algorithms.ACEEI_algorithms.ACEEI")
    return _divided(
        rules.find_ACEEI_with_EFTB, problem, initial_budgets=dict(enumerate(budgets)), delta=delta,
        epsilon=shift, t=rules.EFTBStatus.NO_EF_TB,
    )  # fmt: skip


def _in_turn(rule: str, problem: dict[str, Any]) -> Bundles:
    rules: Any = import_module("fairpyx.algorithms.picking_sequence")
    return _divided(getattr(rules, rule), problem, agent_order=list(problem["valuations"]))


def _divided(rule: Callable[..., Any], problem: dict[str, Any], **options: Any) -> Bundles:
    fairpyx: Any = import_module("fairpyx")
    found = fairpyx.divide(rule, instance=fairpyx.Instance(**problem), **options)
    return [sorted(found[i]) for i in problem["valuations"]]
