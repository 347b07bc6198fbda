"""Rechecks of answers to side questions, from the instance alone: payments, shares, best answers.

Nothing here calls what found the answers; expectations are written out again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.question import Means
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.questions.bonuses import Bonuses
from eqsolve.families.contract_mdp.questions.one_shot import ActionPayment, LinearContract
from eqsolve.families.contract_mdp.questions.policies import Evaluation
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["answered", "linear", "payments", "spent"]

_APART = 500
"""States up to which payments are rechecked state by state."""


def payments(mdp: ContractMDP, entries: Sequence[ActionPayment], later: FloatArray) -> Report:
    """Check contracts, the weights that prove them least, and the mixtures where there is none.

    Parameters
    ----------
    later : the agent's values of the next stage, shape (S,).
    """
    q = mdp.agent_rewards + _mean(mdp, _after(mdp, later))
    builder = ReportBuilder(Tolerances(), max(mdp.scale, float(np.abs(q).max(initial=0.0))))
    tempted, spent, unproved, free, imitated = (np.zeros(len(entries)) for _ in range(5))
    for i, entry in enumerate(entries):
        s, a, there = entry.state, entry.action, mdp.exists[entry.state]
        probs = mdp.probabilities[s]
        if entry.contract is None or entry.weights is None or entry.payment is None:
            mixture = np.zeros(mdp.n_actions)
            for k, chance in (entry.imitation or {}).items():
                mixture[k] = chance
            off = np.abs(mixture @ probs - probs[a]).max(initial=0.0)
            imitated[i] = max(float(off), abs(float(mixture.sum()) - 1), float(mixture[a]))
            free[i] = float(q[s, a] - mixture @ q[s])
            continue
        contract = np.zeros(mdp.n_outcomes)
        contract[: len(entry.contract)] = entry.contract
        paid, weights = probs @ contract, np.array(entry.weights)
        tempted[i] = float(((q[s] + paid)[there] - (q[s] + paid)[a]).max())
        spent[i] = max(abs(float(paid[a]) - entry.payment), -float(contract.min(initial=0.0)))
        room = probs[a] - weights @ (probs[a] - probs)
        proved = float(weights @ (q[s] - q[s, a]))
        unproved[i] = abs(entry.payment - proved)
        imitated[i] = max(-float(room.min(initial=0.0)), -float(weights.min(initial=0.0)))

    def who(i: int) -> str:
        entry = entries[i]
        return f"{mdp.label('states', entry.state)}, {mdp.label('actions', entry.action)}"

    size = builder.scale
    builder.compare(
        "payments.incentives", "no other action is better under the contract", tempted, size,
        lambda i: f"{who(i)}: another action gains {tempted[i]:g}", theorem="CON-1",
    )  # fmt: skip
    builder.compare(
        "payments.amount", "contracts are >= 0 and cost what is said", spent, size,
        lambda i: f"{who(i)}: off by {spent[i]:g}",
    )  # fmt: skip
    builder.compare(
        "payments.proof", "the weights prove the payment", unproved, size,
        lambda i: f"{who(i)}: off by {unproved[i]:g}", theorem="CON-1",
    )  # fmt: skip
    builder.compare(
        "payments.imitated", "weights and mixtures fit the chances of outcomes", imitated, 1.0,
        lambda i: f"{who(i)}: off by {imitated[i]:g}", theorem="CON-2",
    )  # fmt: skip
    short = np.array([x.payment is None for x in entries]) & (free >= 0)
    builder.require(
        "payments.impossible", "what imitates an action pleases the agent more",
        [f"{who(i)}: the mixture gains {-free[i]:g}" for i in np.flatnonzero(short).tolist()],
        theorem="CON-2",
    )  # fmt: skip
    return builder.finish()


def linear(problem: ContractMDP, found: LinearContract) -> Report:
    """Compare the best share with what she keeps at every share where two actions tie."""
    builder = ReportBuilder(Tolerances(), problem.scale)
    there = np.flatnonzero(problem.exists[0])
    q = problem.agent_rewards[0][there]
    gains = (problem.probabilities[0] @ problem.principal_rewards[0])[there]
    shares = [0.0, *found.breakpoints]
    for one, two in combinations(range(len(there)), 2):
        if gains[one] != gains[two]:
            shares.append(float((q[one] - q[two]) / (gains[two] - gains[one])))
    slack = 1e-9 * problem.scale

    def kept(share: float) -> float:
        his = q + share * gains
        return (1 - share) * float(gains[his >= his.max() - slack].max())

    best = max(kept(share) for share in shares if 0 <= share <= 1)
    builder.compare(
        "linear.best", "no share keeps more", abs(best - found.principal_value), problem.scale,
        lambda: f"{best:g} can be kept, not {found.principal_value:g}", theorem="CON-4",
    )  # fmt: skip
    misses = []
    place = {int(a): k for k, a in enumerate(there)}
    for share, action in zip(found.breakpoints, found.actions, strict=True):
        his = q + share * gains
        misses.append(float(his.max() - his[place[action]]))
    builder.compare(
        "linear.breakpoints", "from each breakpoint on its action is best", np.array(misses),
        problem.scale, lambda i: f"at {found.breakpoints[i]:g} another gains {misses[i]:g}",
        theorem="CON-4",
    )  # fmt: skip
    top = float((q + gains).max())
    builder.compare(
        "linear.first-best", "the first best is the greatest welfare", abs(top - found.first_best),
        problem.scale, lambda: f"it is {top:g}, not {found.first_best:g}",
    )  # fmt: skip
    return builder.finish()


def answered(mdp: ContractMDP, contracts: FloatArray, told: Evaluation) -> Report:
    """Check that the agent's answer to contracts is his best, and what both get."""
    flat = mdp.horizon is None
    table = contracts[None] if flat else contracts
    his, hers, actions = (
        part[None] if flat else part
        for part in (told.agent_values, told.principal_values, told.actions)
    )
    stages, rows = len(table), np.arange(mdp.n_states)
    size = max(mdp.scale, float(np.abs(his).max(initial=0)), float(np.abs(hers).max(initial=0)))
    builder = ReportBuilder(Tolerances(), size)
    off, unlike = np.zeros(his.shape), np.zeros(his.shape)
    for t in range(stages):
        nothing = np.zeros(mdp.n_states)
        later = (his[0], hers[0]) if flat else (nothing, nothing)
        if not flat and t + 1 < stages:
            later = (his[t + 1], hers[t + 1])
        paid = _mean(mdp, table[t])
        q = mdp.agent_rewards + paid + _mean(mdp, _after(mdp, later[0]))
        gains = _mean(mdp, mdp.principal_rewards + _after(mdp, later[1])) - paid
        acts = actions[t] >= 0
        chosen = np.maximum(actions[t], 0)
        best = np.where(mdp.exists, q, -np.inf).max(axis=1)
        off[t] = np.where(acts, np.abs(np.where(acts, best, 0) - his[t]), np.abs(his[t]))
        unlike[t] = np.where(acts, np.abs(gains[rows, chosen] - hers[t]), np.abs(hers[t]))
        off[t] += np.where(acts, np.abs(q[rows, chosen] - his[t]), 0)
    for key, table_ in (("agent", off), ("principal", unlike)):
        builder.compare(
            f"evaluate.{key}", f"the {key}'s values follow from his best answers", table_, size,
            lambda t, s, name=key, amounts=table_: (
                f"stage {t}, {mdp.label('states', s)}: the {name}'s value is off by "
                f"{amounts[t, s]:g}"
            ),
        )  # fmt: skip
    start = np.array([mdp.start @ his[0] - told.agent_value, mdp.start @ hers[0]])
    start[1] -= told.principal_value
    builder.compare(
        "evaluate.start", "the values at the start are those of the first stage", np.abs(start),
        size, lambda i: f"off by {start[i]:g}",
    )  # fmt: skip
    return builder.finish()


