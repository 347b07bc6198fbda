"""Questions about denoisers under their names, with rechecked answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.question import Answer, Means, Question
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.dec_pomdp.denoising.exact import require_sigma
from eqsolve.families.dec_pomdp.denoising.flow import start_point
from eqsolve.families.dec_pomdp.denoising.rest import stable
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.learned import DenoiserComparison, TrainedDenoiser, train_denoiser
from eqsolve.families.dec_pomdp.methods.base import SOURCE
from eqsolve.families.dec_pomdp.methods.denoiser import DenoiserMethod, denoised
from eqsolve.families.dec_pomdp.questions.asking import AskHistory
from eqsolve.families.dec_pomdp.show import named
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution, Denoised
from eqsolve.families.dec_pomdp.solution.denoised import denoised_to
from eqsolve.families.dec_pomdp.verify.conditions import verify
from eqsolve.families.dec_pomdp.verify.fixed_points import Own

__all__ = ["AskFixedPoints", "AskFlow", "AskTrained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AskDenoisers(AskHistory):
    """Base: exact denoisers after joint histories.

    Parameters
    ----------
    sigma : noise in each dimension of the points that stand for states.
    start : state at whose point the composite flow starts.
    """

    sigma: float = 0.25
    start: int = 0

    def __post_init__(self) -> None:
        DenoiserMethod(sigma=self.sigma, start=self.start)

    def found(self, model: DecPOMDP, means: Means) -> tuple[list[Denoised], Report]:
        """Return what denoisers make of the histories, and what the verifier says of it."""
        require_sigma(self.sigma, model.points)
        start = start_point(model.points, self.start)
        told = self.told(model, means)
        made = [denoised(model, entry, self.sigma, start) for entry in told]
        solution = DecPOMDPSolution(
            question="denoiser", posteriors=tuple(told), sigma=float(self.sigma),
            denoised=tuple(made),
        )  # fmt: skip
        asked = model.with_histories([entry.history for entry in told])
        return made, verify(asked, solution, deadline=means.deadline.grace())


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFixedPoints(_AskDenoisers):
    """Fixed points of each agent's exact denoiser; of several histories in one table."""

    name: ClassVar[str] = "fixed_points"
    summary: ClassVar[str] = "fixed points of each agent's exact denoiser, with certified bounds"
    theorem: ClassVar[str] = "DEN-1, DEN-2, DEN-4"
    cost: ClassVar[str] = "hundreds of rounds of O(m**2 d) for m possible states"

    def answer(self, instance: DecPOMDP, means: Means) -> Answer:
        """Run the denoisers; the verifier puts every point into its own."""
        made, check = self.found(instance, means)
        table = Table(
            "Fixed points",
            ["history", "agent", "state", "deviation", "bound", "spectral radius", "rank"],
        )
        rests = []
        for entry in made:
            for agent, own in enumerate(entry.fixed_points):
                for rest in own:
                    rests.append(rest)
                    table.add(
                        instance.words(entry.history), instance.label("agents", agent),
                        instance.label("states", rest.state), rest.deviation, rest.bound,
                        rest.spectral_radius, rest.rank,
                    )  # fmt: skip
        sure = sum(rest.bound is not None for rest in rests)
        steady = sum(map(stable, rests))
        values = [entry.fixed_points for entry in made]
        return Answer(
            value=values[0] if len(values) == 1 else values,
            sentence=f"sigma {number(self.sigma)}: {steady} stable fixed points, {sure} of them "
            "in certified balls",
            fields={"sigma": self.sigma, **denoised_to([replace(one, flow=None) for one in made])},
            tables=[table],
            check=check,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFlow(_AskDenoisers):
    """Where the exact denoisers of all agents in turn lead."""

    name: ClassVar[str] = "composite_flow"
    summary: ClassVar[str] = "where the denoisers of all agents in turn lead, again and again"
    theorem: ClassVar[str] = "DEN-5, DEN-6"
    cost: ClassVar[str] = "O(m d) for each agent and round"

    def answer(self, instance: DecPOMDP, means: Means) -> Answer:
        """Run the flow; the verifier goes along its path step by step."""
        made, check = self.found(instance, means)
        table = Table("Composite flow", ["history", "ends", "rounds", "nearest", "shared"])
        sentences = []
        for entry in made:
            words, flow = instance.words(entry.history), entry.flow
            if flow is None:
                table.add(words, "cannot happen", None, "", named(instance, entry.shared))
                sentences.append("the history cannot happen")
                continue
            visited = tuple(dict.fromkeys(flow.cycle)) or (flow.state,)
            rounds = (len(flow.path) - 1) // instance.n_agents
            where, shared = named(instance, visited), named(instance, entry.shared)
            table.add(words, flow.ending, rounds, where, shared)
            inside = "" if flow.in_shared else "no "
            sentences.append(
                f"the flow {flow.ending} at {where}; its end is nearest to {inside}shared state"
            )
        flows = [entry.flow for entry in made]
        return Answer(
            value=flows[0] if len(flows) == 1 else flows,
            sentence=f"from {instance.label('states', self.start)}: {sentences[0]}",
            fields={
                "sigma": self.sigma,
                "shared": [list(entry.shared) for entry in made],
                "flow": [None if flow is None else flow.to_dict() for flow in flows],
            },
            tables=[table],
            check=check,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTrained(Question[DecPOMDP]):
    """Networks that learned to denoise, beside the exact denoisers.

    Parameters
    ----------
    length : steps of the histories learned from.
    sigma : noise in each dimension of the points that stand for states.
    draws : histories drawn to learn from.
    steps : of training, for each agent.
    """

    name: ClassVar[str] = "train_denoiser"
    summary: ClassVar[str] = "denoisers learned from drawn histories, compared with the exact ones"
    theorem: ClassVar[str] = "DEN-3"
    cost: ClassVar[str] = "steps x agents, a few milliseconds each"
    source: ClassVar[str] = SOURCE
    needs: ClassVar[dict[str, str]] = {"torch": "learn"}

    length: int = 2
    sigma: float = 0.25
    draws: int = 200_000
    steps: int = 3000

    def answer(self, instance: DecPOMDP, means: Means) -> Answer:
        """Train, and run both from every state; the check puts all fixed points side by side."""
        found = train_denoiser(
            instance, self.length, int(means.rng.integers(1 << 31)), sigma=self.sigma,
            draws=self.draws, steps=self.steps, deadline=means.deadline,
        )  # fmt: skip
        beside = found.compare()
        figures: dict[str, Any] = {
            "end points": len(beside.deviation),
            "stable": beside.stable,
            "median deviation": float(np.median(beside.deviation)),
            "90 % quantile": float(np.quantile(beside.deviation, 0.9)),
            "with a bound": float(np.isfinite(beside.bound).mean()),
            "of these within it": beside.held,
            "correlation with rank": beside.correlation,
            "states lost": len(beside.lost),
        }
        table = Table("Learned beside exact denoisers", ["figure", "value"])
        for key, value in figures.items():
            table.add(key, value)
        lost = Table("Lost states", ["agent", "own history", "state", "probability"])
        for one in beside.lost:
            steps = "; ".join(f"{action} -> {seen}" for action, seen in one.history)
            lost.add(
                instance.label("agents", one.agent), steps or "nothing yet",
                instance.label("states", one.state), one.chance,
            )  # fmt: skip
        return Answer(
            value=found,
            sentence=f"after {sum(found.steps)} steps end points are "
            f"{number(float(format(figures['median deviation'], '.3g')))} off in the middle, "
            f"{len(beside.lost)} states are lost",
            fields={
                **{key.replace(" ", "_").replace("%", "percent"): v for key, v in figures.items()},
                "steps": list(found.steps),
                "losses": list(found.losses),
            },
            tables=[table, *([lost] if beside.lost else [])],
            check=_recheck(found, beside),
            limit=found.limit,
        )


def _recheck(found: TrainedDenoiser, beside: DenoiserComparison) -> Report:
    """Put exact end points into the verifier's own denoisers, and measure deviations again."""
    builder = ReportBuilder(Tolerances(), 1.0)
    model = found.model
    resting, apart = [], []
    for k, (agent, own, posterior) in enumerate(found.posteriors()):
        part = slice(k * model.n_states, (k + 1) * model.n_states)
        judge = Own(posterior, model.points, found.sigma)
        for exact, learned, told in zip(
            beside.exact[part], beside.learned[part], beside.deviation[part], strict=True
        ):
            if not np.linalg.norm(judge.moved(exact) - exact) <= 1e-6 * max(1.0, judge.size):
                resting.append(f"agent {agent}, {own.tolist()}: {exact.tolist()} is not at rest")
            if not abs(np.linalg.norm(learned - exact) - told) <= 1e-9:
                apart.append(f"agent {agent}, {own.tolist()}: {told} is no distance")
    builder.require("exact", "exact end points are at rest", resting, theorem="DEN-1")
    builder.require("deviation", "deviations are distances of end points", apart)
    return builder.finish()
