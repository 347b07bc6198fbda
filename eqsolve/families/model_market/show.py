"""What people see of a model market: facts, tables and one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.core.table import Table, number
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.reduction import reduced
from eqsolve.families.model_market.payoffs import type_utilities
from eqsolve.families.model_market.solution import ModelEquilibrium, ModelMarketSolution

__all__ = ["facts", "headline", "tables", "tidy"]

_DETAILED = 3


def facts(instance: ModelMarket) -> dict[str, str]:
    """Return a few lines about a market."""
    best = instance.scores.argmax(axis=0)
    reduction = reduced(instance)
    rule = "hardmax" if instance.is_hardmax else f"softmax, beta {number(instance.beta)}"
    return {
        "models": f"{instance.n_models}, {len(reduction.groups)} of them not equal or dominated",
        "user types": str(instance.n_types),
        "platforms": str(instance.n_platforms),
        "choice": rule,
        "scores": f"{number(instance.scores.min())} to {number(instance.scores.max())}",
        "best for some type": f"{len(set(best.tolist()))} models",
    }


def headline(instance: ModelMarket, result: Result[Any]) -> str:
    """Return one sentence: what was found."""
    if result.status is Status.NO_EQUILIBRIUM:
        return "no pure equilibrium: from every profile some platform wants to change"
    if result.solution is None:
        return "no pure equilibrium found before the run was stopped; there may be one"
    solution: ModelMarketSolution = result.solution
    first = solution.equilibria[0]
    found = len(solution.equilibria)
    used = int((first.counts > 0).sum())
    words = f"{found}"
    if used <= _DETAILED:
        words += f" ({'first: ' if found > 1 else ''}{_adoption(instance, first)})"
    if solution.exhaustive:
        return f"all pure equilibria: {words}"
    return f"pure equilibria: {words}; more may exist"


def tidy(instance: ModelMarket, result: Result[Any]) -> list[Table]:
    """Return the equilibria, a row for each model that some platform adopts."""
    if result.solution is None:
        return []
    columns = ["equilibrium", "model", "platforms", "payoff of each platform", "welfare"]
    table = Table("Adoption", columns)
    for place, entry in enumerate(result.solution.equilibria):
        for model in np.flatnonzero(entry.counts).tolist():
            name = instance.label("models", model)
            table.add(place, name, entry.counts[model], entry.payoffs[model], entry.welfare)
    return [table]


def tables(instance: ModelMarket, result: Result[Any]) -> list[Table]:
    """Return the tables of a result: equilibria, adoption in the first, users, social optimum."""
    if result.solution is None:
        return []
    solution: ModelMarketSolution = result.solution
    listing = Table(
        "Equilibria (payoffs per platform and welfare in units of score)",
        ["#", "adopted", "welfare", "HHI", "Shannon", "strict", "marginal"],
    )
    for place, entry in enumerate(solution.equilibria):
        listing.add(
            place,
            _adoption(instance, entry),
            entry.welfare,
            entry.hhi,
            entry.shannon,
            "yes" if entry.strict else "no",
            "yes" if entry.marginal else "no",
        )
    first = solution.equilibria[0]
    adoption = Table(
        "Equilibrium 0: adoption", ["model", "platforms", "share", "payoff of each platform"]
    )
    for model in sorted(np.flatnonzero(first.counts), key=lambda j: (-first.counts[j], j)):
        adoption.add(
            instance.label("models", int(model)),
            first.counts[model],
            first.counts[model] / instance.n_platforms,
            first.payoffs[model],
        )
    users = Table(
        "Equilibrium 0: users", ["type", "weight", "mean score", "best score in the market"]
    )
    utilities = type_utilities(instance, first.counts)
    for q in range(instance.n_types):
        users.add(
            instance.label("types", q),
            instance.shares[q],
            utilities[q],
            instance.scores[:, q].max(),
        )
    optimum = solution.social_optimum
    social = Table("Social optimum (best set of models for users)", ["models", "welfare", "bound"])
    names = ", ".join(instance.label("models", model) for model in optimum.models)
    social.add(names, optimum.welfare, optimum.bound)
    ratios = Table("How far equilibria are from it", ["price of anarchy", "price of stability"])
    ratios.add(solution.price_of_anarchy, solution.price_of_stability)
    return [listing, adoption, users, social, ratios]


def _adoption(market: ModelMarket, entry: ModelEquilibrium) -> str:
    """Return who adopts what, the most adopted first, e.g. ``"A x 3, B x 1"``."""
    used = sorted(np.flatnonzero(entry.counts), key=lambda j: (-entry.counts[j], j))
    shown = [f"{market.label('models', int(j))} x {entry.counts[j]}" for j in used[:6]]
    more = [f"{len(used) - 6} more"] if len(used) > 6 else []
    return ", ".join(shown + more)
