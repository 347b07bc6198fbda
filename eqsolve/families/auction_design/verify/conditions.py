"""Is a claimed design right? Form of the mechanism, incentives, what it earns, what nothing beats.

Menus make truth best by their form (MEC-1, SEQ-1), which is checked first (`form`); direct
mechanisms are checked lie by lie (`incentives`). Revenue, welfare and utilities are recomputed by
the verifier's own choice (`figures`), and so is what simple mechanisms earn (`baselines`). Bounds
follow from flows and searches of its own (`optimality`).

Cost: types x entries, or draws x entries, twice; bounds by flows, winners of every profile.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import DirectMechanism, Mechanism
from eqsolve.families.auction_design.verify.baselines import check_baselines
from eqsolve.families.auction_design.verify.figures import check_earned
from eqsolve.families.auction_design.verify.form import class_problems, form_problems
from eqsolve.families.auction_design.verify.incentives import Misreport, misreports
from eqsolve.families.auction_design.verify.optimality import check_bound

__all__ = ["verify"]


def verify(
    design: AuctionDesign,
    result: Result[DesignSolution] | DesignSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `design`.

    Parameters
    ----------
    design : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : relative to the numbers compared.
    deadline : when to end searches and replays; None: never.

    Examples
    --------
    >>> from eqsolve.families.auction_design.solve import design as solved
    >>> types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    >>> instance = AuctionDesign(1, [{"types": types}])
    >>> verify(instance, solved(instance)).valid
    True
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), design.scale, deadline)
    solution = claim.solution
    if solution is None:
        problems = (
            ["to sell nothing is a mechanism"] if claim.status is Status.NO_EQUILIBRIUM else []
        )
        builder.require("design.exists", "there is always a mechanism", problems)
        return builder.finish()
    if _is_one(builder, design, solution, claim.stats.options):
        _incentives(builder, design, solution.mechanism)
        if check_earned(builder, design, solution, claim.objective):
            check_baselines(builder, design, solution)
        check_bound(builder, design, claim, solution)
    return builder.finish()


def _is_one(
    builder: ReportBuilder,
    design: AuctionDesign,
    solution: DesignSolution,
    asked: Mapping[str, object],
) -> bool:
    """Check that the mechanism is one of this instance, and of the class that is claimed."""
    problems = list(form_problems(solution.mechanism, design))
    passed = builder.require(
        "design.form", "menus sell what is left, lotteries sum to at most 1", problems,
        theorem="MEC-1",
    )  # fmt: skip
    return passed and builder.require(
        "design.class", "the mechanism is of the class that is claimed",
        list(class_problems(design, solution, asked)),
    )  # fmt: skip


def _incentives(builder: ReportBuilder, design: AuctionDesign, mechanism: Mechanism) -> None:
    """Check a direct mechanism lie by lie; menus and scores are truthful by their form."""
    if not isinstance(mechanism, DirectMechanism):
        return
    found: list[Misreport] = []
    claim = f"that truth is best ({mechanism.ic})"
    with builder.search(claim) as poll:
        found = misreports(mechanism, design, poll)
    if not found:
        return
    scale = max(law.scale for law in design.laws)
    builder.compare(
        "design.incentives",
        "nobody gains by reporting another type",
        np.array([entry.gain for entry in found]),
        scale,
        lambda i: found[i].words,
        theorem="MEC-6",
    )
    builder.compare(
        "design.rationality",
        "nobody loses by taking part",
        np.array([-entry.least for entry in found]),
        scale,
        lambda i: f"bidder {i} of type {found[i].poorest} gets {found[i].least:g}",
        theorem="MEC-6",
    )
