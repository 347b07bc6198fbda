"""The theorems of trading networks as claims that run on any network.

Claims about the best revenue enumerate the sets that may be introduced, so they apply to networks
with few candidates; the enumeration shares only `evaluate_introductions` with the solvers.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import combinations

from eqsolve.core.status import Status
from eqsolve.core.theorem import Theorem
from eqsolve.families.trading_network.evaluate import Evaluator, as_pairs
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import log_share
from eqsolve.families.trading_network.methods.homogeneous import is_homogeneous
from eqsolve.families.trading_network.questions.fee_curve import fee_curve
from eqsolve.families.trading_network.solution import TradingSolution
from eqsolve.families.trading_network.solve import maximize_revenue

__all__ = ["THEOREMS"]

_FEW = 8
"""Candidates up to which all sets are enumerated."""

Number = int | float


def _few(network: TradingNetwork) -> bool:
    """Return whether all sets of candidates can be enumerated."""
    return network.n_candidates <= _FEW


def _slack(network: TradingNetwork) -> float:
    """Return what rounding may cost."""
    return 0.0 if network.is_integral and network.commission == 1 else 1e-9 * network.scale


def _candidates(network: TradingNetwork) -> list[tuple[int, int]]:
    """Return the candidate pairs."""
    rows, columns = network.candidate_mask().nonzero()
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _outcomes(network: TradingNetwork, *, matchings: bool) -> list[TradingSolution]:
    """Return the outcome of every set of candidates, or of every one that is a matching."""
    evaluator = Evaluator(network)
    pairs = _candidates(network)
    found = []
    for size in range(len(pairs) + 1):
        for chosen in combinations(pairs, size):
            single = all(len({pair[side] for pair in chosen}) == size for side in (0, 1))
            if single or not matchings:
                found.append(evaluator.solution(as_pairs(chosen)))
    return found


def _all_trade(solution: TradingSolution) -> bool:
    """Return whether every introduced pair trades."""
    return all(int(solution.matching[i]) == j for i, j in solution.introduced.tolist())


def _matching_suffices(network: TradingNetwork) -> str | None:
    """REV-1."""
    best = max(solution.revenue for solution in _outcomes(network, matchings=False))
    plain = max(
        solution.revenue for solution in _outcomes(network, matchings=True) if _all_trade(solution)
    )
    if best > plain + _slack(network):
        return f"some set earns {best}, matchings whose pairs all trade at most {plain}"
    return None


def _exact(network: TradingNetwork) -> str | None:
    """REV-2."""
    best = max(solution.revenue for solution in _outcomes(network, matchings=True))
    for method in ("exact", "plain"):
        result = maximize_revenue(network, method=method)
        found = result.objective or 0
        if result.status is not Status.SOLVED or abs(found - best) > max(
            _slack(network), 1e-6 * network.scale * (method == "plain")
        ):
            return f"enumeration finds {best}, {method} {found} ({result.status.value})"
    return None


def _fees(network: TradingNetwork) -> str | None:
    """REV-3."""
    for point in fee_curve(network).points:
        floor = network.commission * point.fee * point.introductions
        if point.revenue < floor - 1e-9 * max(1.0, float(floor)):
            return f"at fee {point.fee} {point.introductions} pairs earn only {point.revenue}"
    return None


def _logarithm(network: TradingNetwork) -> str | None:
    """REV-4: the integral of k is dW, and the best corner earns its share."""
    curve = fee_curve(network)
    gain = curve.welfare_full - curve.welfare_without_platform
    area: Number = 0
    fees = [*(point.fee for point in curve.points[1:]), 0]
    for point, below, above in zip(curve.points[1:], fees[1:], fees, strict=False):
        area += point.introductions * (above - below)
    if abs(area - gain) > 1e-9 * max(1.0, network.scale):
        return f"the integral of k is {float(area)}, the welfare gain {gain}"
    share = network.commission * gain * log_share(network)
    if curve.best.revenue < share - 1e-9 * max(1.0, network.scale):
        return f"the best corner earns {curve.best.revenue}, below {share}"
    return None


def _welfare(network: TradingNetwork) -> str | None:
    """REV-5: every revenue-optimal outcome."""
    outcomes = _outcomes(network, matchings=False)
    best = max(solution.revenue for solution in outcomes)
    slack = 1e-9 * max(1.0, network.scale)
    for solution in outcomes:
        if solution.revenue < best - (slack if _slack(network) else 0):
            continue
        w0, full = solution.welfare_without_platform, solution.welfare_full
        needed = max(w0, (full - w0) * log_share(network))
        if (
            solution.welfare < needed - slack
            or needed < full / (1 + 1 / log_share(network)) - slack
        ):
            return (
                f"introducing {solution.introduced.tolist()} earns most and has welfare "
                f"{solution.welfare}, below {needed}"
            )
    return None


def _homogeneous(network: TradingNetwork) -> str | None:
    """REV-6."""
    outcomes = _outcomes(network, matchings=True)
    best = max(solution.revenue for solution in outcomes)
    slack = _slack(network)
    full = outcomes[0].welfare_full
    efficient = [s for s in outcomes if s.welfare >= full - slack]
    if not any(solution.revenue >= best - slack for solution in efficient):
        return f"the best revenue {best} is not reached by any outcome with welfare {full}"
    gain = network.commission * (full - outcomes[0].welfare_without_platform)
    if best < gain - slack:
        return f"the best revenue {best} is below the welfare gain {gain}"
    return None


def _strangers(network: TradingNetwork) -> str | None:
    """REV-7."""
    result = maximize_revenue(network, method="no_known")
    worth = network.commission * (result.require().welfare_full)
    if not math.isclose(result.objective or 0, worth, rel_tol=1e-12, abs_tol=_slack(network)):
        return f"introducing a maximum-weight matching earns {result.objective}, not {worth}"
    return None


def _hard(network: TradingNetwork) -> str | None:
    """REV-8 as far as an instance can show it: no corner of the fee curve is optimal."""
    best = max(solution.revenue for solution in _outcomes(network, matchings=True))
    found = fee_curve(network).best.revenue
    if best > found + 1e-9 * max(1.0, network.scale):
        return f"the best revenue is {best}, the fee curve only reaches {found}"
    return None


def _two_known(network: TradingNetwork) -> bool:
    """Return whether every buyer knows at most two sellers and values them equally."""
    if not _few(network) or not network.n_known:
        return False
    worth: dict[int, list[Number]] = {}
    for i, j in network.known.tolist():
        worth.setdefault(i, []).append(network.values[i, j] or 0)
    return all(len(known) <= 2 and len(set(known)) == 1 for known in worth.values())


_theorem = partial(
    Theorem,
    kind="trading_network",
    strategy="trading_networks",
    source="D'Amico-Wong, Gonczarowski, Ma and Parkes 2024",
)
"""A theorem of the one source."""

THEOREMS: tuple[Theorem, ...] = (
    _theorem(
        id="REV-1",
        title="a matching suffices",
        statement="Some optimal set of introductions is a matching all of whose pairs trade.",
        claim=_matching_suffices,
        applies=_few,
        hypotheses="at most 8 candidates (all sets are enumerated)",
    ),
    _theorem(
        id="REV-2",
        title="exact program",
        statement="The mixed-integer programs have the best revenue as their optimum.",
        claim=_exact,
        applies=_few,
        hypotheses="at most 8 candidates (all matchings are enumerated)",
    ),
    _theorem(
        id="REV-3",
        title="fee lemma",
        statement="Introducing the candidate pairs of M_z earns at least z * k(z).",
        claim=_fees,
    ),
    _theorem(
        id="REV-4",
        title="logarithmic approximation",
        statement="dW is the integral of k(z), and some corner earns at least dW / (1 + ln K).",
        claim=_logarithm,
    ),
    _theorem(
        id="REV-5",
        title="welfare of revenue-optimal outcomes",
        statement=(
            "Every revenue-optimal outcome has welfare at least max(W0, dW / (1 + ln K)), which is "
            "at least W* / (2 + ln K)."
        ),
        claim=_welfare,
        applies=_few,
        hypotheses="at most 8 candidates (all sets are enumerated)",
    ),
    _theorem(
        id="REV-6",
        title="homogeneous goods",
        statement=(
            "If each buyer values all items alike, some revenue-optimal outcome is "
            "welfare-optimal, and the best revenue is at least dW."
        ),
        claim=_homogeneous,
        applies=lambda network: _few(network) and is_homogeneous(network),
        hypotheses="v[i, j] = v[i], every pair can trade, at most 8 candidates",
    ),
    _theorem(
        id="REV-7",
        title="no known pairs",
        statement="Without known pairs a maximum-weight matching earns its whole weight, W*.",
        claim=_strangers,
        applies=lambda network: network.n_known == 0,
        hypotheses="E0 is empty",
    ),
    _theorem(
        id="REV-8",
        title="hardness",
        statement=(
            "Maximizing revenue is NP-hard even when every buyer knows two sellers and values them "
            "equally; on some such network no corner of the fee curve is optimal."
        ),
        claim=_hard,
        applies=_two_known,
        hypotheses="every buyer knows at most two sellers, at one value; at most 8 candidates",
        can_happen=True,
    ),
)