def spent(mdp: ContractMDP, solution: ContractSolution, found: Bonuses, means: Means) -> Report:
    """Compare payments by state with those added up backward, from each state as a start."""
    builder = means.builder(Tolerances(), mdp.scale)
    total = float(found.payments.sum())
    builder.compare(
        "bonuses.total", "they sum to the expected payment", abs(total - solution.expected_payment),
        max(abs(total), mdp.scale),
        lambda: f"{total:g}, not {solution.expected_payment:g}", theorem="CON-5",
    )  # fmt: skip
    stages = mdp.horizon or 2 + math.ceil(math.log(1e-15) / math.log(mdp.discount))
    rows, last = np.arange(mdp.n_states), len(solution.actions) - 1
    ahead = np.zeros((mdp.n_states, 1 if mdp.n_states > _APART else mdp.n_states))
    mark = np.ones((mdp.n_states, 1)) if ahead.shape[1] == 1 else np.eye(mdp.n_states)
    with builder.search("that payments by state are those added up backward") as poll:
        for t in reversed(range(stages)):
            poll()
            actions, contracts = solution.actions[min(t, last)], solution.contracts[min(t, last)]
            chosen = mdp.probabilities[rows, np.maximum(actions, 0)] * (actions >= 0)[:, None]
            worth = np.where((mdp.successors >= 0)[..., None], ahead[mdp.successors], 0.0)
            later = mdp.discount * (worth * mdp.successor_probs[..., None]).sum(axis=2)
            ahead = (chosen * contracts).sum(axis=1)[:, None] * mark
            ahead = ahead + (chosen[:, :, None] * later).sum(axis=1)
        told = found.payments.sum(axis=1)
        right = mdp.start @ ahead
        told = told if ahead.shape[1] > 1 else np.array([told.sum()])
        off = np.abs(told - right)
        builder.compare(
            "bonuses.payments", "payments by state are those added up backward", off,
            np.maximum(np.abs(right), mdp.scale),
            lambda s: f"{mdp.label('states', s)}: {right[s]:g}, not {told[s]:g}",
        )  # fmt: skip
    return builder.finish()


def _mean(mdp: ContractMDP, table: FloatArray) -> FloatArray:
    """Return expectations over outcomes (S, A) of a table (S, O)."""
    found: FloatArray = np.einsum("sao,so->sa", mdp.probabilities, table)
    return found


def _after(mdp: ContractMDP, values: FloatArray) -> FloatArray:
    """Return what follows each outcome, discounted, (S, O)."""
    inside = mdp.successors >= 0
    worth = np.where(inside, values[np.maximum(mdp.successors, 0)], 0.0)
    found: FloatArray = mdp.discount * (worth * mdp.successor_probs).sum(axis=2)
    return found
