"""What must be true of collusion dynamics, as claims that can be run: COL-1 to COL-13.

Each claim recomputes one side of a statement from the definition (latent preferences and followers
listed, in fractions where that can be) and compares it with what the package says.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from eqsolve.core.theorem import Theorem
from eqsolve.families.collusion_dynamics.batches import (
    BatchLaw,
    log_odds,
    propensity,
    rounds_of,
)
from eqsolve.families.collusion_dynamics.calibration import from_counts
from eqsolve.families.collusion_dynamics.fidelity import critical, pays_somewhere
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.law import law_from, steps_within
from eqsolve.families.collusion_dynamics.methods.base import analysis
from eqsolve.families.collusion_dynamics.quadratic import sign
from eqsolve.families.collusion_dynamics.questions.chances import changed, trajectories
from eqsolve.families.collusion_dynamics.questions.line import advantage
from eqsolve.families.collusion_dynamics.questions.rates import safe_rate, steepest

__all__ = ["THEOREMS"]

_THETAS = [Fraction(k, 7) for k in range(1, 7)]


def _rounds(
    model: CollusionDynamics, theta: Fraction
) -> Iterator[tuple[tuple[bool, ...], Fraction]]:
    """Yield prices (high or not) of all sellers with their probabilities."""
    rho = model.exact_fidelity
    for latent in (True, False):
        for follows in itertools.product((True, False), repeat=model.n_sellers):
            chance = theta if latent else 1 - theta
            for follow in follows:
                chance *= rho if follow else 1 - rho
            if chance:
                yield tuple(latent == follow for follow in follows), chance


def _pay(model: CollusionDynamics, prices: tuple[bool, ...], seller: int) -> Fraction:
    """Return what a seller gets."""
    high, low = model.exact_payoffs
    others = sum(prices) - prices[seller]
    return (high if prices[seller] else low)[others]


def _listed_advantage(model: CollusionDynamics, theta: Fraction) -> Fraction:
    """Return the advantage of the high price to seller 0, by listing rounds."""
    total = {True: Fraction(0), False: Fraction(0)}
    share = {True: Fraction(0), False: Fraction(0)}
    for prices, chance in _rounds(model, theta):
        share[prices[0]] += chance
        total[prices[0]] += chance * _pay(model, prices, 0)
    return total[True] / share[True] - total[False] / share[False]


def _share(model: CollusionDynamics, theta: Fraction) -> Fraction:
    rho = model.exact_fidelity
    return theta * rho + (1 - theta) * (1 - rho)


def _law(model: CollusionDynamics) -> str | None:
    """COL-1: the correlation form of the advantage."""
    assert model.ratio is not None
    r = Fraction(str(model.ratio))
    k = model.exact_fidelity * (1 - model.exact_fidelity)
    for theta in _THETAS:
        h = _share(model, theta)
        correlation = 1 - k / (h * (1 - h))
        expected = (r - 1) - r / 2 * (1 - correlation)
        found = _listed_advantage(model, theta)
        if found != expected:
            return f"theta = {theta}: the advantage is {found}, not {expected}"
        if (found > 0) != (correlation > (2 - r) / r):
            return f"theta = {theta}: correlation {correlation} against {(2 - r) / r}"
        if abs(advantage(model, float(theta)) - float(found)) > 1e-9:
            return f"theta = {theta}: the package says {advantage(model, float(theta))}"
    return None


def _zeros(model: CollusionDynamics) -> str | None:
    """COL-2: closed forms of the rest points of the shorthand, and signs beside them."""
    assert model.ratio is not None
    rho, r = model.fidelity, model.ratio
    s = 2 * r * rho * (1 - rho) / (r - 1)
    points = analysis(model).rest_points
    if s > 1 + 1e-12 and (points or _positive_somewhere(model)):
        return f"s = {s:.6g} > 1, and the advantage is positive somewhere"
    if s < 1 - 1e-12 and 0.5 < rho < 1:
        root = math.sqrt(1 - s)
        expected = [((1 + side * root) / 2 - 1 + rho) / (2 * rho - 1) for side in (-1, 1)]
        found = [point.theta for point in points]
        if len(found) != 2 or max(abs(a - b) for a, b in zip(found, expected, strict=True)) > 1e-9:
            return f"rest points {found}, expected {expected}"
        middle = Fraction(found[0] + found[1]) / 2
        ends = Fraction(found[0]) / 2, (1 + Fraction(found[1])) / 2
        signs = [sign(_listed_advantage(model, x)) for x in (ends[0], middle, ends[1])]
        if signs != [-1, 1, -1]:
            return f"signs {signs} of the advantage before, between and after the rest points"
    return None


def _positive_somewhere(model: CollusionDynamics) -> bool:
    """Return whether the listed advantage is positive on a grid."""
    return any(_listed_advantage(model, Fraction(k, 40)) > 0 for k in range(1, 40))


def _threshold(model: CollusionDynamics) -> str | None:
    """COL-3: in a prisoner's dilemma high prices pay somewhere exactly above the threshold."""
    high, low = model.exact_payoffs
    (s, r), (p, t) = high, low
    found = critical(high, low)
    if found is None:
        return "a dilemma without a critical fidelity"
    root = math.sqrt(float(r - s)) + math.sqrt(float(t - p))
    k = float(r - p) / root**2
    if abs(found * (1 - found) - k) > 1e-9:
        return f"rho (1 - rho) = {found * (1 - found):.12g} at the threshold, k_c = {k:.12g}"
    for rho in (Fraction(j, 40) for j in range(21, 40)):
        if abs(float(rho) - found) > 1e-6 and pays_somewhere(high, low, rho) != (rho > found):
            return f"fidelity {rho} and threshold {found:.9g}"
    return None


