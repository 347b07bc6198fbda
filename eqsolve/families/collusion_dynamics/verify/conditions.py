"""Checks of a claimed phase line, and of what the market looks like at its attractors.

Everything is recomputed in fractions from rounds that are listed anew: the coefficients, the signs
at the brackets, the number of zeros (by the signs of the quadratic in ``t = 1 / theta - 1``, whose
positive zeros are those inside (0, 1)), and from them stability, regime, limits and attractors.
Probabilities of collusion are for `chances`. O(2**n) for n sellers, O(n) beyond 12.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.solution import Attractor, CollusionSolution
from eqsolve.families.collusion_dynamics.verify.chances import check_chances
from eqsolve.families.collusion_dynamics.verify.rounds import (
    Parabola,
    both_prices,
    coefficients,
)

__all__ = ["verify"]

_EXACT = 1e-9
"""How far measures of an attractor may be off, times the largest payoff for payoffs."""
_NEAR = Fraction(1, 10**9)
"""How far a critical fidelity may be off."""

_REGIMES = {
    "-": "competition",
    "+": "full_collusion",
    "0": "neutral",
    "-+-": "bistable",
    "-+": "bistable_high",
    "--": "critical",
    "++": "critical",
    "+-": "mixed",
    "+-+": "mixed",
}


def verify(
    dynamics: CollusionDynamics,
    result: Result[CollusionSolution] | CollusionSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `dynamics`.

    Parameters
    ----------
    dynamics : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : not needed for the phase line, which is compared in fractions and within 1e-9.
    deadline : for recomputing probabilities; the phase line is always checked.

    Examples
    --------
    >>> from eqsolve.families.collusion_dynamics.solve import solve
    >>> model = CollusionDynamics(0.85, {"ratio": 1.5}, 0.5)
    >>> verify(model, solve(model)).valid
    True
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), dynamics.scale, deadline)
    solution = claim.solution
    if solution is None:
        if claim.status is Status.NO_EQUILIBRIUM:
            problems = ["learning always leads somewhere"]
            builder.require("collusion.existence", "there is no answer", problems)
        return builder.finish()
    line = _Line(dynamics)
    if _rest_points(builder, line, solution):
        _limits(builder, dynamics, line, solution)
        _attractors(builder, dynamics, solution)
        _objective(builder, dynamics, claim, solution, bare=claim is not result)
        check_chances(builder, dynamics, claim, solution)
    _critical(builder, dynamics, solution)
    return builder.finish()


class _Line:
    """The quadratic of an instance, and questions about it."""

    def __init__(self, dynamics: CollusionDynamics) -> None:
        self.parts: Parabola = coefficients(dynamics, dynamics.exact_fidelity)

    def at(self, x: Fraction) -> Fraction:
        """Return the value at x."""
        return self.parts[0] + self.parts[1] * x + self.parts[2] * x * x

    def slope(self, x: Fraction) -> Fraction:
        """Return the slope at x."""
        return self.parts[1] + 2 * self.parts[2] * x

    @property
    def touches(self) -> bool:
        """Whether there is a double zero somewhere."""
        c, b, a = self.parts
        return a != 0 and b * b == 4 * a * c

    def number_inside(self) -> int:
        """Return how many different zeros there are inside (0, 1), by Descartes' rule of signs."""
        c, b, a = self.parts
        found = [c, 2 * c + b, c + b + a]  # of t**2, t and 1, times (1 + t)**2
        signs = [x for x in found if x]
        changes = sum(one * other < 0 for one, other in pairwise(signs))
        if changes < 2:
            return changes
        inner = b * b - 4 * a * c
        return 0 if inner < 0 else 1 if inner == 0 else 2


