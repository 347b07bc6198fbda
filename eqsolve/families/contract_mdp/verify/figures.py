"""What a solution says beside its policy of values, of the start, and of how good it is."""

from __future__ import annotations

import numpy as np

from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.contract_mdp.solution import ContractSolution
from eqsolve.families.contract_mdp.verify.play import Play
from eqsolve.families.contract_mdp.verify.values import Model

__all__ = ["check_figures"]


def check_figures(
    builder: ReportBuilder,
    model: Model,
    claim: Result[ContractSolution],
    solution: ContractSolution,
    play: Play,
    *,
    bare: bool,
) -> None:
    """Check values and every figure at the start against those recomputed; objective and bound."""
    mdp, start = model.mdp, model.mdp.start
    for name, claimed, true in (
        ("agent", solution.agent_values, play.his),
        ("principal", solution.principal_values, play.hers),
    ):
        builder.compare(
            f"contracts.{name}-values",
            f"the values of the {name} follow from the policy",
            np.abs(claimed - true),
            np.abs(true),
            lambda t, s, c=claimed, v=true, who=name: (
                f"stage {t}, {mdp.label('states', s)}: the {who} gets {v[t, s]:g}, not {c[t, s]:g}"
            ),
            theorem="CON-5",
        )
    first = float(start @ model.first_best())
    unpaid_agent, unpaid_principal = (float(start @ values) for values in model.unpaid())
    agent, principal = float(start @ play.his[0]), float(start @ play.hers[0])
    told = solution.no_contract
    figures = {
        "principal_value": (solution.principal_value, principal),
        "agent_value": (solution.agent_value, agent),
        "welfare": (solution.welfare, principal + agent),
        "first_best": (solution.first_best, first),
        "agency_cost": (solution.agency_cost, first - principal - agent),
        "expected_payment": (solution.expected_payment, float(start @ play.paid)),
        "no_contract.principal": (told.get("principal", np.nan), unpaid_principal),
        "no_contract.agent": (told.get("agent", np.nan), unpaid_agent),
    }
    for key, (claimed_figure, right) in figures.items():
        builder.compare(
            f"contracts.{key.replace('_', '-')}",
            f"{key} follows from the policy and the instance",
            abs(claimed_figure - right),
            abs(right),
            lambda c=claimed_figure, v=right, k=key: f"{k} is {v:g}, not {c:g}",
        )
    if not bare:
        _check_objective(builder, claim, solution, principal, first - unpaid_agent)


def _check_objective(
    builder: ReportBuilder,
    claim: Result[ContractSolution],
    solution: ContractSolution,
    principal: float,
    most: float,
) -> None:
    """Check objective and bound; `most` bounds what any policy can earn her."""
    problems = []
    relative = builder.tolerances.relative
    slack = max(relative * abs(principal), builder.scale * 2.0**-40)
    if claim.objective is None or not abs(claim.objective - principal) <= slack:
        problems.append(f"the objective is {principal:g}, not {claim.objective}")
    upper = claim.bounds.upper
    if claim.status is Status.SOLVED and solution.question != "commitment":
        if not abs(upper - principal) <= slack:
            problems.append(f"the bound of a solved question is its objective, not {upper:g}")
    elif np.isfinite(upper) and not abs(upper - most) <= max(slack, relative * abs(most)):
        problems.append(f"the bound is {most:g}, not {upper:g}")
    elif np.isnan(upper):
        problems.append("the bound is no number")
    if np.isfinite(upper) and claim.bounds.source != "certified":
        problems.append(f"the bound is certified, not of source {claim.bounds.source!r}")
    builder.require("contracts.objective", "objective and bound follow from the values", problems)