def _quadratic(model: CollusionDynamics) -> str | None:
    """COL-4: the advantage times h (1 - h) is the quadratic, for any sellers and payoffs."""
    quadratic = model.regime.quadratic
    for theta in _THETAS:
        h = _share(model, theta)
        if h in (0, 1):
            continue
        expected = _listed_advantage(model, theta) * h * (1 - h)
        if quadratic(theta) != expected:
            return f"theta = {theta}: the quadratic is {quadratic(theta)}, listed {expected}"
    return None


def _long_run(model: CollusionDynamics) -> str | None:
    """COL-5: small steps along the listed advantage lead to the limit."""
    solution = analysis(model)
    gains = [_listed_advantage(model, Fraction(k, 64)) for k in range(1, 64)]
    for start, limit in zip(model.exact_starts, solution.limits, strict=True):
        if start in (0, 1):
            continue
        rest = min((abs(limit - point.theta) for point in solution.rest_points), default=1.0)
        if limit not in (0.0, 1.0) and rest > 1e-12 and sign(model.regime.quadratic(start)):
            return f"start {start} leads to {limit}, which is no rest point"
        low, high = sorted((float(start), limit))
        between = [g for k, g in enumerate(gains, 1) if low + 1e-9 < k / 64 < high - 1e-9]
        if any(sign(g) != (1 if limit > start else -1) for g in between):
            return f"on the way from {start} to {limit} the advantage has the other sign"
    ends = {entry.theta for entry in solution.attractors}
    wandering = [
        x
        for x, s in zip(solution.limits, model.exact_starts, strict=True)
        if sign(model.regime.quadratic(s)) and x not in ends | {0.0, 1.0}
    ]
    return f"{wandering[0]} is a limit and no attractor" if wandering else None


def _safe(model: CollusionDynamics) -> str | None:
    """COL-6: at the safe rate exact updates lead where the differential equation does."""
    rate = safe_rate(model)
    if not math.isfinite(rate):
        return None
    nodes = np.linspace(-12, 12, 2001)
    after = nodes + rate * (1 - 1e-9) * advantage(model, propensity(nodes))
    if (np.diff(after) < -1e-9).any():
        k = int(np.diff(after).argmin())
        return f"rate {rate:.6g}: the map falls at log-odds {nodes[k]:.4g}"
    where, slope = steepest(model)
    odds = float(log_odds(where)) + np.array([-1e-4, 0.0, 1e-4])
    gains = advantage(model, propensity(odds))
    too_fast = odds + 1.05 * rate * gains
    if gains[2] < gains[0] - 1e-7 * slope and (np.diff(too_fast) > 0).all():
        return f"rate {1.05 * rate:.6g} keeps the order where the advantage falls fastest, too"
    return None


