"""Contracts in Markov decision processes: paying an agent whose actions are hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.contract_mdp.generate import tree_mdp
    from eqsolve.families.contract_mdp.instance import ContractMDP
    from eqsolve.families.contract_mdp.questions.bonuses import Bonuses, bonuses
    from eqsolve.families.contract_mdp.questions.costs import (
        CostPoint,
        stopping_cost,
        sweep_costs,
    )
    from eqsolve.families.contract_mdp.questions.learning import learn_contracts
    from eqsolve.families.contract_mdp.questions.one_shot import (
        ActionPayment,
        LinearContract,
        OptimalContract,
        action_payments,
        implementable,
        linear_contract,
        minimum_payment,
        optimal_contract,
    )
    from eqsolve.families.contract_mdp.questions.policies import (
        AgencyReport,
        Evaluation,
        agency_report,
        cheapest_implementation,
        commitment,
        evaluate_contracts,
        first_best,
        no_contracts,
    )
    from eqsolve.families.contract_mdp.solution import ContractSolution
    from eqsolve.families.contract_mdp.solve import contract_equilibrium

__all__ = [
    "ActionPayment",
    "AgencyReport",
    "Bonuses",
    "ContractMDP",
    "ContractSolution",
    "CostPoint",
    "Evaluation",
    "LinearContract",
    "OptimalContract",
    "action_payments",
    "agency_report",
    "bonuses",
    "cheapest_implementation",
    "commitment",
    "contract_equilibrium",
    "evaluate_contracts",
    "first_best",
    "implementable",
    "learn_contracts",
    "linear_contract",
    "minimum_payment",
    "no_contracts",
    "optimal_contract",
    "stopping_cost",
    "sweep_costs",
    "tree_mdp",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "generate": ("tree_mdp",),
        "instance": ("ContractMDP",),
        "questions.bonuses": ("Bonuses", "bonuses"),
        "questions.costs": ("CostPoint", "stopping_cost", "sweep_costs"),
        "questions.learning": ("learn_contracts",),
        "questions.one_shot": (
            "ActionPayment",
            "LinearContract",
            "OptimalContract",
            "action_payments",
            "implementable",
            "linear_contract",
            "minimum_payment",
            "optimal_contract",
        ),
        "questions.policies": (
            "AgencyReport",
            "Evaluation",
            "agency_report",
            "cheapest_implementation",
            "commitment",
            "evaluate_contracts",
            "first_best",
            "no_contracts",
        ),
        "solution": ("ContractSolution",),
        "solve": ("contract_equilibrium",),
    },
)
