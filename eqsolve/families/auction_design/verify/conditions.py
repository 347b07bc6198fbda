"""Is a claimed design right? Form of the mechanism, incentives, what it earns, what nothing beats.

Menus make truth best by their form (MEC-1, SEQ-1): what is checked is that they sell only what is
there, and what buyers take, by the verifier's own choice. Direct mechanisms are checked lie by lie.
Revenue, welfare and utilities are recomputed over all types, or on the same draws and fresh ones.
Bounds are recomputed from flows. That a mechanism found by a search or learned is the best of
anything is not claimed, and not checked.

Cost: types x entries, or draws x entries, twice; bounds by flows, winners of every profile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.laws import AdditiveLaw
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import (
    DirectMechanism,
    ItemAuctions,
    Mechanism,
    Menu,
    PolicyMechanism,
    ScoreMechanism,
    SequentialMechanism,
    Tariff,
)
from eqsolve.families.auction_design.verify.bounds import (
    flow_bound,
    flow_problem,
    one_item_integral,
    welfare_bound,
)
from eqsolve.families.auction_design.verify.incentives import Misreport, misreports
from eqsolve.families.auction_design.verify.one_price import one_price_revenue
from eqsolve.families.auction_design.verify.policy import policy_problems
from eqsolve.families.auction_design.verify.revenue import (
    MOST_PAIRS,
    Earned,
    counted,
    drawn,
    n_pairs,
)
from eqsolve.families.auction_design.verify.search import best_deterministic
from eqsolve.families.auction_design.verify.sequential import (
    best_deterministic_sequence,
    sequence_bound,
    state_flow_problem,
    state_flows,
)

__all__ = ["verify"]

_Z = 1.96
_ERRORS = 5.0
"""Standard errors by which an estimate may differ from a fresh one."""

_ELSEWHERE = 1_000_003
"""Added to the seed of the report for fresh draws."""

_LEAST_FRESH = 4096
"""Fresh draws at least."""


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
    check = _Check(builder, design, claim, solution)
    if check.form():
        check.incentives()
        if check.earned():
            check.baselines()
        check.bound()
    return builder.finish()


def _twice(states: list[object]) -> Iterator[str]:
    """Yield a problem for each state with two menus."""
    seen: set[object] = set()
    for state in states:
        if state in seen:
            yield f"two menus for {state}"
        seen.add(state)


def menu_problems(mechanism: SequentialMechanism) -> Iterator[str]:
    """Yield what is wrong with menus: goods that are gone, lotteries above 1, negative fees."""
    m = mechanism.n_items
    yield from _twice([menu.state for menu in mechanism.menus])
    for k, menu in enumerate(mechanism.menus):
        state = menu.state
        if state.n_remaining is not None and not 0 <= state.n_remaining <= m:
            yield f"menu {k}: {state.n_remaining} of {m} items cannot be left"
        if state.remaining is not None and len(set(state.remaining)) < len(state.remaining):
            yield f"menu {k}: an item is named twice among those left"
        if isinstance(menu, Tariff):
            given = [np.array([menu.fee]), menu.item_prices, menu.size_prices]
            if any(part is not None and (part < 0).any() for part in given):
                yield f"menu {k}: a fee or price of a tariff is negative"
            continue
        if (menu.weights < 0).any():
            yield f"menu {k}: a lottery has a negative probability"
        total = menu.weights.sum(axis=1)
        for j in np.flatnonzero(total > 1 + 1e-9).tolist():
            yield f"menu {k}, entry {j}: probabilities sum to {total[j]:g}"
        if state.remaining is not None:
            gone = ~np.isin(np.arange(m), state.remaining)
            sold = (menu.bundles & (menu.weights > 0)[:, :, None]).any(axis=1)
            for j, item in np.argwhere(sold & gone).tolist():
                yield f"menu {k}, entry {j}: sells item {item}, which is gone"
        if state.n_remaining is not None:
            sizes = np.where(menu.weights > 0, menu.bundles.sum(axis=2), 0)
            for j in np.flatnonzero(sizes.max(axis=1, initial=0) > state.n_remaining).tolist():
                yield f"menu {k}, entry {j}: sells more than the {state.n_remaining} items left"


def _score_problems(mechanism: ScoreMechanism) -> Iterator[str]:
    """Yield what is wrong with scores: truth is dominant only where they rise."""
    rising = all(
        (np.diff(values) > 0).all() and (np.diff(scores) >= 0).all()
        for values, scores in zip(mechanism.values, mechanism.scores, strict=True)
    )
    if not rising:
        yield "scores must rise with values"
    lines = zip(mechanism.values, mechanism.scores, mechanism.linear, strict=True)
    for i, (values, scores, linear) in enumerate(lines):
        if len(values) < (2 if linear else 1) or (linear and (np.diff(scores) <= 0).any()):
            yield f"bidder {i}: a line needs two points or more, and must rise"


class _Check:
    """One verification."""

    def __init__(
        self,
        builder: ReportBuilder,
        design: AuctionDesign,
        claim: Result[DesignSolution],
        solution: DesignSolution,
    ) -> None:
        self.builder, self.design, self.claim, self.solution = builder, design, claim, solution
        self.mechanism: Mechanism = solution.mechanism
        self.laws = [law for law in design.laws if isinstance(law, FiniteLaw)]
        self.searched = False  # whether every menu without lotteries was looked at

    def form(self) -> bool:
        """Check that the mechanism is one of this instance, and of the class that is claimed."""
        problems = list(self._form(self.mechanism))
        passed = self.builder.require(
            "design.form", "menus sell what is left, lotteries sum to at most 1", problems,
            theorem="MEC-1",
        )  # fmt: skip
        return passed and self.builder.require(
            "design.class", "the mechanism is of the class that is claimed", list(self._class())
        )

    def _form(self, mechanism: Mechanism) -> Iterator[str]:
        """Yield what is wrong with the form of a mechanism."""
        if mechanism.n_items != self.design.n_items:
            yield f"it is over {mechanism.n_items} items, there are {self.design.n_items}"
            return
        if isinstance(mechanism, SequentialMechanism):
            yield from menu_problems(mechanism)
        elif isinstance(mechanism, ScoreMechanism):
            yield from _score_problems(mechanism)
        elif isinstance(mechanism, ItemAuctions):
            for j, auction in enumerate(mechanism.auctions):
                yield from (f"item {j}: {problem}" for problem in _score_problems(auction))
            for i, law in enumerate(self.design.laws):
                adds_up = isinstance(law, AdditiveLaw) and law.demand in (None, law.n_items)
                if not adds_up:
                    yield f"auctions of single items, but the values of bidder {i} do not add up"
        elif isinstance(mechanism, PolicyMechanism):
            yield from policy_problems(mechanism, self.design.n_bidders)
        elif isinstance(mechanism, DirectMechanism):
            yield from self._profiles(mechanism)

    def _profiles(self, mechanism: DirectMechanism) -> Iterator[str]:
        """Yield what is wrong with the profiles and lotteries of a direct mechanism."""
        if not self.design.is_finite:
            yield "profiles can be listed for finite types only"
            return
        counts = [law.n_types for law in self.laws]
        if (mechanism.profiles >= np.array(counts)).any():
            yield "a profile names a type that does not exist"
            return
        listed = {tuple(profile) for profile in mechanism.profiles.tolist()}
        if len(listed) < len(mechanism.profiles):
            yield "a profile is listed twice"
        alive = [np.flatnonzero(law.probabilities > 0).tolist() for law in self.laws]
        needed = 1
        for types in alive:
            needed *= len(types)
        inside = [set(types) for types in alive]
        there = sum(
            all(t in types for t, types in zip(profile, inside, strict=True)) for profile in listed
        )
        if there < needed:
            yield f"{needed - there} profiles of positive probability have no outcome"
        if there < len(listed):
            yield "a profile of probability 0 has an outcome"
        if (mechanism.chances < 0).any():
            yield "a lottery has a negative probability"
        ends = np.concatenate([[0.0], np.cumsum(mechanism.chances)])
        total = ends[mechanism.atoms[1:]] - ends[mechanism.atoms[:-1]]
        for p in np.flatnonzero(total > 1 + 1e-9).tolist():
            profile = mechanism.profiles[p].tolist()
            yield f"profile {profile}: probabilities sum to {total[p]:g}"

    def _class(self) -> Iterator[str]:
        """Yield where the mechanism, the options and the class that is named disagree."""
        among, n = self.solution.among, self.design.n_bidders
        word = among.removeprefix("deterministic ")
        mechanism = self.mechanism
        if word == "menu" and n > 1:
            yield f"a menu is for one bidder, there are {n}"
        if isinstance(mechanism, DirectMechanism):
            if word in ("menu", "sequential"):
                yield f"a direct mechanism among {among}s"
            if word == "dsic" and mechanism.ic != "dsic":
                yield "a mechanism that is truthful on average among those where truth is dominant"
            if among != word and not np.isin(mechanism.chances, (0.0, 1.0)).all():
                yield f"a lottery among {among}s"
        if isinstance(mechanism, ScoreMechanism) and n > 1 and word in ("menu", "sequential"):
            yield f"an auction among {among}s"
        if isinstance(mechanism, SequentialMechanism) and among != word:
            menus = [menu for menu in mechanism.menus if isinstance(menu, Menu)]
            if not all(np.isin(menu.weights, (0.0, 1.0)).all() for menu in menus):
                yield f"a lottery among {among}s"
        if (
            isinstance(mechanism, SequentialMechanism | PolicyMechanism)
            and word == "sequential"
            and mechanism.order != self.design.order
        ):
            yield f"the bidders come in the order {list(mechanism.order)}"
        asked = self.claim.stats.options
        scored = isinstance(mechanism, ScoreMechanism)  # the best of every class with one item
        word = word.removesuffix(" in any order")
        if asked.get("mechanism") not in (None, "auto", word) and not scored:
            yield f"the options ask for {asked['mechanism']}, among is {among!r}"
        if asked.get("lotteries") is False and among == word and not scored:
            yield f"the options ask for no lotteries, among is {among!r}"

    def incentives(self) -> None:
        """Check a direct mechanism lie by lie; menus and scores are truthful by their form."""
        if not isinstance(self.mechanism, DirectMechanism):
            return
        found: list[Misreport] = []
        claim = f"that truth is best ({self.mechanism.ic})"
        with self.builder.search(claim) as poll:
            found = misreports(self.mechanism, self.design, poll)
        if not found:
            return
        scale = max(law.scale for law in self.laws)
        self.builder.compare(
            "design.incentives",
            "nobody gains by reporting another type",
            np.array([entry.gain for entry in found]),
            scale,
            lambda i: found[i].words,
            theorem="MEC-6",
        )
        self.builder.compare(
            "design.rationality",
            "nobody loses by taking part",
            np.array([-entry.least for entry in found]),
            scale,
            lambda i: f"bidder {i} of type {found[i].poorest} gets {found[i].least:g}",
            theorem="MEC-6",
        )

    def earned(self) -> bool:
        """Recompute revenue, welfare and utilities; return whether it is said how they are told."""
        solution = self.solution
        objective = self.claim.objective
        if objective is not None:
            self._equal(
                "design.objective", "the objective is the revenue", objective, solution.revenue
            )
        return self._exactly() if solution.revenue_exact else self._on_draws()

    def _equal(
        self, id: str, condition: str, told: FloatArray | float, found: FloatArray | float
    ) -> bool:
        """Check that numbers are those recomputed."""
        a, b = np.atleast_1d(told), np.atleast_1d(found)
        return self.builder.compare(
            id,
            condition,
            np.abs(a - b),
            np.maximum(np.abs(b), np.abs(a)),
            lambda k: f"{a[k]:.10g} is claimed, {b[k]:.10g} was recomputed",
        )

    def _figures(self, earned: Earned) -> None:
        """Check welfare and utilities."""
        solution = self.solution
        self._equal(
            "design.welfare", "welfare is the expected value of what bidders get",
            solution.welfare, float(earned.values.sum()),
        )  # fmt: skip
        self._equal(
            "design.utilities", "utilities are value less payment",
            solution.bidder_utilities, earned.values - earned.payments,
        )  # fmt: skip

    def _exactly(self) -> bool:
        """Enumerate all types."""
        solution = self.solution
        told = (solution.revenue_interval, solution.report_draws, solution.report_seed)
        problems = ["an exact revenue has no interval and no draws"] if told != (None,) * 3 else []
        pairs = n_pairs(self.mechanism, self.design)
        if pairs is None:
            problems.append("there are infinitely many types, so that revenue is no enumeration")
        self.builder.require("design.exact", "what is exact is enumerated", problems)
        if pairs is None or pairs > MOST_PAIRS:
            self.builder.leave("that the revenue is exact: there are too many types to enumerate")
            return not problems
        earned = None
        with self.builder.search("that the revenue is what is claimed") as poll:
            earned = counted(self.mechanism, self.design, poll)
        if earned is not None:
            self._equal(
                "design.revenue", "revenue is what buyers pay, over all types",
                solution.revenue, float(earned.payments.sum()),
            )  # fmt: skip
            self._figures(earned)
        return not problems

    def _on_draws(self) -> bool:
        """Play the same draws again, then fresh ones."""
        solution = self.solution
        draws, seed, interval = (
            solution.report_draws, solution.report_seed, solution.revenue_interval,
        )  # fmt: skip
        problems = []
        if draws is None or seed is None or interval is None:
            problems.append("an estimate needs report_draws, report_seed and revenue_interval")
        if isinstance(self.mechanism, DirectMechanism):
            problems.append("a mechanism that lists profiles is enumerated, not played on draws")
        if draws is not None and draws < 2:
            problems.append("one draw has no interval")
        if not self.builder.require("design.report", "an estimate says on which draws", problems):
            return False
        assert draws is not None
        assert seed is not None
        assert interval is not None
        first = second = None
        with self.builder.search("that the revenue is what is claimed") as poll:
            first = drawn(self.mechanism, self.design, draws, seed, poll)
            fresh_draws = max(draws, _LEAST_FRESH)
            second = drawn(self.mechanism, self.design, fresh_draws, seed + _ELSEWHERE, poll)
        if first is None or second is None or first.runs is None or second.runs is None:
            return False
        mean, error = _mean(first.runs)
        ends = np.array([mean - _Z * error, mean + _Z * error])
        self._equal(
            "design.interval", "the interval is mean ± 1.96 s / sqrt N", np.array(interval), ends
        )
        by_mean = abs(solution.revenue - mean) <= 1e-6 * mean
        exact = None if by_mean else self._integral()  # more exact than the mean of draws
        formula = None if by_mean else one_price_revenue(self.mechanism, self.design)
        if formula is not None:
            self.builder.compare(
                "design.revenue", "revenue is prices times chances of a sale",
                abs(solution.revenue - formula), max(abs(formula), abs(solution.revenue)),
                lambda: f"{solution.revenue:.10g} is claimed, {formula:.10g} was recomputed",
                theorem="SEQ-7",
            )  # fmt: skip
        elif exact is not None:
            low, high = exact
            self.builder.compare(
                "design.revenue", "revenue is the integral of virtual values",
                np.array([low - solution.revenue, solution.revenue - high]), abs(high) * 1e3,
                lambda k: f"{solution.revenue:.8g} is claimed, it lies in [{low:.8g}, {high:.8g}]",
                theorem="MEC-7",
            )  # fmt: skip
        else:
            self._equal(
                "design.revenue", "revenue is what buyers pay, on the same draws",
                solution.revenue, mean,
            )  # fmt: skip
        self._figures(first)
        fresh, other = _mean(second.runs)
        # The deviation is that of the fresh runs: a few draws may all be alike.
        room = _ERRORS * other * float(np.sqrt(1 + len(second.runs) / draws))
        self.builder.compare(
            "design.fresh", "fresh draws agree within 5 standard errors",
            abs(solution.revenue - fresh) - room, max(abs(fresh), room),
            lambda: f"{solution.revenue:.6g} is claimed, fresh draws: {fresh:.6g} ± {other:.2g}",
            theorem="MEC-11",
        )  # fmt: skip
        return True

    def _integral(self) -> tuple[float, float] | None:
        """Return between which numbers the expected greatest virtual value of one item lies."""
        scored = isinstance(self.mechanism, ScoreMechanism)
        return one_item_integral(self.design.laws) if scored else None

    def baselines(self) -> None:
        """Play the simple mechanisms again."""
        solution = self.solution
        problems = [
            f"{name}: {problem}"
            for name, other in solution.baselines.items()
            for problem in self._form(other.mechanism)
        ]
        if not self.builder.require(
            "design.baselines", "simple mechanisms are of this instance", problems
        ):
            return
        with self.builder.search("what the simple mechanisms earn") as poll:
            ours = self._again(self.mechanism, poll) if solution.baselines else None
            for name, other in solution.baselines.items():
                found = self._again(other.mechanism, poll)
                if ours is None or found is None:
                    self.builder.leave(f"what {name} earns: too many types to enumerate")
                    continue
                told = [other.revenue, other.difference]
                theirs = float(found.payments.sum())
                mine = [theirs, float(ours.payments.sum()) - theirs]
                ends: list[tuple[float, float] | None] = [other.interval, other.difference_interval]
                if found.runs is not None and ours.runs is not None:
                    for runs in (found.runs, ours.runs - found.runs):
                        mean, error = _mean(runs)
                        mine += [mean - _Z * error, mean + _Z * error]
                    told += [end for pair in ends if pair is not None for end in pair]
                elif ends != [None, None]:
                    told.append(np.nan)
                if len(told) != len(mine):
                    told, mine = [np.nan], [0.0]
                self._baseline(name, np.array(told), np.array(mine))

    def _baseline(self, name: str, told: FloatArray, found: FloatArray) -> None:
        """Check the figures of one simple mechanism, on the scale of the revenues."""
        scale = max(abs(self.solution.revenue), float(np.abs(found).max()))
        self.builder.compare(
            f"design.baseline-{name}",
            "a simple mechanism earns what is claimed, on the same types",
            np.abs(told - found),
            scale,
            lambda k: f"{name}: {told[k]:.8g} is claimed, {found[k]:.8g} was recomputed",
        )

    def _again(self, mechanism: Mechanism, poll: Callable[[], None]) -> Earned | None:
        """Return what a mechanism earns, in the way in which the solution's revenue is told."""
        solution = self.solution
        if solution.revenue_exact:
            pairs = n_pairs(mechanism, self.design)
            if pairs is None or pairs > MOST_PAIRS:
                return None
            return counted(mechanism, self.design, poll)
        assert solution.report_draws is not None
        assert solution.report_seed is not None
        return drawn(mechanism, self.design, solution.report_draws, solution.report_seed, poll)

    def bound(self) -> None:
        """Recompute the bound, and say whether it makes the mechanism the best of its class."""
        claim, solution = self.claim, self.solution
        upper = claim.bounds.upper
        proved = None
        if np.isfinite(upper) or claim.status is Status.SOLVED:
            claimed = f"that no {solution.among} mechanism earns more than {upper:.8g}"
            with self.builder.search(claimed) as poll:
                proved = self._bound(poll)
                if proved is None:
                    self.builder.leave(f"{claimed}: nothing shows it")
        if proved is not None and np.isfinite(upper):
            slack = 1e-6 * max(abs(proved), self.design.scale)
            if claim.bounds.source == "backend" and proved > upper + slack and not self.searched:
                self.builder.leave(f"{claimed}: a solver says so, {proved:.8g} is proved")
            else:
                self.builder.compare(
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
        self.builder.require("design.solved", "what is solved is enumerated", problems)
        if proved is not None:
            best = min(proved, upper)
            self.builder.compare(
                "design.optimal", "the mechanism earns what nothing can exceed",
                best - solution.revenue, max(abs(best), self.design.scale),
                lambda: f"it earns {solution.revenue:.10g}, {best:.10g} may be possible",
                theorem="MEC-5",
            )  # fmt: skip

    def _bound(self, poll: Callable[[], None]) -> float | None:
        """Return a number that nothing in the class exceeds, by the evidence; None without."""
        claim, design = self.claim, self.design
        among = self.solution.among
        ic = among.removeprefix("deterministic ")
        found: list[float] = []
        certificate = claim.certificate
        data: Mapping[str, object] = (
            certificate.data if isinstance(certificate, BoundCertificate) else {}
        )
        if design.is_finite and "flows" in data:
            problem = flow_problem(data["flows"], design, ic)
            self.builder.require("design.flows", "flows balance", [problem] if problem else [])
            if problem is None:
                by_flows = flow_bound(data["flows"], design, ic, poll)  # type: ignore[arg-type]
                found += [] if by_flows is None else [by_flows]
        if design.is_finite and "state_flows" in data and ic.startswith(("menu", "sequential")):
            problem = state_flow_problem(data["state_flows"], design)
            self.builder.require("design.flows", "flows balance", [problem] if problem else [])
            if problem is None:
                told = state_flows(data["state_flows"])  # type: ignore[arg-type]
                by_states = sequence_bound(told, design, ic.endswith("any order"), poll)
                found += [] if by_states is None else [by_states]
        integral = one_item_integral(design.laws) if design.n_items == 1 else None
        if integral is not None:
            found.append(integral[0])
        tight = found and min(found) - self.solution.revenue <= 1e-6 * design.scale
        if among == "deterministic menu" and design.is_finite and not tight:
            best = best_deterministic(self.laws[0], poll)
            found += [] if best is None else [best]
            self.searched = best is not None
        if among.startswith("deterministic sequential") and design.is_finite and not tight:
            best = best_deterministic_sequence(design, ic.endswith("any order"), poll)
            found += [] if best is None else [best]
            self.searched = best is not None
        if not found:
            welfare = welfare_bound(design, poll)
            found += [] if welfare is None else [welfare]
        return min(found, default=None)


def _mean(runs: FloatArray) -> tuple[float, float]:
    """Return the mean of runs and its standard error."""
    return float(runs.mean()), float(runs.std(ddof=1) / np.sqrt(len(runs)))