def _estimates(
    model: CollusionDynamics, feedback: str, estimator: str, theta: Fraction
) -> tuple[Fraction, Fraction]:
    """Return mean estimate and probability of an informative batch, by listing all rounds."""
    assert model.batch is not None
    b, n = model.batch.size, model.n_sellers
    h = _share(model, theta)
    singles = []
    for prices, chance in _rounds(model, theta):
        shown = range(n) if feedback == "all" else range(1)
        high = [_pay(model, prices, i) for i in shown if prices[i]]
        low = [_pay(model, prices, i) for i in shown if not prices[i]]
        singles.append((chance, len(high), sum(high, Fraction(0)), len(low), sum(low, Fraction(0))))
    mean, informative = Fraction(0), Fraction(0)
    for batch in itertools.product(singles, repeat=b):
        chance = Fraction(math.prod(it[0] for it in batch))
        highs, up, lows, down = (sum(it[k] for it in batch) for k in (1, 2, 3, 4))
        if estimator == "score":
            mean += chance * (up / h - down / (1 - h)) / (highs + lows)
        elif highs and lows:
            informative += chance
            mean += chance * (Fraction(up) / highs - Fraction(down) / lows)
    return mean, informative


def _is_small(model: CollusionDynamics) -> bool:
    """Return whether all batches can be listed in no time."""
    assert model.batch is not None
    return 2 ** ((model.n_sellers + 1) * model.batch.size) <= 600 and 0.5 <= model.fidelity < 1


def _unbiased(model: CollusionDynamics) -> str | None:
    """COL-7: `score` is unbiased, `means` of one seller has the advantage times a probability."""
    theta = Fraction(3, 7)
    gain = _listed_advantage(model, theta)
    for feedback in ("one", "all"):
        mean, _ = _estimates(model, feedback, "score", theta)
        if mean != gain:
            return f"score of {feedback}: mean {mean}, advantage {gain}"
    mean, informative = _estimates(model, "one", "means", theta)
    if mean != gain * informative:
        return f"means of one: mean {mean}, advantage {gain} times {informative}"
    assert model.batch is not None
    own, _ = _estimates(model, model.batch.feedback, model.batch.estimator, theta)
    law, odds = BatchLaw.of(model), log_odds(np.array([float(theta)]))
    found = float((law.probabilities(odds) * law.estimates(odds)).sum())
    if abs(found - float(own)) > 1e-9 * max(1.0, model.scale):
        return f"the law of a batch has mean {found}, listed {float(own)}"
    return None


def _biased(model: CollusionDynamics) -> str | None:
    """COL-7: `means` of all sellers lies below the advantage times that probability."""
    theta = Fraction(3, 7)
    gain = _listed_advantage(model, theta)
    mean, informative = _estimates(model, "all", "means", theta)
    return None if mean < gain * informative else f"mean {mean}, advantage {gain} x {informative}"


def _noise(model: CollusionDynamics) -> str | None:
    """COL-8: the variance of one seller's means in a duopoly, in closed form."""
    (s, r), (p, t) = model.exact_payoffs
    rho = model.exact_fidelity
    k = rho * (1 - rho)
    rounds = rounds_of(model, "one")
    for theta in _THETAS:
        h = _share(model, theta)
        both = theta * rho**2 + (1 - theta) * (1 - rho) ** 2
        x, y = both / h, k / (1 - h)
        v = (r - s) ** 2 * x * (1 - x) / h + (t - p) ** 2 * y * (1 - y) / (1 - h)
        found = float(rounds.variance(log_odds(np.array([float(theta)])), "means")[0])
        if abs(found - float(v)) > 1e-9 * max(1.0, model.scale**2):
            return f"theta = {theta}: variance {found}, closed form {float(v)}"
    return None


def _exact_law(model: CollusionDynamics) -> str | None:
    """COL-9: the exact law is a law, and its mean move is that of the estimates."""
    law = BatchLaw.of(model)
    steps = steps_within(model, law, 5000)
    if steps is None:
        return None
    for theta in model.start.tolist():
        if theta in (0.0, 1.0):
            continue
        begin = float(log_odds(theta))
        reached = law_from(model, law, steps, begin)
        assert reached is not None
        where, chances = reached
        if abs(chances.sum() - 1) > 1e-9 or (chances < -1e-12).any():
            return f"start {theta}: probabilities add up to {chances.sum()}"
        expected = _mean_after(model, begin)
        found = float(where @ chances)
        if abs(found - expected) > 1e-8 * max(1.0, abs(expected)):
            return f"start {theta}: mean log-odds {found}, by plain recursion {expected}"
    return None


