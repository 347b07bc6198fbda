"""Contracts in Markov decision processes: paying an agent whose actions are hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.contract_mdp.generate import tree_mdp
    from eqsolve.families.contract_mdp.instance import ContractMDP
    from eqsolve.families.contract_mdp.questions.learning import (
        CostPoint,
        learn_contracts,
        sweep_costs,
    )
    from eqsolve.families.contract_mdp.questions.one_shot import (
        LinearContract,
        OptimalContract,
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
    "AgencyReport",
    "ContractMDP",
    "ContractSolution",
    "CostPoint",
    "Evaluation",
    "LinearContract",
    "OptimalContract",
    "agency_report",
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
    "sweep_costs",
    "tree_mdp",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "generate": ("tree_mdp",),
        "instance": ("ContractMDP",),
        "questions.learning": ("CostPoint", "learn_contracts", "sweep_costs"),
        "questions.one_shot": (
            "LinearContract",
            "OptimalContract",
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
