"""Claims about all policies: none is an equilibrium, these are the others, none earns more.

Where the policies are few all of them are looked at, many at once; else the claim is left as not
proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.verify.payments import lower_bounds
from eqsolve.families.contract_mdp.verify.values import Model

__all__ = ["check_alternatives", "check_commitment", "check_no_pure"]

_TARGETS = 20_000
"""Policies up to which all are tried."""

_AT_ONCE = 4_000_000
"""Numbers in the dense systems that are solved together."""


def check_no_pure(builder: ReportBuilder, model: Model) -> None:
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
        problems += _no_equilibria(builder, model, told)
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


def _no_equilibria(
    builder: ReportBuilder, model: Model, told: tuple[tuple[int, ...], ...]
) -> list[str]:
    """Return which of the profiles that are told are no equilibria."""
    mdp = model.mdp
    profiles = np.array(
        [[-1 if a is None else a for a in profile] for profile in told], dtype=np.int64
    )
    there = mdp.exists[np.arange(mdp.n_states), np.maximum(profiles, 0)]
    if (np.where(mdp.terminal, profiles != -1, ~there | (profiles < 0))).any():
        return ["an alternative takes actions that do not exist"]
    problems: list[str] = []
    with builder.search("that every alternative told is an equilibrium") as poll:
        right = _are_equilibria(model, profiles, poll)
        problems += [
            f"actions {list(profile)} are no stationary equilibrium"
            for profile, good in zip(told, right, strict=True)
            if not good
        ]
    return problems


def check_commitment(builder: ReportBuilder, model: Model, earned: float) -> None:
    """Check that no other policy earns her more, where all can be tried."""
    mdp = model.mdp
    reached = _reachable(model)
    profiles = _profiles(mdp.exists[None] & reached[..., None])
    if profiles is None:
        builder.leave(f"that no other policy earns more: there are more than {_TARGETS}")
        return
    policies = profiles.reshape(len(profiles), *reached.shape)
    with builder.search("that no other policy earns more") as poll:
        values = _committed(model, policies, poll)
        best = int(np.argmax(values))
        builder.compare(
            "contracts.commitment",
            "no other policy that she commits to earns her more",
            float(values[best]) - earned,
            max(mdp.scale, abs(earned)),
            lambda: f"actions {profiles[best].tolist()} earn {values[best]:g}, not {earned:g}",
            theorem="CON-9",
        )


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
    """Return which stationary profiles are equilibria.

    `strictly` returns those that are beyond doubt: not only within the tolerance. `poll` is called
    all along and may raise.
    """
    mdp = model.mdp
    slack = (1e-11 if strictly else 1e-7) * max(mdp.scale, 1e-300) / (1 - mdp.discount)
    found = np.zeros(len(profiles), dtype=bool)
    s, a = np.nonzero(mdp.exists)
    for i, his, hers in _stationary_values(model, profiles, poll):
        q = np.where(mdp.exists, model.reward + model.after(his), -np.inf)
        worth = model.gain + model.after(hers)
        bounds = lower_bounds(mdp.probabilities[s], q[s], mdp.exists[s], a, poll).values
        found[i] = bool((worth[s, a] - bounds <= hers[s] + slack).all())
    return found


def _stationary_values(
    model: Model, profiles: IntArray, poll: Callable[[], None]
) -> list[tuple[int, FloatArray, FloatArray]]:
    """Return (number, his, her values) of the profiles whose actions can all be induced."""
    found = []
    block = max(1, _AT_ONCE // model.mdp.n_states**2)
    for begin in range(0, len(profiles), block):
        part = profiles[begin : begin + block]
        his = _least_values(model, part, poll)
        good = np.flatnonzero(np.isfinite(his).all(axis=1))
        chances = np.stack([model.chances(profile) for profile in part])
        total = np.stack([model.pick(model.reward + model.gain, profile) for profile in part])
        hers = _forever(model, chances[good], total[good]) - his[good]
        found += [(begin + i, his[i], row) for i, row in zip(good.tolist(), hers, strict=True)]
    return found


def _forever(model: Model, chances: FloatArray, rewards: FloatArray) -> FloatArray:
    """Return discounted sums of rewards (N, S) for chances of outcomes (N, S, O)."""
    mdp = model.mdp
    n, states = rewards.shape
    if n * states**2 > _AT_ONCE:
        rows = [model.forever(*pair) for pair in zip(chances, rewards, strict=True)]
        return np.array(rows).reshape(n, states)
    matrix = np.zeros((n, states, states))
    for o, k in product(range(mdp.n_outcomes), range(mdp.successors.shape[2])):
        to = mdp.successors[:, o, k]
        there = to >= 0
        matrix[:, model.rows[there], to[there]] += (
            chances[:, there, o] * mdp.successor_probs[there, o, k]
        )
    system = np.eye(states) - mdp.discount * matrix
    return np.asarray(np.linalg.solve(system, rewards[..., None])[..., 0], dtype=np.float64)


def _least_values(model: Model, profiles: IntArray, poll: Callable[[], None]) -> FloatArray:
    """Return the agent's values under the cheapest contracts of each profile (CON-8), (N, S).

    Infinite where some action cannot be induced. Newton's method on the least fixed point: weights
    that prove the payments make it a linear system.
    """
    mdp = model.mdp
    n, states = profiles.shape
    rows = np.arange(states)
    his: FloatArray = np.zeros((n, states))
    alive = profiles >= 0
    chosen = np.maximum(profiles, 0)
    for step in range(60):
        q = np.stack([model.reward + model.after(values) for values in his])
        q = np.where(mdp.exists, q, -np.inf)
        i, s = np.nonzero(alive)
        found = lower_bounds(mdp.probabilities[s], q[i, s], mdp.exists[s], chosen[i, s], poll)
        payment, weights = np.zeros((n, states)), np.zeros((n, *mdp.exists.shape))
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
        outcome = np.einsum("nsa,sao->nso", mix, mdp.probabilities)
        try:
            his = _forever(model, outcome, constant)
        except np.linalg.LinAlgError:
            his = target
        if step > 40:  # no luck with Newton's method: the plain iteration contracts
            his = target
    his[hopeless] = np.inf
    return his


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


def _committed(model: Model, policies: IntArray, poll: Callable[[], None]) -> FloatArray:
    """Return what she earns from the start with each policy, -inf where it cannot be induced."""
    mdp = model.mdp
    n = len(policies)
    if mdp.horizon is None:
        values = np.full(n, -np.inf)
        for i, _, hers in _stationary_values(model, policies[:, 0], poll):
            values[i] = float(mdp.start @ hers)
        return values
    his, welfare = np.zeros((2, n, mdp.n_states))
    bad = np.zeros(n, dtype=bool)
    for t in range(mdp.horizon - 1, -1, -1):
        q = np.stack([model.reward + model.after(values) for values in his])
        total = np.stack([model.reward + model.gain + model.after(values) for values in welfare])
        q = np.where(mdp.exists, q, -np.inf)
        chosen = policies[:, t]
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