def _rest_points(builder: ReportBuilder, line: _Line, solution: CollusionSolution) -> bool:
    """Check coefficients, brackets, number of zeros, signs, stability and regime."""
    points = solution.rest_points
    ends = [Fraction(0), *(end for point in points for end in point.bracket), Fraction(1)]
    problems = []
    if len(solution.signs) != len(points) + 1:
        problems.append(f"{len(solution.signs)} signs beside {len(points)} rest points")
    if any(one > other for one, other in pairwise(ends)):
        problems.append("brackets must rise from 0 to 1")
    for point in points:
        low, high = point.bracket
        if not low <= Fraction(point.theta) <= high and abs(point.theta - float(low)) > 1e-15:
            problems.append(f"theta = {point.theta} lies outside its bracket")
        if high - low > _NEAR:
            problems.append(f"the bracket of theta = {point.theta} is wider than {float(_NEAR):g}")
    if not builder.require("collusion.form", "there is a bracket for each rest point", problems):
        return False
    same = solution.quadratic == line.parts
    problems = [] if same else [f"they are {', '.join(map(str, line.parts))}"]
    builder.require(
        "collusion.quadratic", "the coefficients are those of the advantage", problems,
        theorem="COL-4",
    )  # fmt: skip
    problems = []
    for point in points:
        low, high = point.bracket
        double = point.stability == "semi_stable"
        function = line.slope if double else line.at
        if function(low) * function(high) >= 0 or (double and not line.touches):
            problems.append(f"theta = {point.theta} is not shown to be a zero")
    inside = line.number_inside()
    if inside != len(points):
        problems.append(f"there are {inside} rest points, not {len(points)}")
    good = builder.require(
        "collusion.zeros", "each bracket holds a zero, and there is no other", problems,
        theorem="COL-2, COL-4",
    )  # fmt: skip
    if not good:
        return False
    signs = "".join("-0+"[_sign(line.at(x)) + 1] for x in _between(solution))
    told = "".join({-1: "-", 0: "0", 1: "+"}.get(sign, "?") for sign in solution.signs)
    problems = [] if signs == told else [f"the signs are {signs}, not {told}"]
    turns = {"-+": "unstable", "+-": "stable", "--": "semi_stable", "++": "semi_stable"}
    problems += [
        f"theta = {point.theta} is {turns[signs[k : k + 2]]}, not {point.stability}"
        for k, point in enumerate(points)
        if turns[signs[k : k + 2]] != point.stability
    ]
    if _REGIMES[signs] != solution.regime:
        problems.append(f"the regime is {_REGIMES[signs]}, not {solution.regime}")
    return builder.require(
        "collusion.signs", "signs, stability and regime follow from the quadratic", problems,
        theorem="COL-5",
    )  # fmt: skip


def _between(solution: CollusionSolution) -> list[Fraction]:
    """Return a propensity before, between and after the rest points."""
    brackets = [point.bracket for point in solution.rest_points]
    lower = [Fraction(0), *(high for _, high in brackets)]
    upper = [*(low for low, _ in brackets), Fraction(1)]
    return [(low + high) / 2 for low, high in zip(lower, upper, strict=True)]


def _sign(number: Fraction) -> int:
    return (number > 0) - (number < 0)


def _limits(
    builder: ReportBuilder, dynamics: CollusionDynamics, line: _Line, solution: CollusionSolution
) -> None:
    """Check where each start leads."""
    problems = []
    for place, start in enumerate(dynamics.exact_starts):
        expected = _leads_to(line, solution, start)
        told = solution.limits[place]
        if not abs(told - expected) <= 1e-12:
            problems.append(f"start {float(start):g} leads to {expected:.12g}, not {told:.12g}")
    builder.require(
        "collusion.limits", "each start leads to the next rest point", problems, theorem="COL-5"
    )


def _leads_to(line: _Line, solution: CollusionSolution, start: Fraction) -> float:
    """Return the limit of a start."""
    pull = _sign(line.at(start))
    if start in (0, 1) or pull == 0:
        return float(start)
    below, above = 0.0, 1.0
    for point in solution.rest_points:
        low, high = point.bracket
        if low < start < high:
            function = line.slope if point.stability == "semi_stable" else line.at
            is_below = _sign(function(start)) == _sign(function(high))
        else:
            is_below = high <= start
        if is_below:
            below = point.theta
        else:
            above = min(above, point.theta)
    return above if pull > 0 else below


def _attractors(
    builder: ReportBuilder, dynamics: CollusionDynamics, solution: CollusionSolution
) -> None:
    """Check which there are, and the measures of each."""
    signs = solution.signs
    expected = [0.0] * (signs[0] < 0)
    expected += [point.theta for point in solution.rest_points if point.stability != "unstable"]
    expected += [1.0] * (signs[-1] > 0)
    told = [attractor.theta for attractor in solution.attractors]
    problems = [] if told == expected else [f"they lie at {expected}, not at {told}"]
    for attractor in solution.attractors:
        problems += _measures(dynamics, attractor)
    builder.require(
        "collusion.attractors", "attractors and their measures are right", problems,
        theorem="COL-1, COL-5",
    )  # fmt: skip


