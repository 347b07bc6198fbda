"""The side questions of model markets under their names, with answers that are rechecked.

Paths, basins and sinks are rechecked with the verifier's own payoffs, see `verify.payoffs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import comb
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.question import Answer, Means, Question, seconds_left, together, whole_numbers
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.base import ModelMarketMethod
from eqsolve.families.model_market.questions.dynamics import basins, response_path
from eqsolve.families.model_market.questions.entrants import (
    ConvexMixtures,
    EntryFamily,
    RadialBumps,
)
from eqsolve.families.model_market.questions.entry import best_entry
from eqsolve.families.model_market.questions.graph import sink_components
from eqsolve.families.model_market.questions.optimum import find_optimum
from eqsolve.families.model_market.questions.paradox import find_paradox
from eqsolve.families.model_market.questions.sweep import Over, sweep, sweep_table
from eqsolve.families.model_market.solution import SocialOptimum
from eqsolve.families.model_market.verify.payoffs import switches
from eqsolve.families.normal_form_game.response_paths import Order, Response, ResponsePath

__all__ = ["QUESTIONS"]

_SLACK = 1e-9
"""Share of the payoffs compared below which a gain is none: rounding may decide."""

_FEW_SETS = 20_000
"""Sets of models up to which the social optimum is rechecked by looking at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSocialOptimum(Question[ModelMarket]):
    """The models, as many as there are platforms, that would serve users best."""

    name: ClassVar[str] = "social_optimum"
    summary: ClassVar[str] = "the best set of models for users, with a proved bound"
    cost: ClassVar[str] = "greedy O(N M K), then branch and bound of at most 1,000 nodes"
    source: ClassVar[str] = (
        "Cornuejols, G., Fisher, M. L. and Nemhauser, G. L. (1977). Location of bank accounts to "
        "optimize float. Management Science 23(8), 789-810."
    )

    def answer(self, instance: ModelMarket, means: Means) -> Answer:
        """Find it, and recheck welfare and bound."""
        found = find_optimum(instance, means.deadline)
        names = [instance.label("models", model) for model in found.models]
        proved = found.bound <= found.welfare
        best = "the best possible" if proved else f"at most {number(found.bound)} is possible"
        return Answer(
            value=found,
            sentence=f"{', '.join(names)} give users {number(found.welfare)}, {best}",
            fields={**found.to_dict(), "proved": proved},
            check=_recheck_optimum(instance, found, means),
            limit=None if proved else means.deadline.limit,
        )


def _recheck_optimum(market: ModelMarket, found: SocialOptimum, means: Means) -> Report:
    """Recompute welfare, and the bound from its multipliers or by looking at all sets."""
    builder = means.builder(Tolerances(), market.scale)
    worth = market.scores * market.shares
    few = [] if len(found.models) <= market.n_platforms else [f"{len(found.models)} models"]
    builder.require("optimum.set", "no more models than platforms", few)
    welfare = float(worth[list(found.models)].max(axis=0, initial=0).sum())
    builder.compare(
        "optimum.welfare",
        "welfare follows from the models",
        abs(welfare - found.welfare),
        welfare,
        lambda: f"{found.welfare} should be {welfare}",
    )
    size = min(market.n_platforms, market.n_models)
    total = float(worth.max(axis=0, initial=0).sum())
    if found.prices is not None:
        rewards = np.sort(np.maximum(worth - found.prices, 0).sum(axis=1))[::-1]
        proved = float(found.prices.sum() + rewards[: market.n_platforms].sum())
    elif comb(market.n_models, size) <= _FEW_SETS:
        proved = max(
            float(worth[list(chosen)].max(axis=0).sum())
            for chosen in combinations(range(market.n_models), size)
        )
    elif found.bound >= total * (1 - _SLACK):
        proved = total  # every user with the best model of all
    else:
        builder.leave(f"that no set of models gives users more than {found.bound}")
        return builder.finish()
    builder.compare(
        "optimum.bound",
        "no set gives users more than the bound",
        _in_steps(market, proved) - found.bound,
        proved,
        lambda: f"what is proved is {proved}, more than {found.bound}",
    )
    return builder.finish()


