"""What must be true of contracts in Markov decision processes, as claims that can be run.

Claims compare with linear programs by HiGHS, with other methods, or with random contracts; they are
meant for small games. CON-16 and CON-17 are about many agents, see ``contract_game``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.theorem import Theorem
from eqsolve.families.contract_mdp import programs, reference
from eqsolve.families.contract_mdp.dynamics import (
    at,
    expected,
    stage_payoffs,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.linear import best_shares
from eqsolve.families.contract_mdp.methods.base import StageSolver
from eqsolve.families.contract_mdp.methods.implementation import follow
from eqsolve.families.contract_mdp.questions.one_shot import implementable
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.solve import contract_equilibrium

__all__ = ["THEOREMS"]

_CLOSE = 1e-7


def _near(a: float, b: float, scale: float) -> bool:
    """Return whether two numbers are equal up to rounding."""
    return a == b or abs(a - b) <= _CLOSE * max(scale, abs(b), 1e-300)


def _solved(mdp: ContractMDP, **options: object) -> Result[ContractSolution]:
    """Return the equilibrium."""
    return contract_equilibrium(mdp, **options)  # type: ignore[arg-type]


def _last_stage(mdp: ContractMDP) -> tuple[FloatArray, FloatArray]:
    """Return truncated values and gains where nothing follows."""
    nothing = np.zeros(mdp.n_states)
    return stage_payoffs(mdp, nothing, nothing)


def _programs(mdp: ContractMDP) -> str | None:
    """CON-1: the payment is that of HiGHS, and its weights prove it."""
    q, _ = _last_stage(mdp)
    for s, a in np.argwhere(mdp.exists).tolist():
        rows = mdp.probabilities[s], q[s], mdp.exists[s], a
        mine, other = programs.cheapest_contract(*rows), reference.cheapest_contract(*rows)
        if (mine is None) != (other is None):
            return f"state {s}, action {a}: one solver says that it can be implemented"
        if mine is None or other is None:
            continue
        if not _near(mine.payment, other.payment, mdp.scale):
            return f"state {s}, action {a}: payments {mine.payment} and {other.payment}"
        more = mdp.probabilities[s, a] - mdp.probabilities[s]
        if (mine.weights @ more > mdp.probabilities[s, a] + 1e-9).any():
            return f"state {s}, action {a}: the weights {mine.weights} prove nothing"
        proved = float(mine.weights @ (q[s] - q[s, a]))
        if not _near(proved, mine.payment, mdp.scale):
            return f"state {s}, action {a}: weights prove {proved} of {mine.payment}"
    return None


def _imitated(mdp: ContractMDP) -> str | None:
    """CON-2: an action cannot be implemented iff others imitate it at a greater value."""
    from scipy.optimize import linprog

    told = implementable(mdp)
    q = mdp.agent_rewards
    for s, a in np.argwhere(mdp.exists).tolist():
        others = np.flatnonzero(mdp.exists[s])
        others = others[others != a]
        best = -np.inf
        if len(others):
            found = linprog(
                -q[s, others],
                A_eq=np.vstack([mdp.probabilities[s, others].T, np.ones(len(others))]),
                b_eq=np.append(mdp.probabilities[s, a], 1.0),
                method="highs",
            )
            best = -found.fun if found.status == 0 else -np.inf
        if bool(told[s, a]) is bool(best > q[s, a] + 1e-9):
            return f"state {s}, action {a}: a mixture reaches {best}, the action {q[s, a]}"
    return None


def _closed_forms(mdp: ContractMDP) -> str | None:
    """CON-3: two-action formulas bound the payment, exactly with one rival; few payments do."""
    q, _ = _last_stage(mdp)
    bounds = programs.two_action_bounds(mdp.probabilities, q, mdp.exists)
    for s, a in np.argwhere(mdp.exists).tolist():
        found = programs.cheapest_contract(mdp.probabilities[s], q[s], mdp.exists[s], a)
        payment = np.inf if found is None else found.payment
        if bounds[s, a] > payment + _CLOSE * max(mdp.scale, 1.0):
            return f"state {s}, action {a}: the bound {bounds[s, a]} is above {payment}"
        rivals = int(mdp.exists[s].sum()) - 1
        if rivals == 1 and not _near(float(bounds[s, a]), payment, mdp.scale):
            return f"state {s}, action {a}: one rival asks for {bounds[s, a]}, not {payment}"
        if found is not None and (found.contract > 1e-9).sum() > rivals:
            return f"state {s}, action {a}: more than {rivals} outcomes are paid for"
    return None


def _linear(problem: ContractMDP) -> str | None:
    """CON-4: the first best is at most n times what the best share earns."""
    gains = expected(problem, problem.principal_rewards)
    found = best_shares(problem, problem.agent_rewards, gains, by_index=False)
    earned = float(at(gains, found.actions)[0] - found.payments[0])
    first = float((problem.agent_rewards + gains)[problem.exists].max())
    n = int(problem.exists.sum())
    if first > n * earned + _CLOSE * max(problem.scale, 1.0):
        return f"first best {first}, {n} actions, the best share earns {earned}"
    best = _solved(problem).solution
    assert best is not None
    if best.principal_value < earned - _CLOSE * max(problem.scale, 1.0):
        return f"a share earns {earned}, the best contract {best.principal_value}"
    return None


def _is_plain(problem: ContractMDP) -> bool:
    """Whether the hypotheses of CON-4 hold."""
    mine = problem.agent_rewards[problem.exists]
    return bool(
        problem.is_one_shot
        and len(mine)
        and mine.max() == 0
        and (problem.principal_rewards >= 0).all()
    )


def _perfect(mdp: ContractMDP) -> str | None:
    """CON-5: no contract at any stage gains, welfare is at most the first best."""
    solution = _solved(mdp).solution
    assert solution is not None
    rng = np.random.default_rng(0)
    scale = max(mdp.scale, 1.0)
    for t in range(len(solution.actions)):
        after = [np.zeros(mdp.n_states)] * 2
        if t + 1 < len(solution.actions):
            after = [solution.agent_values[t + 1], solution.principal_values[t + 1]]
        q, gains = stage_payoffs(mdp, after[0], after[1])
        for s in np.flatnonzero(~mdp.terminal).tolist():
            tried = rng.exponential(1.0, (20, mdp.n_outcomes)) * rng.integers(0, 2, mdp.n_outcomes)
            tried[:10] = np.maximum(
                solution.contracts[t, s] + rng.normal(0, 0.2, tried[:10].shape), 0
            )
            for contract in tried:
                paid = mdp.probabilities[s] @ contract
                his = np.where(mdp.exists[s], q[s] + paid, -np.inf)
                best = his >= his.max() - 1e-12
                hers = float(np.where(best, gains[s] - paid, -np.inf).max())
                if hers > solution.principal_values[t, s] + _CLOSE * scale:
                    return f"stage {t}, state {s}: {contract.tolist()} earns {hers}"
    if solution.welfare > solution.first_best + _CLOSE * scale:
        return f"welfare {solution.welfare} above the first best {solution.first_best}"
    if solution.agent_value < solution.no_contract["agent"] - _CLOSE * scale:
        return f"the agent gets {solution.agent_value}, unpaid {solution.no_contract['agent']}"
    return None


def _ties_matter(mdp: ContractMDP) -> str | None:
    """CON-6: how her ties are broken changes her value."""
    one, two = (_solved(mdp, tie=tie).objective for tie in ("agent", "index"))
    assert one is not None
    assert two is not None
    if abs(one - two) > 1e-6 * max(mdp.scale, 1.0):
        return f"she gets {one} if ties favor the agent, {two} by the lowest index"
    return None


def _alternation(mdp: ContractMDP) -> str | None:
    """CON-7: the alternation ends after at most T + 1 rounds, at the same values."""
    result, exact = _solved(mdp, method="meta"), _solved(mdp)
    assert mdp.horizon is not None
    assert result.objective is not None
    assert exact.objective is not None
    if int(result.stats.counts["rounds"]) > mdp.horizon + 1:
        return f"{result.stats.counts['rounds']} rounds for {mdp.horizon} periods"
    if not _near(result.objective, exact.objective, mdp.scale):
        return f"the alternation earns {result.objective}, backward induction {exact.objective}"
    return None


def _target(mdp: ContractMDP) -> str | None:
    """CON-8: the least fixed point is the solution of one linear program."""
    from scipy.optimize import linprog

    can = implementable(mdp)
    if not (can.any(axis=1) | mdp.terminal).all():
        return "some state has no action that can be implemented"
    actions = np.where(mdp.terminal, -1, can.argmax(axis=1))
    policy = follow(StageSolver(mdp, 10), actions[None], "stationary")
    n, m = mdp.n_states, mdp.n_outcomes
    size = n + n * m  # values, then payments and continuation together
    rows, right, equal, constants = [], [], [], []
    for s in range(n):
        unit = np.zeros(size)
        unit[s] = 1.0
        a = actions[s]
        if a < 0:
            equal.append(unit)
            constants.append(0.0)
            continue
        block = slice(n + s * m, n + (s + 1) * m)
        line = unit.copy()
        line[block] = -mdp.probabilities[s, a]
        equal.append(line)
        constants.append(mdp.agent_rewards[s, a])
        for k in np.flatnonzero(mdp.exists[s]).tolist():
            line = np.zeros(size)
            line[block] = mdp.probabilities[s, k] - mdp.probabilities[s, a]
            rows.append(line)
            right.append(mdp.agent_rewards[s, a] - mdp.agent_rewards[s, k])
        for o in range(m):
            line = np.zeros(size)
            line[n + s * m + o] = -1.0
            for to, chance in zip(
                mdp.successors[s, o].tolist(), mdp.successor_probs[s, o].tolist(), strict=True
            ):
                if to >= 0:
                    line[to] += mdp.discount * chance
            rows.append(line)
            right.append(0.0)
    cost = np.concatenate([np.ones(n), np.zeros(n * m)])
    found = linprog(
        cost, A_ub=np.array(rows) if rows else None, b_ub=right or None, A_eq=np.array(equal),
        b_eq=constants, bounds=(None, None), method="highs",
    )  # fmt: skip
    if found.status != 0:
        return f"HiGHS: {found.message}"
    off = float(np.abs(found.x[:n] - policy.his[0]).max())
    if off > 1e-6 * max(1.0, mdp.scale / (1 - mdp.discount)):
        return f"values {policy.his[0].tolist()}, by the program {found.x[:n].tolist()}"
    return None


def _commits(mdp: ContractMDP) -> str | None:
    """CON-9: she earns no less when she can commit."""
    committed, not_so = _solved(mdp, question="commitment"), _solved(mdp)
    if committed.status is not Status.SOLVED:
        return "the search was not complete"
    assert committed.objective is not None
    assert not_so.objective is not None
    if committed.objective < not_so.objective - _CLOSE * max(mdp.scale, 1.0):
        return f"committed {committed.objective}, else {not_so.objective}"
    if committed.objective > committed.bounds.upper + _CLOSE * max(mdp.scale, 1.0):
        return f"committed {committed.objective} above the bound {committed.bounds.upper}"
    return None


def _hurt(mdp: ContractMDP) -> str | None:
    """CON-10: she gets less than without contracts."""
    solution = _solved(mdp).solution
    assert solution is not None
    plain = solution.no_contract["principal"]
    if solution.principal_value < plain - 1e-6 * max(mdp.scale, 1.0):
        return f"she gets {solution.principal_value} with contracts, {plain} without"
    return None


def _revealed(mdp: ContractMDP) -> str | None:
    """CON-11: if outcomes tell actions nothing is lost, and the agent gets what he has unpaid."""
    solution = _solved(mdp).solution
    assert solution is not None
    scale = max(mdp.scale, 1.0)
    if abs(solution.agent_value - solution.no_contract["agent"]) > _CLOSE * scale:
        return f"the agent gets {solution.agent_value}, unpaid {solution.no_contract['agent']}"
    if abs(solution.agency_cost) > _CLOSE * scale:
        return f"the agency cost is {solution.agency_cost}"
    return None


def _reveals(mdp: ContractMDP) -> bool:
    """Whether no outcome of a state happens under two of its actions."""
    return bool(((mdp.probabilities > 0).sum(axis=1) <= 1).all())


def _none_pure(mdp: ContractMDP) -> str | None:
    """CON-12: no stationary pure profile is an equilibrium."""
    if _solved(mdp, form="pure").status is Status.NO_EQUILIBRIUM:
        return "no stationary pure profile is an equilibrium"
    return None


def _stationary(mdp: ContractMDP) -> str | None:
    """CON-13: a stationary equilibrium is found, pure or mixed, and verified."""
    result = _solved(mdp)
    if result.status is not Status.SOLVED:
        return f"none was found: {result.status.value}"
    return None


def _truncated(mdp: ContractMDP) -> str | None:
    """CON-14: after k stages little can be gained."""
    stages = 6
    result = _solved(mdp, form="truncated", stages=stages)
    assert result.solution is not None
    paid = float(np.abs(result.solution.contracts).max(initial=0.0))
    spread = 2 * (mdp.scale + paid)
    most = mdp.discount**stages * spread / (1 - mdp.discount)
    if result.solution.epsilon > most + _CLOSE * max(mdp.scale, 1.0):
        return f"epsilon {result.solution.epsilon} after {stages} stages, at most {most}"
    return None


def _nudged(mdp: ContractMDP) -> str | None:
    """CON-15: a nudge of 2 E keeps the action best for values that are off by at most E."""
    error = 0.125
    q, _ = _last_stage(mdp)
    rng = np.random.default_rng(0)
    for s, a in np.argwhere(mdp.exists).tolist():
        row = mdp.probabilities[s], mdp.exists[s]
        guess = q[s] + rng.uniform(-error, error, mdp.n_actions)
        found = programs.cheapest_contract(row[0], guess, row[1], a, 2 * error)
        unit = programs.cheapest_contract(row[0], np.zeros(mdp.n_actions), row[1], a, 1.0)
        if unit is None:
            continue  # implementable at most weakly: no margin is possible for all values
        if found is None:
            return f"state {s}, action {a}: cannot be nudged, although any values allow it"
        his = np.where(mdp.exists[s], q[s] + row[0] @ found.contract, -np.inf)
        if his[a] < his.max() - 1e-9:
            return f"state {s}, action {a}: not best for the true values"
        exact = programs.cheapest_contract(row[0], q[s], row[1], a)
        if exact is None or found.payment > exact.payment + 4 * error * unit.payment + 1e-9:
            return f"state {s}, action {a}: pays {found.payment}, more than 4 E k above the least"
    return None


def _no_ties(mdp: ContractMDP) -> bool:
    """Whether she has no ties, so that values are unique."""
    solution = _solved(mdp).solution
    return solution is not None and solution.principal_ties == 0


_PAPER = "Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024)"
_OWN = "eqsolve, theory of contracts"


def _theorem(
    id: str,
    title: str,
    statement: str,
    source: str,
    claim: Callable[[ContractMDP], str | None],
    strategy: str = "contract_mdps",
    *,
    applies: Callable[[ContractMDP], bool] = lambda mdp: True,
    hypotheses: str = "none",
    can_happen: bool = False,
) -> Theorem:
    """Return a theorem of the kind."""
    return Theorem(
        id=id,
        title=title,
        statement=statement,
        source=source,
        kind=ContractMDP.kind,
        claim=claim,
        applies=applies,
        hypotheses=hypotheses,
        strategy=strategy,
        can_happen=can_happen,
    )


THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        "CON-1",
        "optimal contract",
        "The least payment for an action is a linear program, and dual weights prove it.",
        "Grossman and Hart (1983)",
        _programs,
    ),
    _theorem(
        "CON-2",
        "implementability",
        "Some contract makes an action best iff no mixture of others has its outcome "
        "distribution and pleases the agent more.",
        "Hermalin and Katz (1991)",
        _imitated,
    ),
    _theorem(
        "CON-3",
        "closed forms",
        "With one rival the payment is a formula; the greatest over rivals is a lower bound; as "
        "many payments as there are rivals are enough.",
        "Grossman and Hart (1983)",
        _closed_forms,
    ),
    _theorem(
        "CON-4",
        "linear contracts",
        "The first best is at most n times what the best linear contract earns.",
        "Duetting, Roughgarden and Talgam-Cohen (2019)",
        _linear,
        "one_shot_contracts",
        applies=_is_plain,
        hypotheses="one period, rewards and costs >= 0, a free action",
    ),
    _theorem(
        "CON-5",
        "backward induction",
        "Backward induction finds a subgame-perfect equilibrium; its welfare is at most the first "
        "best, and the agent gets at least what he has unpaid.",
        _PAPER,
        _perfect,
    ),
    _theorem(
        "CON-6",
        "ties matter",
        "How the principal breaks ties late can change her own value early.",
        _OWN,
        _ties_matter,
        can_happen=True,
    ),
    _theorem(
        "CON-7",
        "alternation",
        "The alternation of agent and principal finds the equilibrium in T rounds, and one more "
        "sees it.",
        _PAPER,
        _alternation,
        applies=_no_ties,
        hypotheses="the principal has no ties",
    ),
    _theorem(
        "CON-8",
        "given policy",
        "The agent's least values under a policy are those of one linear program, in all states "
        "at once.",
        _OWN,
        _target,
        "lasting_contract_mdps",
    ),
    _theorem(
        "CON-9",
        "commitment",
        "She earns no less when she can commit, and at most the first best less what the agent has "
        "unpaid.",
        _OWN,
        _commits,
    ),
    _theorem(
        "CON-10",
        "contracts can hurt",
        "Without commitment the principal can be worse off than if contracts did not exist.",
        _OWN,
        _hurt,
        can_happen=True,
    ),
    _theorem(
        "CON-11",
        "observed actions",
        "If outcomes tell actions there is no agency cost, and the agent gets what he has unpaid.",
        _OWN,
        _revealed,
        "revealing_contract_mdps",
        applies=_reveals,
        hypotheses="each outcome happens under one action only",
    ),
    _theorem(
        "CON-12",
        "no pure stationary equilibrium",
        "Without a horizon, equilibria in stationary pure contracts need not exist.",
        _OWN,
        _none_pure,
        "lasting_contract_mdps",
        can_happen=True,
    ),
    _theorem(
        "CON-13",
        "stationary equilibrium",
        "A stationary equilibrium exists if she may draw contracts at random.",
        _OWN,
        _stationary,
        "lasting_contract_mdps",
    ),
    _theorem(
        "CON-14",
        "truncation",
        "Backward induction over k stages leaves gains of at most discount**k times the range of "
        "values.",
        _OWN,
        _truncated,
        "lasting_contract_mdps",
    ),
    _theorem(
        "CON-15",
        "nudge",
        "A nudge of 2 E keeps the action best for values off by at most E, and costs at most 4 E "
        "times the payment for a unit.",
        _PAPER,
        _nudged,
    ),
)
