"""How contracts are told: facts, tables, one sentence."""

from __future__ import annotations

import numpy as np

from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.table import Table
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["contract_words", "facts", "headline", "tables", "tidy"]


def facts(mdp: ContractMDP) -> dict[str, str]:
    """Return what there is to know before solving."""
    low, high = float(mdp.principal_rewards.min()), float(mdp.principal_rewards.max())
    mine = mdp.agent_rewards[mdp.exists]
    return {
        "states": f"{mdp.n_states} ({int(mdp.terminal.sum())} terminal)",
        "actions": f"{int(mdp.exists.sum(axis=1).max())} at most, {int(mdp.exists.sum())} in all",
        "outcomes": f"{mdp.n_outcomes} at most",
        "periods": "no end" if mdp.horizon is None else str(mdp.horizon),
        "discount": f"{mdp.discount:g}",
        "principal's rewards": f"{low:g} to {high:g}",
        "agent's rewards": f"{mine.min():g} to {mine.max():g}" if mine.size else "none",
    }


_ASKED = {
    "spe": "subgame-perfect equilibrium",
    "commitment": "commitment",
    "target": "cheapest contracts for the given policy",
    "linear": "equilibrium in shares of the rewards",
}


def headline(mdp: ContractMDP, result: Result[ContractSolution]) -> str:
    """Return one sentence: what was found."""
    solution = result.solution
    if result.status is Status.NO_EQUILIBRIUM:
        return "no stationary pure profile is an equilibrium; a mixed one always exists"
    if solution is None:
        return "nothing found before the run was stopped"
    words = f"{_ASKED[solution.question]}, {solution.form}"
    if result.status is Status.FEASIBLE and solution.question == "spe":
        words = f"{solution.form} contracts, an equilibrium up to {solution.epsilon:.3g}"
    return (
        f"{words}: principal {solution.principal_value:.6g}, agent {solution.agent_value:.6g}, "
        f"payments {solution.expected_payment:.6g}"
    )


def tidy(mdp: ContractMDP, result: Result[ContractSolution]) -> list[Table]:
    """Return what is paid for which outcome, a row for each payment > 0."""
    solution = result.solution
    if solution is None:
        return []
    columns = ["stage", "state", "action", "probability", "outcome", "payment"]
    table = Table("Payments", columns)
    entries = [
        (0, part.state, part.action, part.probability, part.contract) for part in solution.mixture
    ] or [
        (t, s, int(a), 1.0, solution.contracts[t, s].tolist())
        for t, actions in enumerate(solution.actions)
        for s, a in enumerate(actions.tolist())
        if a >= 0
    ]
    for t, s, a, chance, contract in entries:
        names = mdp.label("states", s), mdp.label("actions", a)
        for o, payment in enumerate(np.asarray(contract, dtype=np.float64).tolist()):
            if payment > 0:
                table.add(t, *names, chance, mdp.label("outcomes", o), payment)
    return [table]


def tables(mdp: ContractMDP, result: Result[ContractSolution]) -> list[Table]:
    """Return who gets what, and the contracts of the first stage."""
    solution = result.solution
    if solution is None:
        return []
    money = Table("Who gets what at the start", ["figure", "with contracts", "without"])
    plain = solution.no_contract
    money.add("principal", solution.principal_value, plain["principal"])
    money.add("agent", solution.agent_value, plain["agent"])
    money.add("welfare", solution.welfare, plain["principal"] + plain["agent"])
    money.add("first best", solution.first_best, solution.first_best)
    money.add("agency cost", solution.agency_cost, None)
    money.add("expected payments", solution.expected_payment, 0)
    found = [money]
    if solution.per_action is not None:
        each = Table("Each action", ["action", "least payment", "principal", "agent", "contract"])
        for entry in solution.per_action:
            contract = entry["contract"]
            words = "cannot be implemented" if contract is None else contract_words(mdp, contract)
            name = mdp.label("actions", entry["action"])
            each.add(name, entry["payment"], entry["principal"], entry["agent"], words)
        found.append(each)
    else:
        found.append(_contracts(mdp, solution))
    return found


def _contracts(mdp: ContractMDP, solution: ContractSolution) -> Table:
    """Return what is offered in each state of the first stage."""
    stage = "" if solution.is_stationary else " of stage 0"
    columns = ["state", "action", "probability", "contract", "principal", "agent"]
    table = Table(f"Contracts{stage}", columns)
    entries = [
        (part.state, part.action, part.probability, part.contract) for part in solution.mixture
    ] or [
        (s, int(a), 1.0, solution.contracts[0, s, : mdp.n_outcomes_of[s]].tolist())
        for s, a in enumerate(solution.actions[0])
        if a >= 0
    ]
    for s, a, chance, contract in entries:
        table.add(
            mdp.label("states", s),
            mdp.label("actions", a),
            chance,
            contract_words(mdp, contract),
            float(solution.principal_values[0, s]),
            float(solution.agent_values[0, s]),
        )
    return table


def contract_words(mdp: ContractMDP, contract: object) -> str:
    """Return what is paid, in words: only outcomes that are paid for, by name if they have one."""
    payments = np.asarray(contract, dtype=np.float64).tolist()
    names = mdp.labels.get("outcomes") or range(len(payments))
    each = zip(names, payments, strict=False)  # a state may have fewer outcomes than another
    paid = [f"{payment:.6g} for {o}" for o, payment in each if payment > 0]
    return ", ".join(paid) if paid else "nothing"