def _in_steps(market: ModelMarket, bound: float) -> float:
    """Return a bound rounded down to a welfare that whole numbers can make."""
    if not market.is_exact:
        return bound
    steps = float(market.weights.sum())
    return float(np.floor(bound * steps * (1 + _SLACK) + _SLACK)) / steps


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDynamics(Question[ModelMarket]):
    """Where it leads if platforms change their models in turn.

    Parameters
    ----------
    response, order, inertia, max_steps : as for ``eqsolve.best_response_path``.
    start : model of each platform; by default the one of the greatest total score for all.
    """

    name: ClassVar[str] = "dynamics"
    summary: ClassVar[str] = "the path of best or better responses of the platforms"
    cost: ClassVar[str] = "O(models in use M K) per step"
    source: ClassVar[str] = ModelMarketMethod.source

    response: Response = "best"
    order: Order = "cyclic"
    start: Sequence[float] | None = None
    inertia: float = 0.0
    max_steps: int = 10_000

    def answer(self, instance: ModelMarket, means: Means) -> Answer:
        """Follow the path, and recheck its steps and its end."""
        path = response_path(
            instance,
            whole_numbers(self.start, "start"),
            response=self.response,
            order=self.order,
            inertia=self.inertia,
            max_steps=self.max_steps,
            seed=int(means.rng.integers(2**31)),
        )
        steps, end = len(path.movers), _counts(instance, instance.counts_of(path.end))
        table = Table("Path", ["step", "movers", "platforms of each model"])
        for step, profile in enumerate(path.profiles.tolist()):
            movers = ", ".join(map(str, path.movers[step - 1])) if step else ""
            table.add(step, movers, _counts(instance, instance.counts_of(profile)))
        sentence = f"no end after {steps} steps: {end}"
        if path.converged:
            sentence = f"an equilibrium after {steps} steps: {end}"
        elif path.cycle is not None:
            sentence = f"a cycle of {len(path.cycle.states)} profiles after {steps} steps"
        return Answer(
            value=path,
            sentence=sentence,
            fields={
                "profiles": path.profiles,
                "movers": [list(movers) for movers in path.movers],
                "converged": path.converged,
                "counts": instance.counts_of(path.end),
                "cycle": None if path.cycle is None else [list(s) for s in path.cycle.states],
            },
            tables=[table],
            check=_recheck_path(instance, path, means),
            limit=path.limit,
        )


def _counts(market: ModelMarket, counts: Any) -> str:
    """Return how many platforms use each model, in words."""
    used = [(int(count), model) for model, count in enumerate(counts) if count]
    return ", ".join(f"{count} x {market.label('models', model)}" for count, model in used)


def _gains(market: ModelMarket, counts: Sequence[int]) -> dict[tuple[int, int], float]:
    """Return (model, other model) -> gain of a switch, as a share of the payoffs, if any."""
    profile = np.array([list(counts)], dtype=np.int64)
    gains = {}
    for model in np.flatnonzero(profile[0]).tolist():
        for block in switches(market, profile, model, exact=market.is_exact):
            with np.errstate(invalid="ignore", divide="ignore"):
                shares = np.where(block.sizes[0] > 0, block.gains[0] / block.sizes[0], 0.0)
            for other in np.flatnonzero(block.gains[0] > 0).tolist():
                gains[model, other] = float(shares[other])
    return gains


def _surely(market: ModelMarket, share: float) -> bool:
    """Return whether a gain is one beyond what rounding may make."""
    return share > 0 if market.is_exact else share > _SLACK