def _measures(dynamics: CollusionDynamics, told: Attractor) -> list[str]:
    """Return what is wrong with the measures of an attractor."""
    x, p = Fraction(told.theta), dynamics.exact_fidelity
    n = dynamics.n_sellers
    h = x * p + (1 - x) * (1 - p)
    agree = x * p * p + (1 - x) * (1 - p) ** 2
    variance = h - h * h
    top = x * p**n + (1 - x) * (1 - p) ** n
    bottom = x * (1 - p) ** n + (1 - x) * p**n
    pay = _mean_payoff(dynamics, x)
    expected = {
        "high_price_share": h,
        "all_high": top,
        "all_low": bottom,
        "mixed": 1 - top - bottom,
        "correlation": (agree - h * h) / variance if variance else None,
        "payoff": pay,
    }
    problems = []
    for key, value in expected.items():
        found = getattr(told, key)
        if value is None or found is None:
            wrong = value is not found
        else:
            unit = max(1.0, dynamics.scale) if key == "payoff" else 1.0
            wrong = not abs(float(value) - found) <= _EXACT * unit
        if wrong:
            shown = "none" if value is None else f"{float(value):.12g}"
            problems.append(f"theta = {told.theta:g}: {key} is {shown}, not {found}")
    return problems


def _mean_payoff(dynamics: CollusionDynamics, x: Fraction) -> Fraction:
    """Return the mean payoff of a seller at a propensity."""
    above, below = both_prices(dynamics, dynamics.exact_fidelity)
    return (1 - x) * (above[0] + below[0]) + x * (above[1] + below[1])


def _objective(
    builder: ReportBuilder,
    dynamics: CollusionDynamics,
    claim: Result[CollusionSolution],
    solution: CollusionSolution,
    *,
    bare: bool,
) -> None:
    """Check the gain of the greatest attractor, and the bounds."""
    if bare:
        return
    gain = 0.0
    if solution.attractors:
        top = Fraction(solution.attractors[-1].theta)
        gain = float(_mean_payoff(dynamics, top) - _mean_payoff(dynamics, Fraction(0)))
    slack = _EXACT * max(1.0, dynamics.scale)
    problems = []
    if claim.objective is None or not abs(claim.objective - gain) <= slack:
        problems.append(f"the gain is {gain:.12g}, not {claim.objective}")
    for name in ("lower", "upper"):
        bound = getattr(claim.bounds, name)
        if math.isfinite(bound) and abs(bound - gain) > slack:
            problems.append(f"the {name} bound is {bound}, the gain {gain:.12g}")
    builder.require(
        "collusion.objective", "the objective is the gain over competition", problems,
        theorem="COL-5",
    )  # fmt: skip


def _critical(
    builder: ReportBuilder, dynamics: CollusionDynamics, solution: CollusionSolution
) -> None:
    """Check that high prices pay nowhere just below the critical fidelity, somewhere above it."""
    told = solution.critical_fidelity
    half, one = Fraction(1, 2), Fraction(1)
    problems = []
    if told is None:
        if not _pays(dynamics, half) and _pays(dynamics, one):
            problems.append("there is one: high prices pay at 1 and not at 1/2")
    elif not half <= told <= one:
        problems.append(f"{told} is not in [1/2, 1]")
    else:
        below = max(half, Fraction(told) - _NEAR)
        above = min(one, Fraction(told) + _NEAR)
        if _pays(dynamics, below):
            problems.append(f"high prices pay somewhere below {told}")
        if not _pays(dynamics, above):
            problems.append(f"high prices pay nowhere just above {told}")
    builder.require(
        "collusion.critical-fidelity", "there high prices begin to pay somewhere", problems,
        theorem="COL-3",
    )  # fmt: skip


def _pays(dynamics: CollusionDynamics, fidelity: Fraction) -> bool:
    """Return whether the advantage is positive at some propensity inside (0, 1)."""
    c, b, a = coefficients(dynamics, fidelity)
    end = c + b + a
    if c > 0 or end > 0 or (c == 0 and b > 0) or (end == 0 and b + 2 * a < 0):
        return True
    top = -b / (2 * a) if a < 0 else Fraction(0)
    return 0 < top < 1 and c + top * (b + top * a) > 0
