"""How collusion dynamics and their results are shown: facts, tables and one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.solution import CollusionSolution

__all__ = ["facts", "headline", "tables"]

_WORDS = {
    "competition": "low prices from every start",
    "bistable": "high prices take hold above the unstable rest point",
    "full_collusion": "high prices from every start inside",
    "critical": "high prices hold just so: the slightest change of the model decides",
    "mixed": "a mix of prices attracts",
    "bistable_high": "all prices high above the unstable rest point, low below it",
    "neutral": "nothing moves",
}


def facts(dynamics: CollusionDynamics) -> dict[str, str]:
    """Return a few lines about an instance."""
    lines = {
        "sellers": str(dynamics.n_sellers),
        "fidelity": number(dynamics.fidelity),
        "payoffs": f"ratio {number(dynamics.ratio)}"
        if dynamics.ratio is not None
        else f"high {_listed(dynamics.high.tolist())}; low {_listed(dynamics.low.tolist())}",
        "starts": _listed(dynamics.start.tolist()),
    }
    batch, rate = dynamics.batch, dynamics.rate
    if batch is not None and rate is not None:
        seller = "one seller" if batch.feedback == "one" else "all sellers"
        lines["batch"] = f"{batch.size} rounds, outcomes of {seller}, {batch.estimator}"
        lines["rate"] = number(rate.initial)
        if not rate.is_constant:
            lines["rate"] += f" / (t + {number(rate.offset)}) ** {number(rate.power)}"
        lines["updates"] = (
            "until a threshold" if dynamics.horizon is None else str(dynamics.horizon)
        )
    return lines


def _listed(numbers: list[float]) -> str:
    """Return a few numbers as text."""
    more = ["..."] if len(numbers) > 6 else []
    return ", ".join([*(number(it) for it in numbers[:6]), *more])


def headline(dynamics: CollusionDynamics, result: Result[CollusionSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "nothing was found before the run was stopped"
    words = f"{solution.regime}: {_WORDS[solution.regime]}"
    if solution.critical_fidelity is not None:
        words += f"; high prices can pay from fidelity {number(solution.critical_fidelity)} on"
    return words


def tables(dynamics: CollusionDynamics, result: Result[CollusionSolution]) -> list[Table]:
    """Return rest points, attractors, and where each start leads."""
    solution = result.solution
    if solution is None:
        return []
    points = Table("Rest points inside", ["propensity", "stability"])
    points.extend(
        (point.theta, point.stability.replace("_", "-")) for point in solution.rest_points
    )
    places = Table(
        "Attractors",
        ["propensity", "high prices", "all high", "all low", "mixed", "correlation", "payoff"],
    )
    places.extend(
        (
            it.theta,
            it.high_price_share,
            it.all_high,
            it.all_low,
            it.mixed,
            it.correlation,
            it.payoff,
        )
        for it in solution.attractors
    )
    starts = Table("Starts", ["start", "leads to"])
    chances = solution.collusion_probability
    if chances is not None:
        starts.columns = [*starts.columns, "collusion from", "to", "by", "paths", "updates", "+-"]
    for place, theta in enumerate(dynamics.start.tolist()):
        row: list[object] = [theta, solution.limits[place]]
        if chances is not None:
            chance = chances[place]
            row += [chance.low, chance.high, chance.method, chance.paths]
            row += [chance.updates, chance.updates_error]
        starts.add(*row)
    found = [places, starts]
    return [points, *found] if points.rows else found
