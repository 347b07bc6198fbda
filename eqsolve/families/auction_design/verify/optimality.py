"""Whether a bound is what the evidence proves, and the mechanism the best of its class (MEC-5).

Bounds follow from flows, from virtual values of one item, from a search where there are few menus,
else from welfare. That a mechanism found by a search or learned is the best of anything is not
claimed, and not checked. Cost: flows, winners of every profile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.verify.bounds import (
    flow_bound,
    flow_problem,
    one_item_integral,
    welfare_bound,
)
from eqsolve.families.auction_design.verify.search import best_deterministic
from eqsolve.families.auction_design.verify.sequential import (
    best_deterministic_sequence,
    sequence_bound,
    state_flow_problem,
    state_flows,
)

__all__ = ["check_bound"]


def check_bound(
    builder: ReportBuilder,
    design: AuctionDesign,
    claim: Result[DesignSolution],
    solution: DesignSolution,
) -> None:
    """Recompute the bound, and say whether it makes the mechanism the best of its class."""
    upper = claim.bounds.upper
    proved, searched = None, False  # whether every menu without lotteries was looked at
    if np.isfinite(upper) or claim.status is Status.SOLVED:
        claimed = f"that no {solution.among} mechanism earns more than {upper:.8g}"
        with builder.search(claimed) as poll:
            proved, searched = _proved(builder, design, claim, solution, poll)
            if proved is None:
                builder.leave(f"{claimed}: nothing shows it")
    if proved is not None and np.isfinite(upper):
        slack = 1e-6 * max(abs(proved), design.scale)
        if claim.bounds.source == "backend" and proved > upper + slack and not searched:
            builder.leave(f"{claimed}: a solver says so, {proved:.8g} is proved")
        else:
            builder.compare(
                "design.bound", "no mechanism of the class earns more than the bound",
                proved - upper, max(abs(proved), abs(upper)),
                lambda: f"the bound is {upper:.10g}, what is proved is {proved:.10g}",
                theorem="MEC-5",
            )  # fmt: skip
    if claim.status is not Status.SOLVED:
        return
    problems = []
    if not solution.revenue_exact:
        problems.append("an estimate is never the best with proof")
    builder.require("design.solved", "what is solved is enumerated", problems)
    if proved is not None:
        best = min(proved, upper)
        builder.compare(
            "design.optimal", "the mechanism earns what nothing can exceed",
            best - solution.revenue, max(abs(best), design.scale),
            lambda: f"it earns {solution.revenue:.10g}, {best:.10g} may be possible",
            theorem="MEC-5",
        )  # fmt: skip


def _proved(
    builder: ReportBuilder,
    design: AuctionDesign,
    claim: Result[DesignSolution],
    solution: DesignSolution,
    poll: Callable[[], None],
) -> tuple[float | None, bool]:
    """Return a number that nothing in the class exceeds (None without), and whether by a search."""
    among = solution.among
    ic = among.removeprefix("deterministic ")
    found: list[float] = []
    searched = False
    certificate = claim.certificate
    data: Mapping[str, object] = (
        certificate.data if isinstance(certificate, BoundCertificate) else {}
    )
    if design.is_finite and "flows" in data:
        problem = flow_problem(data["flows"], design, ic)
        builder.require("design.flows", "flows balance", [problem] if problem else [])
        if problem is None:
            by_flows = flow_bound(data["flows"], design, ic, poll)  # type: ignore[arg-type]
            found += [] if by_flows is None else [by_flows]
    if design.is_finite and "state_flows" in data and ic.startswith(("menu", "sequential")):
        problem = state_flow_problem(data["state_flows"], design)
        builder.require("design.flows", "flows balance", [problem] if problem else [])
        if problem is None:
            told = state_flows(data["state_flows"])  # type: ignore[arg-type]
            by_states = sequence_bound(told, design, ic.endswith("any order"), poll)
            found += [] if by_states is None else [by_states]
    integral = one_item_integral(design.laws) if design.n_items == 1 else None
    if integral is not None:
        found.append(integral[0])
    tight = found and min(found) - solution.revenue <= 1e-6 * design.scale
    law = design.laws[0]
    if among == "deterministic menu" and isinstance(law, FiniteLaw) and not tight:
        best = best_deterministic(law, poll)
        found += [] if best is None else [best]
        searched = best is not None
    if among.startswith("deterministic sequential") and design.is_finite and not tight:
        best = best_deterministic_sequence(design, ic.endswith("any order"), poll)
        found += [] if best is None else [best]
        searched = best is not None
    if not found:
        welfare = welfare_bound(design, poll)
        found += [] if welfare is None else [welfare]
    return min(found, default=None), searched
