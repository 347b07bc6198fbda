"""What must be true of comparisons and of what is learned from them, as claims that can be run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.theorem import Theorem
from eqsolve.families.course_elicitation.asking.menu import menus_of
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.learning.bayes import BayesBelief
from eqsolve.families.course_elicitation.learning.gaussian import Gaussian
from eqsolve.families.course_elicitation.learning.prior import prior_of
from eqsolve.families.course_elicitation.methods.elicit import Elicit
from eqsolve.families.course_elicitation.mistakes import reports_of
from eqsolve.families.course_elicitation.solution import ElicitationRecord

__all__ = ["THEOREMS"]

_KIND = "course_elicitation"
_PAPER = (
    "Soumalias et al. (2025), LLM-Powered Preference Elicitation; theory page, sections 2 and 4"
)
_SHAPES = (1e-3, 0.3, 0.7, 0.9)
_POINTS = 20_001
_NEAR = 1e-9


def _best_chance(error: float, shape: float) -> float:
    """Return the chance of the right answer with the least expected generalised cross entropy.

    The loss of an answer that was given chance p is ``(1 - p^s) / s``.
    """
    return float(1.0 / (1.0 + (error / (1.0 - error)) ** (1.0 / (1.0 - shape))))


def _record(plan: CourseElicitation) -> ElicitationRecord | None:
    """Return what comes of a plan."""
    return Elicit().run(plan, Deadline(), np.random.default_rng(0)).solution


def _cross_entropy(plan: CourseElicitation) -> str | None:
    """CRS-11: no chance on a fine grid has less expected loss than the formula, and it is > 1/2."""
    error = plan.error
    grid = np.linspace(0.0, 1.0, _POINTS)
    for shape in _SHAPES:
        best = _best_chance(error, shape)

        def loss(p: np.ndarray, shape: float = shape) -> np.ndarray:
            right, wrong = (1 - p**shape) / shape, (1 - (1 - p) ** shape) / shape
            return (1 - error) * right + error * wrong

        if not best > 0.5:
            return f"with {error} wrong answers and exponent {shape} the best chance is {best}"
        least = float(loss(grid).min())
        if float(loss(np.array([best]))[0]) > least + _NEAR:
            where = float(grid[int(np.argmin(loss(grid)))])
            return f"with {error} wrong answers and exponent {shape}, {where} beats {best}"
    return None


def _answers(plan: CourseElicitation) -> str | None:
    """See that answers never move a belief against them, nor, without errors, make it vaguer."""
    record = _record(plan)
    reports, menus = reports_of(plan), menus_of(plan.market)
    for i, own in enumerate(record.queries if record is not None else ()):
        prior = prior_of(plan, i, reports, menus[i])
        belief = BayesBelief(prior)
        for query in own:
            better, other = query.bundles[query.answer], query.bundles[1 - query.answer]
            along = prior.features(better) - prior.features(other)
            before, spread = _difference(belief, along)
            belief.learn(better, other)
            after, left = _difference(belief, along)
            if after < before - _NEAR * max(1.0, abs(before)):
                return f"student {i}: {before} becomes {after} after {query}"
            if plan.error == 0 and left > spread * (1 + _NEAR):
                return f"student {i}: variance {spread} becomes {left} after {query}"
            if left < 0:
                return f"student {i}: variance {left}"
    return None


def _prefix(plan: CourseElicitation) -> str | None:
    """With fewer queries the same ones are asked first, and answered as before."""
    whole, short = _record(plan), _record(_shorter(plan))
    if whole is None or short is None:
        return None
    for i, (own, first) in enumerate(zip(whole.queries, short.queries, strict=True)):
        if own[: len(first)] != first:
            return f"student {i}: {first} with fewer queries, {own} with all"
    return None


def _no_mistakes(plan: CourseElicitation) -> str | None:
    """Without mistakes additive reports are the truth, and so is the allocation by them."""
    exact = CourseElicitation(plan.market, noise="none", queries=0, seed=plan.seed)
    record = _record(exact)
    if record is None or record.reported is None or record.true is None:
        return None
    if record.reported.outcome.allocation != record.true.outcome.allocation:
        return (
            f"{record.reported.outcome.allocation}, {record.true.outcome.allocation} by the truth"
        )
    return None


def _shorter(plan: CourseElicitation) -> CourseElicitation:
    """Return the plan with half of its queries."""
    return CourseElicitation(
        plan.market, queries=plan.queries // 2, answerer=plan.answerer, learner=plan.learner,
        acquisition=plan.acquisition, mechanism=plan.mechanism, seed=plan.seed,
        noise=plan.noise, reports=plan.reports,
    )  # fmt: skip


def _difference(belief: Gaussian, along: np.ndarray) -> tuple[float, float]:
    """Return mean and variance of what one bundle is worth more than another."""
    return float(along @ belief.weights), float(along @ belief.covariance @ along)


def _is_any(plan: CourseElicitation) -> bool:
    return True


def _has_no_groups(plan: CourseElicitation) -> bool:
    return not any(plan.market.groups)


def _claim(
    id: str, title: str, statement: str, claim: Callable[[CourseElicitation], str | None],
    source: str = _PAPER, hypotheses: str = "none",
    applies: Callable[[CourseElicitation], bool] = _is_any,
) -> Theorem:  # fmt: skip
    """Return a theorem of this kind."""
    return Theorem(
        id=id, title=title, statement=statement, source=source, kind=_KIND, claim=claim,
        strategy="course_elicitations", applies=applies, hypotheses=hypotheses,
    )  # fmt: skip


THEOREMS: tuple[Theorem, ...] = (
    _claim(
        "CRS-11", "comparisons with errors",
        "If answers are wrong with probability eta < 1/2, the chance with the least expected "
        "generalised cross entropy is 1 / (1 + (eta / (1 - eta))^(1 / (1 - s))), above 1/2 for the "
        "right side.",
        _cross_entropy, "Zhang and Sabuncu (2018), Generalized Cross Entropy Loss; " + _PAPER,
    ),
    _claim(
        "CRS-11-answer", "what an answer does",
        "An answer never lowers what the bundle called better is believed to be worth more; where "
        "no answers are wrong it leaves no more doubt about that.",
        _answers, "Opper (1998), A Bayesian approach to on-line learning; " + _PAPER,
    ),
    _claim(
        "CRS-11-prefix", "fewer queries",
        "With fewer queries the same ones are asked first, with the same answers.", _prefix,
    ),
    _claim(
        "CRS-11-report", "no mistakes",
        "Without mistakes, and with utilities that are sums over courses and pairs, the allocation "
        "by reports is that by the truth.",
        _no_mistakes, hypotheses="no groups",
        applies=_has_no_groups,
    ),
)  # fmt: skip
