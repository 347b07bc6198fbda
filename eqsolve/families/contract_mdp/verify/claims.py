"""What a solution says beside its policy: single actions, linear contracts, other policies."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.verify.payments import lower_bounds
from eqsolve.families.contract_mdp.verify.values import Model

__all__ = ["check_alternatives", "check_commitment", "check_no_pure", "check_one_shot"]

_TARGETS = 20_000
"""Policies up to which all are tried."""


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


def check_no_pure(builder: ReportBuilder, model: Model, claim: Result[Any]) -> None:
    """Check that no stationary pure profile is an equilibrium."""
    mdp = model.mdp
    if mdp.horizon is not None:
        problems = ["with a horizon there always is an equilibrium"]
        builder.require("contracts.existence", "there is none", problems, theorem="CON-5")
        return
    profiles = _profiles(mdp.exists[None])
    if profiles is None:
        builder.leave(f"that none of more than {_TARGETS} stationary profiles is an equilibrium")
        return
    with builder.search("that no stationary pure profile is an equilibrium") as poll:
        found = profiles[_are_equilibria(model, profiles, poll, strictly=True)]
        builder.require(
            "contracts.existence",
            "no stationary pure profile is an equilibrium",
            [f"actions {profile.tolist()} are one" for profile in found],
            theorem="CON-12",
        )


def check_alternatives(builder: ReportBuilder, model: Model, solution: ContractSolution) -> None:
    """Check that other stationary equilibria are ones, and that all profiles were tried."""
    mdp, told = model.mdp, solution.alternatives
    if told is None and solution.pure_exhaustive is None:
        return
    problems = []
    if not solution.is_stationary and solution.form != "truncated":
        problems.append(f"alternatives to a {solution.form} policy")
    elif told:
        profiles = np.array(
            [[-1 if a is None else a for a in profile] for profile in told], dtype=np.int64
        )
        there = mdp.exists[np.arange(mdp.n_states), np.maximum(profiles, 0)]
        if (np.where(mdp.terminal, profiles != -1, ~there | (profiles < 0))).any():
            problems.append("an alternative takes actions that do not exist")
        else:
            with builder.search("that every alternative told is an equilibrium") as poll:
                right = _are_equilibria(model, profiles, poll)
                problems += [
                    f"actions {list(profile)} are no stationary equilibrium"
                    for profile, good in zip(told, right, strict=True)
                    if not good
                ]
    every = _profiles(mdp.exists[None]) if solution.pure_exhaustive and not problems else None
    if every is not None:
        listed = {tuple(-1 if a is None else a for a in profile) for profile in told or ()}
        if solution.form == "stationary":
            listed.add(tuple(solution.actions[0].tolist()))
        with builder.search("that no other stationary profile is an equilibrium") as poll:
            sure = every[_are_equilibria(model, every, poll, strictly=True)].tolist()
            problems += [
                f"actions {profile} are a stationary equilibrium too"
                for profile in sure
                if tuple(profile) not in listed
            ]
    elif solution.pure_exhaustive and not problems:
        builder.leave("that all stationary pure profiles were tried")
    builder.require(
        "contracts.alternatives", "other stationary equilibria are told", problems,
        theorem="CON-12",
    )  # fmt: skip


def _profiles(exists: BoolArray) -> IntArray | None:
    """Return every choice of actions, shape (N, T * S), or None if there are too many.

    `exists` is (T, S, A).
    """
    options = [np.flatnonzero(row).tolist() or [-1] for row in exists.reshape(-1, exists.shape[-1])]
    if math.prod(map(len, options)) > _TARGETS:
        return None
    return np.array(list(product(*options)), dtype=np.int64)


def _are_equilibria(
    model: Model, profiles: IntArray, poll: Callable[[], None], *, strictly: bool = False
) -> BoolArray:
    """Return which stationary profiles are equilibria, all evaluated at once.

    `strictly` returns those that are beyond doubt: not only within the tolerance. `poll` is called
    all along and may raise.
    """
    mdp = model.mdp
    n, states = profiles.shape
    slack = (1e-11 if strictly else 1e-7) * max(mdp.scale, 1e-300) / (1 - mdp.discount)
    his = _least_values(model, profiles, poll)
    good = np.isfinite(his).all(axis=1)
    found = np.zeros(n, dtype=bool)
    if not good.any():
        return found
    kept = np.flatnonzero(good)
    moves = np.stack([model.moves(profiles[i]) for i in kept])
    total = np.stack([model.pick(model.reward + model.gain, profiles[i]) for i in kept])
    welfare = np.linalg.solve(np.eye(states) - mdp.discount * moves, total[..., None])[..., 0]
    for place, i in enumerate(kept.tolist()):
        poll()
        hers = welfare[place] - his[i]
        q = np.where(mdp.exists, model.reward + model.after(his[i]), -np.inf)
        worth = model.gain + model.after(hers)
        s, a = np.nonzero(mdp.exists)
        bounds = lower_bounds(mdp.probabilities[s], q[s], mdp.exists[s], a).values
        found[i] = bool((worth[s, a] - bounds <= hers[s] + slack).all())
    return found


def _least_values(model: Model, profiles: IntArray, poll: Callable[[], None]) -> FloatArray:
    """Return the agent's values under the cheapest contracts of each profile (CON-8), (N, S).

    Infinite where some action cannot be induced. Newton's method on the least fixed point: weights
    that prove the payments make it a linear system.
    """
    mdp = model.mdp
    n, states = profiles.shape
    rows = np.arange(states)
    his = np.zeros((n, states))
    alive = profiles >= 0
    chosen = np.maximum(profiles, 0)
    for step in range(60):
        q = np.stack([model.reward + model.after(values) for values in his])
        q = np.where(mdp.exists, q, -np.inf)
        i, s = np.nonzero(alive)
        found = lower_bounds(mdp.probabilities[s], q[i, s], mdp.exists[s], chosen[i, s], poll)
        payment, weights = np.zeros((n, states)), np.zeros((n, states, mdp.n_actions))
        payment[i, s], weights[i, s] = found.values, found.weights
        hopeless = np.isinf(payment).any(axis=1)
        now = np.where(alive, q[np.arange(n)[:, None], rows, chosen], 0.0)
        target = np.where(alive, now + np.where(np.isinf(payment), 0.0, payment), 0.0)
        if np.abs(target - his).max(initial=0.0) <= 1e-12 * max(mdp.scale, np.abs(his).max()):
            break
        # his = r_a + sum_k w_k (r_k - r_a) + discount * (P_a + sum_k w_k (P_k - P_a)) his
        own = 1.0 - weights.sum(axis=2)
        mix = weights.copy()
        np.put_along_axis(
            mix, chosen[..., None],
            np.take_along_axis(mix, chosen[..., None], axis=2) + own[..., None], axis=2,
        )  # fmt: skip
        mix = np.where(alive[..., None], mix, 0.0)
        constant = np.einsum("nsa,sa->ns", mix, model.reward)
        matrix = np.zeros((n, states, states))
        outcome = np.einsum("nsa,sao->nso", mix, mdp.probabilities)
        for k in range(mdp.successors.shape[2]):
            for o in range(mdp.n_outcomes):
                to = mdp.successors[:, o, k]
                there = to >= 0
                matrix[:, rows[there], to[there]] += (
                    outcome[:, there, o] * mdp.successor_probs[there, o, k]
                )
        system = np.eye(states) - mdp.discount * matrix
        try:
            his = np.linalg.solve(system, constant[..., None])[..., 0]
        except np.linalg.LinAlgError:
            his = target
        if step > 40:  # no luck with Newton's method: the plain iteration contracts
            his = target
    his[hopeless] = np.inf
    return his


def check_commitment(
    builder: ReportBuilder,
    model: Model,
    claim: Result[ContractSolution],
    earned: float,
) -> None:
    """Check that no other policy earns her more, where all can be tried."""
    if claim.status is not Status.SOLVED:
        return
    mdp = model.mdp
    reached = _reachable(model)
    profiles = _profiles(mdp.exists[None] & reached[..., None])
    if profiles is None:
        builder.leave(f"that no other policy earns more: there are more than {_TARGETS}")
        return
    policies = profiles.reshape(len(profiles), *reached.shape)
    with builder.search("that no other policy earns more") as poll:
        values = _committed(model, policies, reached, poll)
        best = int(np.argmax(values))
        excess = float(values[best]) - earned
        builder.compare(
            "contracts.commitment",
            "no other policy that she commits to earns her more",
            excess,
            max(mdp.scale, abs(earned)),
            lambda: f"actions {profiles[best].tolist()} earn {values[best]:g}, not {earned:g}",
            theorem="CON-9",
        )


def _reachable(model: Model) -> BoolArray:
    """Return which states can be reached at which stage: shape (T, S), (1, S) if stationary."""
    mdp = model.mdp
    if mdp.horizon is None:
        return np.ones((1, mdp.n_states), dtype=bool)
    reached = np.zeros((mdp.horizon, mdp.n_states), dtype=bool)
    reached[0] = mdp.start > 0
    happens = np.any(mdp.probabilities > 0, axis=1)
    for t in range(mdp.horizon - 1):
        for s in np.flatnonzero(reached[t]).tolist():
            to = mdp.successors[s][happens[s]]
            chance = mdp.successor_probs[s][happens[s]]
            reached[t + 1, to[(to >= 0) & (chance > 0)]] = True
    return reached


def _committed(
    model: Model, profiles: IntArray, reached: BoolArray, poll: Callable[[], None]
) -> FloatArray:
    """Return what she earns from the start with each policy, -inf where it cannot be induced."""
    mdp = model.mdp
    n = len(profiles)
    if mdp.horizon is None:
        flat = profiles[:, 0]
        his = _least_values(model, flat, poll)
        good = np.isfinite(his).all(axis=1)
        values = np.full(n, -np.inf)
        for i in np.flatnonzero(good).tolist():
            poll()
            total = model.forever(
                model.moves(flat[i]), model.pick(model.reward + model.gain, flat[i])
            )
            values[i] = float(mdp.start @ (total - his[i]))
        return values
    his, welfare = np.zeros((2, n, mdp.n_states))
    bad = np.zeros(n, dtype=bool)
    for t in range(mdp.horizon - 1, -1, -1):
        q = np.stack([model.reward + model.after(values) for values in his])
        total = np.stack([model.reward + model.gain + model.after(values) for values in welfare])
        q = np.where(mdp.exists, q, -np.inf)
        chosen = profiles[:, t]
        places, s = np.nonzero(chosen >= 0)
        taken = chosen[places, s]
        payments = lower_bounds(
            mdp.probabilities[s], q[places, s], mdp.exists[s], taken, poll
        ).values
        there = np.where(np.isinf(payments), 0.0, payments)
        bad[places[np.isinf(payments)]] = True
        his, welfare = np.zeros((2, n, mdp.n_states))
        his[places, s] = q[places, s, taken] + there
        welfare[places, s] = total[places, s, taken]
    return np.where(bad, -np.inf, (welfare - his) @ mdp.start)
