"""Is a claimed result of a model market right? Every condition, and who breaks it.

Works from the instance and the claimed counts alone; shares no code with the solvers. Payoffs
and deviations are recomputed from the definition, in fractions where whole numbers allow it and
doubles do not decide. That a list is complete (or that there is no equilibrium) is rechecked by
running through all profiles or supports where they are few; otherwise the report says that this is
left to the certificate.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, is_integral
from eqsolve.core.numerics import Tolerances
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.games.model_market.instance import ModelMarket
from eqsolve.games.model_market.solution import ModelMarketSolution, SocialOptimum
from eqsolve.games.model_market.verify_completeness import check_completeness
from eqsolve.games.model_market.verify_payoffs import (
    CLOSE,
    ROUNDING,
    deviations,
    payoffs_of,
    sharpened_gains,
)

__all__ = ["verify"]

_MAX_SETS = 20_000


def verify(
    market: ModelMarket,
    result: Result[ModelMarketSolution] | ModelMarketSolution,
    *,
    tolerance: float = 1e-6,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed to hold equilibria.
    tolerance : of payoffs, welfare and bounds, relative to the numbers compared. Counts are whole
        numbers, so deviations need none: they are judged exactly in hardmax markets of whole
        numbers, elsewhere a gain counts beyond 1e-10 of the payoffs, which rounding may cost.

    Examples
    --------
    >>> from eqsolve.games.model_market.solve import market_equilibria
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> str(verify(market, market_equilibria(market)))
    'valid: 14 conditions hold within 1e-06'
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), market.scale / market.n_platforms)
    listed = np.zeros((0, market.n_models), dtype=np.int64)
    if claim.solution is not None:
        solution = claim.solution
        if not _check_profiles(builder, market, solution):
            return builder.finish()
        listed = solution.counts.reshape(-1, market.n_models)
        _check_deviations(builder, market, listed)
        _check_numbers(builder, market, solution, listed)
        _check_flags(builder, market, solution, listed)
        _check_optimum(builder, market, solution.social_optimum)
        _check_prices_of_anarchy(builder, solution)
        _check_claim(builder, claim, solution)
    complete = claim.status is Status.NO_EQUILIBRIUM or (
        claim.solution is not None and claim.solution.exhaustive
    )
    if complete or _claims_best(claim):
        check_completeness(builder, market, claim, listed, complete=complete)
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


def _check_deviations(builder: ReportBuilder, market: ModelMarket, listed: IntArray) -> None:
    """Check that no platform of any listed profile gains by another model."""
    gains = np.zeros((len(listed), market.n_models, market.n_models))
    for step in deviations(market, listed):
        found = sharpened_gains(market, listed, step)
        allowed = 0.0 if market.is_exact else ROUNDING * np.maximum(step.now, step.after)
        gains[step.rows, step.model, step.other] = np.where(found > allowed, found, 0.0)
    places = [tuple(place) for place in np.argwhere(gains > 0).tolist()]
    places.sort(key=lambda place: -gains[place])
    problems = [
        f"equilibrium {place}: a platform with {market.label('models', model)} gains "
        f"{gains[place, model, other]:.6g} by switching to {market.label('models', other)}"
        for place, model, other in places
    ]
    builder.require("model_market.no-deviation", "no platform gains by another model", problems)


def _check_numbers(
    builder: ReportBuilder, market: ModelMarket, solution: ModelMarketSolution, listed: IntArray
) -> None:
    """Check the payoffs, welfare and diversity claimed for each profile."""
    entries = solution.equilibria
    payoffs = np.full(listed.shape, np.nan)
    for model in range(market.n_models):
        rows = np.flatnonzero(listed[:, model] > 0)
        payoffs[rows, model] = payoffs_of(market, listed[rows], model)
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


def _check_flags(
    builder: ReportBuilder, market: ModelMarket, solution: ModelMarketSolution, listed: IntArray
) -> None:
    """Check the flags `strict` and `marginal` as far as arithmetic decides them."""
    weak: dict[int, tuple[int, int]] = {}
    for step in deviations(market, listed):
        model, other, rows, _, _ = step
        gains = sharpened_gains(market, listed, step)
        for row in rows[gains == 0 if market.is_exact else gains > 0]:
            weak.setdefault(int(row), (model, other))
    problems = []
    for place, entry in enumerate(solution.equilibria):
        if entry.strict and place in weak:
            model, other = weak[place]
            problems.append(
                f"equilibrium {place} is not strict: switching from "
                f"{market.label('models', model)} to {market.label('models', other)} loses nothing"
            )
        if market.is_exact and not entry.strict and place not in weak:
            problems.append(f"equilibrium {place} is strict, every deviation loses")
        if entry.marginal and (market.is_exact or entry.strict):
            problems.append(
                f"equilibrium {place} is flagged marginal, but rounding decides nothing"
            )
    builder.require("model_market.flags", "strict and marginal are flagged rightly", problems)


def _check_optimum(builder: ReportBuilder, market: ModelMarket, optimum: SocialOptimum) -> None:
    """Check the social optimum: a set of at most N models, its welfare, and its bound."""
    models = list(optimum.models)
    problems = []
    if not 1 <= len(set(models)) == len(models) <= market.n_platforms:
        problems.append(f"{len(models)} models for {market.n_platforms} platforms, or some twice")
    elif not all(0 <= model < market.n_models for model in models):
        problems.append(f"models {models}: there are {market.n_models}")
    if not builder.require(
        "model_market.optimum-set", "the social optimum is a set of at most N models", problems
    ):
        return
    worth = market.scores * market.shares
    value = float(worth[models].max(axis=0).sum())
    builder.compare(
        "model_market.optimum-welfare",
        "the welfare of the social optimum follows from its models",
        abs(optimum.welfare - value),
        value,
        lambda: f"models {models} give {value:.9g}, not {optimum.welfare:.9g}",
    )
    bound, why = _proved_bound(market, worth, optimum)
    if bound is None:
        builder.leave(f"that no set of models has welfare above {optimum.bound:.9g}")
        bound = optimum.bound
    builder.compare(
        "model_market.optimum-bound",
        "no set of at most N models serves users better than the bound claimed",
        max(bound - optimum.bound, optimum.welfare - optimum.bound),
        bound,
        lambda: f"{why}: up to {bound:.9g}, claimed {optimum.bound:.9g}",
    )


def _proved_bound(
    market: ModelMarket, worth: FloatArray, optimum: SocialOptimum
) -> tuple[float | None, str]:
    """Return a bound on the welfare of any set that can be recomputed here, and its argument."""
    everything = float(worth.max(axis=0).sum())
    if everything <= optimum.bound * (1 + CLOSE):
        return everything, "all models together"
    if optimum.prices is not None:
        rewards = np.maximum(worth - optimum.prices, 0).sum(axis=1)
        best = np.sort(rewards)[::-1][: market.n_platforms]
        bound = float(optimum.prices.sum() + best.sum())
        if is_integral(market.scores) and is_integral(market.weights):
            # Whole numbers: the welfare of a set is a multiple of 1 / (sum of weights).
            steps = int(market.weights.sum())
            bound = math.floor(bound * steps + 1e-6) / steps
        return bound, "the multipliers given"
    size = min(market.n_models, market.n_platforms)
    if math.comb(market.n_models, size) <= _MAX_SETS:
        sets = combinations(range(market.n_models), size)
        return max(float(worth[list(s)].max(axis=0).sum()) for s in sets), "all sets"
    return None, ""


def _check_prices_of_anarchy(builder: ReportBuilder, solution: ModelMarketSolution) -> None:
    """Check price of anarchy and of stability against the listed welfares."""
    welfares = [entry.welfare for entry in solution.equilibria]
    best = solution.social_optimum.welfare
    problems = []
    for title, claimed, welfare in (
        ("anarchy", solution.price_of_anarchy, min(welfares, default=0.0)),
        ("stability", solution.price_of_stability, max(welfares, default=0.0)),
    ):
        ratio = 1.0 if best == welfare else (best / welfare if welfare > 0 else None)
        if claimed is None:
            if solution.exhaustive and welfares and ratio is not None and title == "anarchy":
                problems.append(f"the price of {title} is {ratio:.9g}, but none is given")
        elif ratio is None or abs(claimed - ratio) > builder.tolerances.relative * ratio:
            problems.append(f"the price of {title} is {ratio}, not {claimed:.9g}")
    builder.require(
        "model_market.price-of-anarchy", "optimum over the worst and best equilibrium", problems
    )


def _check_claim(
    builder: ReportBuilder, claim: Result[ModelMarketSolution], solution: ModelMarketSolution
) -> None:
    """Check that status, objective and bound fit the list."""
    problems = []
    welfares = [entry.welfare for entry in solution.equilibria]
    if not welfares:
        problems.append(f"status {claim.status.value!r}, but no equilibrium is listed")
    if solution.exhaustive and claim.limit is not None:
        problems.append(f"called exhaustive although the {claim.limit.value} limit stopped it")
    objective = claim.objective
    if objective is not None and welfares:
        slack = builder.tolerances.relative * max(1.0, abs(objective))
        if abs(objective - max(welfares)) > slack:
            problems.append(f"the best welfare listed is {max(welfares):.9g}, not {objective:.9g}")
        if claim.bounds.upper < objective - slack:
            problems.append(f"bound {claim.bounds.upper:.9g} is below the objective")
        fine = claim.bounds.upper >= solution.social_optimum.bound - slack
        if not fine and not (solution.exhaustive or _claims_best(claim)):
            problems.append(f"nothing proves the bound {claim.bounds.upper:.9g}")
    builder.require("model_market.claim", "status, objective and bound fit the list", problems)


def _claims_best(claim: Result[ModelMarketSolution]) -> bool:
    """Return whether a bound says that no equilibrium is better for users than those listed."""
    solution, upper = claim.solution, claim.bounds.upper
    if solution is None or claim.objective is None or math.isinf(upper) or solution.exhaustive:
        return False
    return upper < solution.social_optimum.bound and claim.status is Status.SOLVED