def _recheck_path(market: ModelMarket, path: ResponsePath, means: Means) -> Report:
    """Recompute that each mover gains by its own switch, and that nobody gains at the end."""
    builder = means.builder(Tolerances(), market.scale)
    steps = zip(path.profiles, path.profiles[1:], path.movers, strict=False)
    with builder.search("that each mover gains by its switch") as poll:
        problems = []
        for before, after, movers in steps:
            poll()
            gains = _gains(market, market.counts_of(tuple(before.tolist())).tolist())
            for platform in np.flatnonzero(before != after).tolist():
                old, new = int(before[platform]), int(after[platform])
                if platform not in movers or (old, new) not in gains:
                    problems.append(f"platform {platform} gains nothing by {old} -> {new}")
        builder.require("dynamics.gains", "each mover gains by its switch", problems)
    if path.converged:
        ends = [market.counts_of(path.end).tolist()]
        _require_rest(builder, market, ends, "dynamics.end", "nobody gains at the end")
    return builder.finish()


def _require_rest(
    builder: ReportBuilder,
    market: ModelMarket,
    profiles: Sequence[Sequence[int]],
    id: str,
    condition: str,
) -> None:
    """Check that nobody surely gains at profiles that are called equilibria."""
    with builder.search(f"that {condition}") as poll:
        problems = []
        for counts in profiles:
            poll()
            problems += [
                f"a platform gains by {model} -> {other} at {list(counts)}"
                for (model, other), share in _gains(market, counts).items()
                if _surely(market, share)
            ]
        builder.require(id, condition, problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBasins(Question[ModelMarket]):
    """Which equilibria best responses reach from random profiles, and how often.

    Parameters
    ----------
    starts : random profiles to start from.
    max_steps : steps after which a path is cut.
    """

    name: ClassVar[str] = "basins"
    summary: ClassVar[str] = "how many of random starts lead to each equilibrium"
    cost: ClassVar[str] = "O(starts steps models in use M K)"
    source: ClassVar[str] = ModelMarketMethod.source

    starts: int = 100
    max_steps: int = 10_000

    def answer(self, instance: ModelMarket, means: Means) -> Answer:
        """Follow all paths, and recheck that their ends are equilibria."""
        seed = int(means.rng.integers(2**31))
        found = basins(
            instance,
            starts=self.starts,
            seed=seed,
            max_steps=self.max_steps,
            deadline=means.deadline,
        )
        done = sum(found.values())
        table = Table("Basins", ["equilibrium", "starts"])
        table.extend(
            ("none" if end is None else _counts(instance, end), times)
            for end, times in found.items()
        )
        builder = means.builder(Tolerances(), instance.scale)
        ends = [end for end in found if end is not None]
        _require_rest(builder, instance, ends, "basins.ends", "nobody gains at an end")
        return Answer(
            value=found,
            sentence=f"{done} random starts lead to equilibria: {len(ends)} different ones",
            fields={
                "basins": [
                    {"counts": None if end is None else list(end), "starts": times}
                    for end, times in found.items()
                ]
            },
            tables=[table],
            check=builder.finish(),
            limit=means.deadline.limit if done < self.starts else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSinks(Question[ModelMarket]):
    """Where improvement paths end up.

    Parameters
    ----------
    rule : an arc for every gain, or for best responses only.
    """

    name: ClassVar[str] = "sinks"
    summary: ClassVar[str] = "sink components of the improvement graph, at most 20,000 profiles"
    cost: ClassVar[str] = "O(profiles M^2 K)"
    source: ClassVar[str] = (
        "Goemans, M., Mirrokni, V. and Vetta, A. (2005). Sink equilibria and convergence. "
        "46th Annual IEEE Symposium on Foundations of Computer Science, 142-151."
    )

    rule: Literal["better", "best"] = "better"

    def answer(self, instance: ModelMarket, means: Means) -> Answer:
        """Find them; components of one profile are rechecked as equilibria."""
        sinks = sink_components(instance, rule=self.rule)
        table = Table("Sink components", ["component", "profiles", "first profile"])
        for place, members in enumerate(sinks):
            table.add(place, len(members), _counts(instance, members[0]))
        single = [members[0] for members in sinks if len(members) == 1]
        builder = means.builder(Tolerances(), instance.scale)
        _require_rest(builder, instance, single, "sinks.single", "nobody gains at a single profile")
        if self.rule == "better":
            _require_closed(builder, instance, sinks)
        return Answer(
            value=sinks,
            sentence=f"{len(sinks)} sink components, {len(single)} of them pure equilibria",
            fields={"sinks": [[list(profile) for profile in members] for members in sinks]},
            tables=[table],
            check=builder.finish(),
        )


def _require_closed(
    builder: ReportBuilder, market: ModelMarket, sinks: Sequence[Sequence[Sequence[int]]]
) -> None:
    """Check that no sure improvement leads out of a component."""
    with builder.search("that no improvement leaves a component") as poll:
        problems = []
        for members in sinks:
            inside = {tuple(counts) for counts in members}
            for counts in members:
                poll()
                for (model, other), share in _gains(market, counts).items():
                    after = list(counts)
                    after[model] -= 1
                    after[other] += 1
                    if _surely(market, share) and tuple(after) not in inside:
                        problems.append(f"an improvement leads from {list(counts)} to {after}")
        builder.require("sinks.closed", "no improvement leaves a component", problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSweep(Question[ModelMarket]):
    """What happens to the market as one of its numbers moves.

    Parameters
    ----------
    over, values, type_index : see ``eqsolve.sweep``; without values the platforms grow in
        doubles to eight times the market's.
    """

    name: ClassVar[str] = "sweep"
    summary: ClassVar[str] = "equilibria, welfare and diversity as one number moves"
    theorem: ClassVar[str] = "NASH-6"
    cost: ClassVar[str] = "one solve and one social optimum per value"
    source: ClassVar[str] = ModelMarketMethod.source

    over: Over = "n_platforms"
    values: Sequence[float] | None = None
    type_index: int = 0

    def answer(self, instance: ModelMarket, means: Means) -> Answer:
        """Solve and verify each market; they share the time."""
        values = self.values
        if values is None:
            if self.over != "n_platforms":
                raise OptionError(f"option values: which values of {self.over}?")
            values = [instance.n_platforms * factor for factor in (1, 2, 4, 8)]
        share = seconds_left(means.deadline, max(1, 2 * len(values)))
        rows = sweep(instance, self.over, values, type_index=self.type_index, time_limit=share)
        return Answer(
            value=rows,
            sentence=f"{len(rows)} values of {self.over}, each market solved and verified",
            fields={"over": self.over, "rows": [_plain(asdict(row)) for row in rows]},
            tables=[sweep_table(rows, self.over)],
        )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON: words for statuses, None for what there is not."""
    return {
        key: value.value if key == "status" else None if value != value else value
        for key, value in row.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEntry(Question[ModelMarket]):
    """Where in score space a new model should be, and what becomes of the market.

    Parameters
    ----------
    entrant : ``mixtures`` of skills, or ``bumps`` over places of the user types.
    skills : one row of scores per skill; by default one skill per type, as good as the best
        incumbent there.
    places : one row of coordinates per user type; by default 0, 1, 2, ...
    budget, bumps, width : see `ConvexMixtures` and `RadialBumps`.
    training, beta, gamma, steps, starts : see ``eqsolve.best_entry``.
    """

    name: ClassVar[str] = "entry"
    summary: ClassVar[str] = "the best new model, and the market before and after"
    cost: ClassVar[str] = "steps x starts evaluations, two solves"
    source: ClassVar[str] = ModelMarketMethod.source

    entrant: Literal["mixtures", "bumps"] = "mixtures"
    skills: Sequence[Sequence[float]] | None = None
    places: Sequence[Sequence[float]] | None = None
    budget: float = 1.0
    bumps: int = 1
    width: float = 0.2
    training: Literal["gradient", "reweighting"] = "gradient"
    beta: float = 1.0
    gamma: float = 1.0
    steps: int = 300
    starts: int = 5

    def answer(self, instance: ModelMarket, means: Means) -> Answer:
        """Train the entrant, then solve and verify both markets."""
        found = best_entry(
            instance,
            self._family(instance),
            training=self.training,
            beta=self.beta,
            gamma=self.gamma,
            steps=self.steps,
            starts=self.starts,
            seed=int(means.rng.integers(2**31)),
            time_limit=seconds_left(means.deadline, 2),
        )
        table = Table("Entry", ["figure", "before", "after"])
        table.add("status", found.before.status.value, found.after.status.value)
        table.add("welfare", _known(found.welfare_before), _known(found.welfare_after))
        table.add("share of the entrant", None, _known(found.adoption))
        names = [instance.label("models", model) for model in found.displaced]
        return Answer(
            value=found,
            sentence=f"the entrant displaces {', '.join(names) or 'nobody'}",
            fields={
                "phi": found.phi,
                "scores": found.scores,
                "objective": found.objective,
                "adoption": _known(found.adoption),
                "displaced": list(found.displaced),
                "welfare_before": _known(found.welfare_before),
                "welfare_after": _known(found.welfare_after),
            },
            tables=[table],
            check=together({"before": found.before.check, "after": found.after.check}),
            limit=found.before.limit or found.after.limit,
        )

    def _family(self, market: ModelMarket) -> EntryFamily:
        """Return what can be built."""
        if self.entrant == "bumps":
            given = self.places
            places: FloatArray = np.arange(market.n_types, dtype=float)[:, np.newaxis]
            if given is not None:
                places = np.array(given, dtype=float)
            return RadialBumps(places, bumps=self.bumps, width=self.width, budget=self.budget)
        skills: FloatArray = np.diag(market.scores.max(axis=0).astype(float))
        if self.skills is not None:
            skills = np.array(self.skills, dtype=float)
        return ConvexMixtures(skills, budget=self.budget)


def _known(amount: float) -> float | None:
    """Return a number, None where there is none."""
    return None if amount != amount else amount


@dataclass(frozen=True, slots=True, kw_only=True)
class AskParadox(Question[ModelMarket]):
    """A market no larger than this one in which more choice hurts, or nobody rests.

    Parameters
    ----------
    paradox, high, tries : see ``eqsolve.find_paradox``.
    """

    name: ClassVar[str] = "paradox"
    summary: ClassVar[str] = "a small market in which more choice hurts, or nobody comes to rest"
    theorem: ClassVar[str] = "NASH-7"
    cost: ClassVar[str] = "up to `tries` markets solved completely"
    source: ClassVar[str] = ModelMarketMethod.source

    paradox: Literal["none", "welfare", "diversity"] = "none"
    high: int = 6
    tries: int = 2000

    def answer(self, instance: ModelMarket, means: Means) -> Answer:
        """Search markets of at most the instance's size."""
        found = find_paradox(
            self.paradox,
            models=instance.n_models,
            types=instance.n_types,
            platforms=instance.n_platforms,
            high=self.high,
            tries=self.tries,
            seed=int(means.rng.integers(2**31)),
            deadline=means.deadline,
        )
        if found is None:
            limit = means.deadline.limit
            when = f"in {self.tries} markets of this size" if limit is None else "in time"
            return Answer(
                value=None,
                sentence=f"none met {when}",
                fields={"paradox": self.paradox, "market": None},
                limit=limit,
            )
        market = found.market
        document = {
            "scores": market.scores,
            "weights": market.weights,
            "n_platforms": market.n_platforms,
        }
        table = Table("Scores of the witness", ["model", *map(str, range(market.n_types))])
        table.extend((str(model), *row) for model, row in enumerate(market.scores.tolist()))
        sentence = f"a market of {market.n_platforms} platforms without a pure equilibrium"
        if found.before is not None and found.after is not None:
            sentence = (
                f"one model more lowers {self.paradox} from {number(found.before)} "
                f"to {number(found.after)} at best"
            )
        return Answer(
            value=found,
            sentence=sentence,
            fields={
                "paradox": found.kind,
                "market": document,
                "before": found.before,
                "after": found.after,
            },
            tables=[table],
        )


QUESTIONS: tuple[type[Question[ModelMarket]], ...] = (
    AskSocialOptimum,
    AskDynamics,
    AskBasins,
    AskSinks,
    AskSweep,
    AskEntry,
    AskParadox,
)
