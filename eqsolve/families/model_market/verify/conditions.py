"""Is a claimed result of a model market right? Every condition, and who breaks it.

Works from the instance and the claimed counts alone; shares no code with the solvers. Payoffs
and deviations are recomputed from the definition, in fractions where whole numbers allow it and
doubles do not decide. That a list is complete (or that there is no equilibrium) is rechecked by
running through all profiles or supports where they are few; otherwise the report says that this is
left to the certificate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, is_integral
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.solution import ModelMarketSolution, SocialOptimum
from eqsolve.families.model_market.verify.payoffs import payoffs_of, switches
from eqsolve.families.model_market.verify.proofs import (
    Missing,
    check_certificate,
    check_completeness,
)

__all__ = ["verify"]

_MAX_SETS = 20_000

_GAIN = 1e-10
"""Share of the payoffs compared beyond which a gain counts, where nothing is exact."""

_CLOSE = 1e-9
"""Share of a bound by which it may be below another and still be taken for it."""

_ROUNDING = 1e-12
"""Share of the payoffs compared that their own rounding may cost, with exponents up to 600."""


def verify(
    market: ModelMarket,
    result: Result[ModelMarketSolution] | ModelMarketSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed to hold equilibria.
    tolerance : of payoffs, welfare and bounds, relative to the numbers compared. Counts are whole
        numbers, so deviations need none: they are judged exactly in hardmax markets of whole
        numbers, elsewhere a gain counts beyond 1e-10 of the payoffs, which rounding may cost.
    deadline : when to end the searches; None: never. The definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.model_market.solve import market_equilibria
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> str(verify(market, market_equilibria(market)))
    'valid: 16 conditions hold within 1e-06'
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), market.scale / market.n_platforms, deadline)
    listed = np.zeros((0, market.n_models), dtype=np.int64)
    missing = Missing(claim.status is Status.NO_EQUILIBRIUM, math.inf, -math.inf)
    if claim.solution is not None:
        solution = claim.solution
        if not _check_profiles(builder, market, solution):
            return builder.finish()
        listed = solution.counts.reshape(-1, market.n_models)
        _check_deviations(builder, market, solution, listed)
        _check_numbers(builder, market, solution, listed)
        best = _check_optimum(builder, market, solution, listed)
        _check_prices_of_anarchy(builder, solution, best)
        _check_claim(builder, claim, solution)
        missing = _not_to_be_missing(claim, solution)
    elif claim.status is Status.NO_EQUILIBRIUM:
        _check_nothing_else(builder, claim)
    check_certificate(builder, market, claim)
    if missing.asked:
        check_completeness(builder, market, claim, listed, missing)
    return builder.finish()


def _check_profiles(
    builder: ReportBuilder, market: ModelMarket, solution: ModelMarketSolution
) -> bool:
    """Check that each entry is a profile and none is listed twice."""
    problems: list[str] = []
    seen: dict[tuple[int, ...], int] = {}
    for place, equilibrium in enumerate(solution.equilibria):
        counts = tuple(equilibrium.counts.tolist())
        if len(counts) != market.n_models or min(counts) < 0:
            problems.append(f"equilibrium {place}: counts must be {market.n_models} numbers >= 0")
        elif sum(counts) != market.n_platforms:
            problems.append(
                f"equilibrium {place}: counts sum to {sum(counts)}, "
                f"but there are {market.n_platforms} platforms"
            )
        elif counts in seen:
            problems.append(f"equilibrium {place} is the same as equilibrium {seen[counts]}")
        seen[counts] = place
    return builder.require(
        "model_market.profiles", "each entry gives every platform one model, once", problems
    )


def _check_deviations(
    builder: ReportBuilder, market: ModelMarket, solution: ModelMarketSolution, listed: IntArray
) -> None:
    """Check that no platform of a listed profile gains, and which flags the other switches leave.

    A gain counts beyond 1e-10 of the payoffs compared, give or take their rounding (exactly beyond
    0 in exact markets); a switch that neither gains nor loses so much is close.
    """
    exact = market.is_exact
    gaining: list[tuple[float, int, int, int]] = []
    ties = np.zeros(len(listed), dtype=bool)  # some switch, to an equal model maybe, is close
    near, maybe_near = (
        ties.copy(),
        ties.copy(),
    )  # one to another model is, surely or within rounding
    for model in range(market.n_models):
        for rows, gains, sizes, alike in switches(market, listed, model, exact=exact):
            bar = 0.0 if exact else (_GAIN + _ROUNDING) * sizes
            for row, other in np.argwhere(gains > bar).tolist():
                gaining.append((-float(gains[row, other]), int(rows[row]), model, other))
            ties[rows] |= alike.sum() > 1
            maybe_near[rows] |= ((np.abs(gains) <= bar) & ~alike).any(axis=1)
            surely = 0.0 if exact else (_GAIN - _ROUNDING) * sizes
            near[rows] |= ((np.abs(gains) <= surely) & ~alike).any(axis=1)
    problems = [
        f"equilibrium {row}: a platform with {market.label('models', model)} gains "
        f"{-loss:.6g} by switching to {market.label('models', other)}"
        for loss, row, model, other in sorted(gaining)
    ]
    builder.require("model_market.no-deviation", "no platform gains by another model", problems)
    problems = []
    for place, entry in enumerate(solution.equilibria):
        if entry.strict and (ties[place] or near[place]):
            problems.append(f"equilibrium {place} is not strict: some switch loses nothing")
        if not entry.strict and not (ties[place] or maybe_near[place]):
            problems.append(f"equilibrium {place} is strict, every switch loses")
        if entry.marginal and (exact or not maybe_near[place]):
            problems.append(f"equilibrium {place} is not marginal: rounding decides nothing")
        if not entry.marginal and not exact and near[place]:
            problems.append(f"equilibrium {place} is marginal: rounding decides about some switch")
    builder.require("model_market.flags", "strict and marginal are flagged rightly", problems)


def _check_numbers(
    builder: ReportBuilder, market: ModelMarket, solution: ModelMarketSolution, listed: IntArray
) -> None:
    """Check the payoffs, welfare and diversity claimed for each profile."""
    entries = solution.equilibria
    payoffs = payoffs_of(market, listed)
    claimed = np.array([entry.payoffs for entry in entries]).reshape(listed.shape)
    missing = np.argwhere(np.isnan(claimed) != np.isnan(payoffs))
    builder.require(
        "model_market.payoffs-present",
        "payoffs are given for the models in use and no others",
        [f"equilibrium {place}: {market.label('models', model)}" for place, model in missing],
    )
    wrong = np.nan_to_num(np.abs(claimed - payoffs))
    builder.compare(
        "model_market.payoffs",
        "payoffs follow from the counts",
        wrong,
        np.nan_to_num(np.abs(payoffs)),
        lambda place, model: (
            f"equilibrium {place}: {market.label('models', model)} pays {payoffs[place, model]:.9g}"
            f", not {claimed[place, model]:.9g}"
        ),
    )
    shares = listed / market.n_platforms
    logs = np.log(np.where(shares > 0, shares, 1.0))
    recomputed = {
        "welfare": np.nansum(payoffs * listed, axis=1),
        "hhi": (shares * shares).sum(axis=1),
        "shannon": -(shares * logs).sum(axis=1),
    }
    for key, values in recomputed.items():
        given = np.array([getattr(entry, key) for entry in entries], dtype=np.float64)
        builder.compare(
            f"model_market.{key}",
            f"{key} follows from the counts",
            np.abs(given - values),
            np.maximum(np.abs(values), 1.0 if key == "shannon" else 0.0),
            lambda place, key=key, given=given, values=values: (
                f"equilibrium {place}: {key} is {values[place]:.9g}, not {given[place]:.9g}"
            ),
        )


def _check_optimum(
    builder: ReportBuilder, market: ModelMarket, solution: ModelMarketSolution, listed: IntArray
) -> float:
    """Check the social optimum: a set of at most N models, its welfare, and its bound.

    Returns
    -------
    best : the greatest welfare of any set of models; NaN where it is not known.
    """
    optimum = solution.social_optimum
    models = list(optimum.models)
    problems = []
    if not 1 <= len(set(models)) == len(models) <= market.n_platforms:
        problems.append(f"{len(models)} models for {market.n_platforms} platforms, or some twice")
    elif not all(0 <= model < market.n_models for model in models):
        problems.append(f"models {models}: there are {market.n_models}")
    if not builder.require(
        "model_market.optimum-set", "the social optimum is a set of at most N models", problems
    ):
        return math.nan
    worth = market.scores * market.shares
    value = float(worth[models].max(axis=0).sum())
    builder.compare(
        "model_market.optimum-welfare",
        "the welfare of the social optimum follows from its models",
        abs(optimum.welfare - value),
        value,
        lambda: f"models {models} give {value:.9g}, not {optimum.welfare:.9g}",
    )
    in_use = [float(worth[counts > 0].max(axis=0).sum()) for counts in listed]
    most_in_use = max(in_use, default=0.0)
    builder.compare(
        "model_market.optimum-best",
        "no equilibrium listed uses models that serve users better than the social optimum",
        most_in_use - value,
        max(value, most_in_use),
        lambda: (
            f"the models of equilibrium {in_use.index(most_in_use)} give {most_in_use:.9g}, the "
            f"social optimum {value:.9g}"
        ),
    )
    least, most, why = _proved_bounds(builder, market, worth, optimum)
    if not why:
        builder.leave(f"that no set of models has welfare above {optimum.bound:.9g}")
    builder.compare(
        "model_market.optimum-bound",
        "no set of at most N models serves users better than the bound claimed",
        max(least - optimum.bound, optimum.bound - most, optimum.welfare - optimum.bound),
        optimum.welfare,
        lambda: (
            f"{why or 'its own set'}: up to {max(least, optimum.welfare):.9g}, at most "
            f"{most:.9g}, claimed {optimum.bound:.9g}"
        ),
    )
    if optimum.bound <= value * (1 + _CLOSE):
        return value  # as good as its bound, which was checked or said to be unproved
    best = None
    with builder.search("which set of models serves users best") as poll:
        best = _best_of_all_sets(market, worth, poll)
    return math.nan if best is None else best


def _best_of_all_sets(
    market: ModelMarket, worth: FloatArray, poll: Callable[[], None]
) -> float | None:
    """Return the greatest welfare of any set of at most N models; None: too many sets."""
    size = min(market.n_models, market.n_platforms)
    if math.comb(market.n_models, size) > _MAX_SETS:
        return None
    best = -math.inf
    for chosen in combinations(range(market.n_models), size):
        poll()
        best = max(best, float(worth[list(chosen)].max(axis=0).sum()))
    return best


def _proved_bounds(
    builder: ReportBuilder, market: ModelMarket, worth: FloatArray, optimum: SocialOptimum
) -> tuple[float, float, str]:
    """Return between which numbers a bound on the welfare of any set must be, and by what."""
    everything = float(worth.max(axis=0).sum())
    if optimum.prices is not None:
        rewards = np.maximum(worth - optimum.prices, 0).sum(axis=1)
        best = np.sort(rewards)[::-1][: market.n_platforms]
        bound = float(optimum.prices.sum() + best.sum())
        if is_integral(market.scores) and is_integral(market.weights):
            # Whole numbers: the welfare of a set is a multiple of 1 / (sum of weights).
            steps = int(market.weights.sum())
            bound = math.floor(bound * steps + 1e-6) / steps
        bound = min(bound, everything)
        return bound, bound, "the multipliers given"
    if market.n_models <= market.n_platforms or optimum.bound >= everything * (1 - _CLOSE):
        return everything, everything, "all models together"
    best_set = None
    with builder.search("which set of models serves users best") as poll:
        best_set = _best_of_all_sets(market, worth, poll)
    if best_set is None:
        return -math.inf, everything, ""
    return best_set, everything, "all sets"


def _check_prices_of_anarchy(
    builder: ReportBuilder, solution: ModelMarketSolution, best: float
) -> None:
    """Check price of anarchy and of stability against the listed welfares and the optimum.

    Parameters
    ----------
    best : the welfare of the social optimum; NaN where it is not known, so that no ratio is.
    """
    welfares = [entry.welfare for entry in solution.equilibria]
    given = (solution.price_of_anarchy, solution.price_of_stability)
    if math.isnan(best):
        if given != (None, None):
            builder.leave("the prices of anarchy and stability: the social optimum is not proved")
        return
    problems = []
    for title, claimed, welfare in (
        ("anarchy", solution.price_of_anarchy, min(welfares, default=0.0)),
        ("stability", solution.price_of_stability, max(welfares, default=0.0)),
    ):
        ratio = _ratio(best, welfare)
        if claimed is None:
            if solution.exhaustive and welfares and ratio is not None and title == "anarchy":
                problems.append(f"the price of {title} is {ratio:.9g}, but none is given")
        elif ratio is None or abs(claimed - ratio) > builder.tolerances.relative * ratio:
            problems.append(f"the price of {title} is {ratio}, not {claimed:.9g}")
    builder.require(
        "model_market.price-of-anarchy", "optimum over the worst and best equilibrium", problems
    )


def _ratio(best: float, welfare: float) -> float | None:
    """Return optimum / welfare; 1 where both are the same, None where only the latter is 0."""
    if best == welfare:
        return 1.0
    return best / welfare if welfare > 0 else None


def _check_claim(
    builder: ReportBuilder, claim: Result[ModelMarketSolution], solution: ModelMarketSolution
) -> None:
    """Check that status, question, objective and bound fit the list."""
    problems = []
    welfares = [entry.welfare for entry in solution.equilibria]
    missing = _not_to_be_missing(claim, solution)
    if not welfares:
        problems.append(f"status {claim.status.value!r}, but no equilibrium is listed")
    if claim.limit is not None and (solution.exhaustive or claim.status is Status.SOLVED):
        name = "called exhaustive" if solution.exhaustive else "called solved"
        problems.append(f"{name} although the {claim.limit.value} limit stopped it")
    if claim.status is Status.FEASIBLE and solution.exhaustive and claim.objective is not None:
        problems.append("an exhaustive list is 'solved', not 'feasible'")
    find = claim.stats.options.get("find")
    answered = {
        "all": solution.exhaustive,
        "best": missing.covers(math.inf, 0.0),
        "worst": missing.covers(-math.inf, 0.0),
    }
    if claim.status is Status.SOLVED and not answered.get(str(find), True):
        problems.append(f"called solved, but nothing claims what find = {find!r} asks for")
    if claim.objective is not None and welfares:
        problems += _wrong_bounds(claim, solution, builder.tolerances.relative)
    builder.require("model_market.claim", "status, objective and bound fit the list", problems)


def _check_nothing_else(builder: ReportBuilder, claim: Result[ModelMarketSolution]) -> None:
    """Check that a claim that there is no equilibrium comes without a limit and a bound."""
    problems = []
    if claim.limit is not None:
        problems.append(f"called proved although the {claim.limit.value} limit stopped it")
    if claim.objective is not None or math.isfinite(claim.bounds.upper) or claim.bounds.source:
        problems.append("an objective or bound is claimed where there is no equilibrium")
    builder.require("model_market.claim", "no equilibrium: no limit, no objective", problems)


def _wrong_bounds(
    claim: Result[ModelMarketSolution], solution: ModelMarketSolution, margin: float
) -> list[str]:
    """Return what is wrong with objective, bound and its source."""
    problems = []
    best = max(entry.welfare for entry in solution.equilibria)
    objective, upper, source = claim.objective or 0.0, claim.bounds.upper, claim.bounds.source
    slack = margin * max(1.0, abs(objective))
    if abs(objective - best) > slack:
        problems.append(f"the best welfare listed is {best:.9g}, not {objective:.9g}")
    knows_best = _not_to_be_missing(claim, solution).covers(math.inf, 0.0)
    right = best if knows_best else max(best, solution.social_optimum.bound)
    if math.isfinite(upper) and abs(upper - right) > slack:
        problems.append(f"the bound that follows is {right:.9g}, not {upper:.9g}")
    dual = not knows_best and solution.social_optimum.prices is not None
    expected = "certified" if dual else "exhaustive"
    if math.isfinite(upper) and source not in (None, expected):
        problems.append(f"the bound's source is {expected!r}, not {source!r}")
    return problems


def _not_to_be_missing(
    claim: Result[ModelMarketSolution], solution: ModelMarketSolution
) -> Missing:
    """Return which equilibria would refute the claim, were they missing from the list."""
    welfares = [entry.welfare for entry in solution.equilibria]
    above, below = math.inf, -math.inf
    if welfares and not solution.exhaustive:
        best, worst = max(welfares), min(welfares)
        bounded = claim.status is Status.SOLVED and (
            claim.bounds.upper < solution.social_optimum.bound
        )
        if bounded or solution.price_of_stability is not None:
            above = best
        if solution.price_of_anarchy is not None:
            below = worst
    return Missing(solution.exhaustive, above, below)
