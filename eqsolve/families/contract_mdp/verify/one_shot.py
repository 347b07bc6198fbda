"""What a solution of a one-shot problem says of each action and of linear contracts."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.verify.payments import lower_bounds
from eqsolve.families.contract_mdp.verify.values import Model

__all__ = ["check_one_shot"]


def check_one_shot(builder: ReportBuilder, model: Model, solution: ContractSolution) -> None:
    """Check what is said of each action of a one-shot problem, and of linear contracts."""
    mdp = model.mdp
    problems = []
    if solution.per_action is not None:
        alive = np.flatnonzero(mdp.exists[0]).tolist()
        told = [entry.get("action") for entry in solution.per_action]
        if told != alive:
            problems.append(f"actions {told} are told, {alive} exist")
        else:
            bounds = _all_bounds(model)
            for entry in solution.per_action:
                problems += _wrong_entry(model, entry, float(bounds[entry["action"]]))
    if solution.linear is not None:
        problems += _wrong_share(model, solution.linear)
    builder.require(
        "contracts.per-action", "each action is told with its least payment", problems,
        theorem="CON-1",
    )  # fmt: skip


def _all_bounds(model: Model) -> FloatArray:
    """Return the least payment of every action of the only state, infinite where none will do."""
    mdp = model.mdp
    alive = np.flatnonzero(mdp.exists[0])
    rows = np.zeros(len(alive), dtype=np.int64)
    q = np.where(mdp.exists, model.reward, -np.inf)
    found = np.full(mdp.n_actions, np.nan)
    found[alive] = lower_bounds(mdp.probabilities[rows], q[rows], mdp.exists[rows], alive).values
    return found


def _wrong_entry(model: Model, entry: Any, least: float) -> list[str]:
    """Return what is wrong with the entry of one action."""
    mdp, a = model.mdp, entry["action"]
    there = math.isfinite(least)
    if entry.get("implementable") is not there:
        return [f"action {a} {'can' if there else 'cannot'} be implemented"]
    keys = ("payment", "agent", "principal", "contract")
    if not there:
        told = [key for key in keys if entry.get(key) is not None]
        return [f"action {a} cannot be implemented, but {told[0]} is told"] if told else []
    contract = entry.get("contract")
    numbers = [entry.get(key) for key in keys[:3]]
    if not _numbers(numbers) or not isinstance(contract, list) or not _numbers(contract):
        return [f"action {a}: payment, contract and values must be numbers"]
    if len(contract) != mdp.n_outcomes_of[0]:
        return [f"action {a}: a contract has {mdp.n_outcomes_of[0]} payments"]
    pay = np.array(contract, dtype=np.float64)
    offered = np.where(mdp.exists[0], model.reward[0] + mdp.probabilities[0] @ pay, -np.inf)
    slack = max(1e-6 * abs(least), 1e-11 * mdp.scale)
    true = (least, model.reward[0, a] + least, model.gain[0, a] - least)
    wrong = [
        f"action {a}: {key} is {value:g}, not {told:g}"
        for key, value, told in zip(keys, true, numbers, strict=False)
        if not abs(told - value) <= max(1e-6 * abs(value), 1e-11 * mdp.scale)
    ]
    if pay.min(initial=0.0) < -slack or offered.max() - offered[a] > slack:
        wrong.append(f"action {a}: its contract does not make it best")
    if abs(float(mdp.probabilities[0, a] @ pay) - least) > slack:
        wrong.append(f"action {a}: its contract costs more than {least:g}")
    return wrong


def _numbers(values: list[Any]) -> bool:
    """Return whether all are finite numbers."""
    return all(
        isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in values
    )


def _wrong_share(model: Model, linear: Any) -> list[str]:
    """Return what is wrong with the best linear contract that is claimed."""
    mdp = model.mdp
    told = [linear.get("alpha"), linear.get("principal_value")]
    if set(linear) != {"alpha", "principal_value"} or not _numbers(told):
        return ["linear must hold numbers alpha and principal_value"]
    alpha, value = told
    alive = np.flatnonzero(mdp.exists[0])
    lines, slopes = model.reward[0, alive], model.gain[0, alive]
    if (mdp.principal_rewards[0] < 0).any():
        return ["linear contracts need rewards >= 0"]

    def worth(share: float) -> float:
        his = lines + share * slopes
        best = his >= his.max() - 2.0**-44 * max(1e-300, float(np.abs(his).max()))
        return float(((1 - share) * slopes)[best].max())

    tried = [0.0, 1.0]
    for i, j in product(range(len(alive)), repeat=2):
        if slopes[j] - slopes[i] > 1e-14 * abs(slopes).max():
            tried.append(float((lines[i] - lines[j]) / (slopes[j] - slopes[i])))
    best = max(worth(share) for share in tried if 0 <= share <= 1)
    slack = max(1e-6 * abs(best), 1e-11 * mdp.scale)
    wrong = []
    if abs(value - best) > slack:
        wrong.append(f"the best linear contract earns {best:g}, not {value:g}")
    near = [alpha, *(share for share in tried if abs(share - alpha) <= 1e-9)]
    if not 0 <= alpha <= 1 or max(worth(share) for share in near) < best - slack:
        wrong.append(f"alpha {alpha:g} does not earn {best:g}")
    return wrong