def _mean_after(model: CollusionDynamics, odds: float) -> float:
    """Return the mean log-odds after the horizon, by recursion over batches, merging nothing."""
    assert model.batch is not None
    assert model.rate is not None
    law = BatchLaw.of(model)

    def after(t: int, at: float) -> float:
        if t == model.horizon:
            return at
        assert model.rate is not None
        spot = np.array([at])
        rate = float(model.rate.at(t))
        pairs = zip(law.probabilities(spot)[0], law.estimates(spot)[0], strict=True)
        return math.fsum(p * after(t + 1, at + rate * move) for p, move in pairs if p)

    return after(0, odds)


def _falling(model: CollusionDynamics) -> str | None:
    """COL-10: rates that fall like 1/t lead exact updates to the limit of the equation."""
    moving = changed(model, rate={"initial": 1.0, "offset": 1.0}, batch=None, horizon=None)
    if safe_rate(moving) < 1:
        return None
    path = trajectories(moving, updates=200).theta[:, 0]
    for theta, limit, way in zip(moving.start.tolist(), analysis(moving).limits, path, strict=True):
        steps = np.diff(way)
        toward = sign(Fraction(limit) - Fraction(theta))
        if (steps * toward < -1e-12).any() or (way[-1] - limit) * toward > 1e-9:
            return f"start {theta}: the path turns back or passes {limit}"
    return None


def _comes_back(model: CollusionDynamics) -> str | None:
    """COL-11: in a dilemma the advantage is negative at both ends below perfect fidelity."""
    (s, r), (p, t) = model.exact_payoffs
    rho = model.exact_fidelity
    ends = (
        rho * (s - p) - (1 - rho) * (t - r),
        rho * (r - t) - (1 - rho) * (p - s),
    )
    found = advantage(model, [0.0, 1.0])
    for end, value in zip(ends, found, strict=True):
        if end >= 0 or abs(float(end) - value) > 1e-9 * max(1.0, model.scale):
            return f"the advantage at an end is {value}, expected {end} < 0"
    return None


def _perfect(model: CollusionDynamics) -> str | None:
    """COL-12: with perfect fidelity every informative batch observes R - P."""
    assert model.batch is not None
    gain = model.exact_payoffs[0][-1] - model.exact_payoffs[1][0]
    law = BatchLaw.of(model)
    moves = {Fraction(unit, law.unit) for unit in law.units}
    if moves - {Fraction(0), gain}:
        return f"batches observe {sorted(map(str, moves))}, R - P = {gain}"
    if model.batch.size >= 2 and gain not in moves:
        return "no batch is informed"
    return None


def _identified(model: CollusionDynamics) -> str | None:
    """COL-13: frequencies of prices give back fidelity and propensity."""
    rho = model.exact_fidelity
    for theta in _THETAS:
        counts: dict[int, Fraction] = defaultdict(Fraction)
        for prices, chance in _rounds(model, theta):
            counts[sum(prices)] += chance
        unit = math.lcm(*(part.denominator for part in counts.values())) * 1000
        found = from_counts(*(int(counts[k] * unit) for k in (2, 1, 0)))
        if abs(found.fidelity - float(rho)) > 1e-9:
            return f"fidelity {found.fidelity}, not {float(rho)}"
        if found.propensity is None or abs(found.propensity - float(theta)) > 1e-9:
            return f"propensity {found.propensity}, not {float(theta)}"
    return None


def _is_dilemma(model: CollusionDynamics) -> bool:
    """Return whether it is a duopoly prisoner's dilemma, T > R > P > S."""
    if model.n_sellers != 2:
        return False
    (s, r), (p, t) = model.exact_payoffs
    return t > r > p > s


def _inside(model: CollusionDynamics) -> bool:
    return 0.5 < model.fidelity < 1


_LINE, _FINITE = "collusion_dynamics", "finite_collusion_dynamics"
_PAPER, _OURS = "Cao and Hu (2026)", "eqsolve, theory of collusion dynamics"


def _claim(
    id: str,
    title: str,
    statement: str,
    claim: Callable[[Any], str | None],
    strategy: str,
    source: str = _OURS,
    applies: Callable[[Any], bool] = lambda model: True,
    hypotheses: str = "none",
) -> Theorem:
    """Return a theorem of this kind."""
    return Theorem(
        id=id, title=title, statement=statement, claim=claim, strategy=strategy, source=source,
        applies=applies, hypotheses=hypotheses, kind=CollusionDynamics.kind,
    )  # fmt: skip


THEOREMS: tuple[Theorem, ...] = (
    _claim(
        "COL-1", "correlation",
        "In the shorthand duopoly the high price pays exactly where the correlation of the two "
        "sellers' prices exceeds (2 - r) / r.",
        _law, _LINE, _PAPER, lambda m: m.ratio is not None and m.fidelity < 1,
        "the shorthand, fidelity below 1",
    ),
    _claim(
        "COL-2", "rest points",
        "With s = 2 r rho (1 - rho) / (r - 1) < 1 the advantage is positive exactly between two "
        "rest points in closed form, symmetric about 1/2; with s > 1 nowhere.",
        _zeros, _LINE, _PAPER, lambda m: m.ratio is not None and _inside(m),
        "the shorthand, fidelity inside (1/2, 1)",
    ),
    _claim(
        "COL-3", "critical fidelity",
        "In a duopoly prisoner's dilemma high prices pay somewhere iff rho (1 - rho) is below "
        "(R - P) / (sqrt(R - S) + sqrt(T - P))**2.",
        _threshold, _LINE, _PAPER, _is_dilemma, "two sellers, T > R > P > S",
    ),
    _claim(
        "COL-4", "quadratic",
        "For any number of sellers and any payoffs the advantage times h (1 - h) is a quadratic in "
        "the propensity.",
        _quadratic, _LINE,
    ),
    _claim(
        "COL-5", "long run",
        "A start moves with the sign of the advantage to the next rest point; all interior limits "
        "are attractors.",
        _long_run, _LINE, applies=lambda m: m.fidelity < 1, hypotheses="fidelity below 1",
    ),
    _claim(
        "COL-6", "safe rate",
        "Updates by exact advantages keep the order of starts up to the rate 1 / max |dD/dl|, and "
        "no longer where the advantage falls fastest.",
        _safe, _LINE, applies=_inside,
        hypotheses="fidelity inside (1/2, 1)",
    ),
    _claim(
        "COL-7", "estimators",
        "The score is unbiased; the difference of means of one seller has the advantage times the "
        "probability that both prices are seen as its mean.",
        _unbiased, _FINITE, applies=_is_small, hypotheses="small batches, fidelity below 1",
    ),
    _claim(
        "COL-7-bias", "bias",
        "In a prisoner's dilemma the difference of means of all sellers lies below that.",
        _biased, _FINITE, applies=lambda m: _is_small(m) and _is_dilemma(m),
        hypotheses="two sellers, T > R > P > S, small batches",
    ),
    _claim(
        "COL-8", "noise",
        "b times the variance of the estimate tends to Var(pay | high) / h + Var(pay | low) / "
        "(1 - h).",
        _noise, _LINE, applies=lambda m: m.n_sellers == 2 and m.fidelity < 1,
        hypotheses="two sellers, fidelity below 1",
    ),
    _claim(
        "COL-9", "finite batches",
        "Merging equal states loses nothing: the law after all updates is that of plain recursion.",
        _exact_law, _FINITE, _PAPER,
    ),
    _claim(
        "COL-10", "falling rates",
        "With rates 1, 1/2, 1/3, ... exact updates approach the limit of the differential equation "
        "from one side.",
        _falling, _LINE, _PAPER, lambda m: m.fidelity < 1, "fidelity below 1",
    ),
    _claim(
        "COL-11", "collusion ends",
        "In a prisoner's dilemma with fidelity below 1 the advantage is negative at both ends, so "
        "that learning always comes back from high prices.",
        _comes_back, _LINE, applies=lambda m: _is_dilemma(m) and m.fidelity < 1,
        hypotheses="two sellers, T > R > P > S, fidelity below 1",
    ),
    _claim(
        "COL-12", "perfect fidelity",
        "With perfect fidelity every batch that shows both prices observes exactly R - P.",
        _perfect, _FINITE, _PAPER,
        lambda m: m.fidelity == 1 and m.batch.estimator == "means",
        "fidelity 1, means",
    ),
    _claim(
        "COL-13", "identification",
        "The share of high prices and the frequency of both high determine fidelity and propensity "
        "of a duopoly.",
        _identified, _LINE, applies=lambda m: m.n_sellers == 2 and _inside(m),
        hypotheses="two sellers, fidelity inside (1/2, 1)",
    ),
)  # fmt: skip
