"""The side questions of games of many agents under their names, with rechecked answers."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, FormatError, NoSolutionError
from eqsolve.core.limits import Deadline
from eqsolve.core.question import Answer, Means, Question, whole_numbers
from eqsolve.core.report import Report
from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.questions.dominance import Dominance, promised
from eqsolve.families.contract_game.questions.targets import target_costs
from eqsolve.families.contract_game.solution import ContractGameSolution
from eqsolve.families.contract_game.solve import minimal_payments

__all__ = ["QUESTIONS"]

_MONDERER = (
    "Monderer, D. and Tennenholtz, M. (2004). K-implementation. "
    "Journal of Artificial Intelligence Research 21, 37-62."
)
_MOST = 10**7
"""Promises that are worked out at most."""

_MANY = 100_000
"""Joint actions that are compared as targets at most."""

_FEW = 20_000
"""Deviations that are looked at one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _AskTarget(Question[ContractGame]):
    """Base of questions about a target.

    Parameters
    ----------
    target : ``own`` for the game's; ``welfare``; an action for each agent, rows by state with
        semicolons; or a JSON file with ``[state][agent]`` or ``[stage][state][agent]``.
    """

    target: Literal["own", "welfare"] | Sequence[Sequence[float]] | str = "own"

    def solved(self, game: ContractGame, deadline: Deadline) -> Result[ContractGameSolution]:
        """Return the least payments for the target."""
        given: Any = self.target
        if given == "own":
            given = None
        elif isinstance(given, str) and given != "welfare":
            try:
                given = json.loads(Path(given).read_text())
            except (OSError, ValueError) as error:
                rule = f"cannot be read as JSON: {error}"
                raise FormatError(str(self.target), Fault("", rule)) from None
        elif not isinstance(given, str):
            given = [_whole(row) for row in given]
        return minimal_payments(game, given, deadline=deadline)


def _whole(row: Any) -> Any:
    """Return a row of numbers as whole ones; deeper rows stay."""
    nested = any(isinstance(entry, list | tuple) for entry in row)
    return row if nested else whole_numbers(row, "target")


def _solution(found: Result[ContractGameSolution]) -> ContractGameSolution:
    """Return the solution of a result."""
    if found.solution is None:
        raise NoSolutionError("nothing was found before the run was stopped")
    return found.solution


@dataclass(frozen=True, slots=True, kw_only=True)
class AskImplementation(_AskTarget):
    """What it takes to have a joint policy followed."""

    name: ClassVar[str] = "implementation"
    summary: ClassVar[str] = "least bonuses for a joint policy, by agent"
    theorem: ClassVar[str] = "CON-16"
    cost: ClassVar[str] = "O(stages x states x (joint actions + all agents' own actions))"
    source: ClassVar[str] = _MONDERER

    def answer(self, instance: ContractGame, means: Means) -> Answer:
        """Solve for the target."""
        found = self.solved(instance, means.deadline)
        solution = _solution(found)
        table = Table("Agents at the start", ["agent", "unpaid", "best reply", "bonuses"])
        for i, cost in enumerate(solution.cost_by_agent.tolist()):
            own, reply = (
                float(instance.start @ values[0, :, i])
                for values in (solution.unpaid_values, solution.best_reply_values)
            )
            table.add(instance.label("agents", i), own, reply, cost)
        lost = solution.best_welfare - solution.welfare
        beside = f", {number(lost)} below the greatest" if lost > 1e-9 * instance.scale else ""
        return Answer(
            value=found,
            sentence=(
                f"the target costs {number(solution.cost)} and has a welfare of "
                f"{number(solution.welfare)}{beside}"
            ),
            fields={
                "cost": solution.cost,
                "cost_by_agent": solution.cost_by_agent,
                "welfare": solution.welfare,
                "best_welfare": solution.best_welfare,
                "share": solution.share,
                "payments": solution.payments,
            },
            tables=[table],
            check=found.check,
            limit=found.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDominance(_AskTarget):
    """Promises that make following best whatever the others do now, if all follow later."""

    name: ClassVar[str] = "dominance"
    summary: ClassVar[str] = "promises that make following a one-step dominant action"
    theorem: ClassVar[str] = "CON-17"
    cost: ClassVar[str] = "O(stages x states x joint actions x agents)"
    source: ClassVar[str] = _MONDERER

    def supports(self, instance: ContractGame) -> str | None:
        """Return why there are too many promises, or None."""
        joint = math.prod(instance.sizes)
        size = (instance.horizon or 1) * instance.n_states * joint * instance.n_agents
        return f"it has {size} promises, more than {_MOST}" if size > _MOST else None

    def answer(self, instance: ContractGame, means: Means) -> Answer:
        """Work out the promises that go with the least payments."""
        solution = _solution(self.solved(instance, means.deadline))
        found = promised(instance, solution)
        table = Table("Promises in stage 0", ["state", "agent", "paid on the target", "largest"])
        for s, i in itertools.product(range(instance.n_states), range(instance.n_agents)):
            table.add(
                instance.label("states", s), instance.label("agents", i),
                float(found.payments[0, s, i]), float(found.promises[i][0, s].max()),
            )  # fmt: skip
        largest = max(float(entry.max()) for entry in found.promises)
        return Answer(
            value=found,
            sentence=(
                f"dominance in one step costs {number(found.cost)}, no more than an equilibrium; "
                f"the largest promise is {number(largest)}"
            ),
            fields={
                "cost": found.cost,
                "cost_by_agent": found.cost_by_agent,
                "target": found.target,
                "payments": found.payments,
                "promises": list(found.promises),
            },
            tables=[table],
            check=_recheck_dominance(instance, found, solution.agent_values, means),
        )


def _recheck_dominance(
    game: ContractGame, found: Dominance, values: FloatArray, means: Means
) -> Report:
    """Compare following with every other action, whatever the others do."""
    builder = means.builder(Tolerances(), game.scale)
    owner = np.repeat(np.arange(len(game.indptr) - 1), np.diff(game.indptr))
    profiles = np.array(np.unravel_index(np.arange(math.prod(game.sizes)), game.sizes)).T
    stages, shape = len(found.target), found.payments.shape
    tempted, off = np.zeros(shape), np.zeros(shape)

    def where(t: int, s: int, i: int) -> str:
        return f"stage {t}, {game.label('states', s)}, {game.label('agents', i)}"

    with builder.search("that promises make following best whatever the others do") as poll:
        for i in range(game.n_agents):
            others = np.delete(profiles, i, axis=1)
            for t, s in itertools.product(range(stages), range(game.n_states)):
                poll()
                own = int(found.target[t, s, i])
                later = np.zeros(game.n_states)
                if game.horizon is None or t + 1 < stages:
                    later = values[min(t + 1, stages - 1), :, i]
                lottery = np.bincount(
                    owner, game.chances * later[game.states], minlength=len(game.indptr) - 1
                )
                worth = game.rewards[i, s] + game.discount * lottery[game.moves[s]]
                promise = np.broadcast_to(found.promises[i][t, s][tuple(others.T)], len(profiles))
                following = profiles.copy()
                following[:, i] = own
                follow = np.ravel_multi_index(tuple(following.T), game.sizes)
                tempted[t, s, i] = float((worth - worth[follow] - promise).max())
                together = np.ravel_multi_index(tuple(found.target[t, s]), game.sizes)
                off[t, s, i] = abs(float(promise[together]) - float(found.payments[t, s, i]))
        size = max(game.scale, float(np.abs(values).max(initial=0.0)))
        builder.compare(
            "dominance.incentives", "following is best whatever the others do now", tempted, size,
            lambda t, s, i: f"{where(t, s, i)}: gains {tempted[t, s, i]:g} by leaving",
            theorem="CON-17",
        )  # fmt: skip
        builder.compare(
            "dominance.payments", "on the target the promise is the least bonus", off, size,
            lambda t, s, i: f"{where(t, s, i)}: off by {off[t, s, i]:g}", theorem="CON-16",
        )  # fmt: skip
    return builder.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTargets(Question[ContractGame]):
    """What each joint action would cost, beside its welfare."""

    name: ClassVar[str] = "targets"
    summary: ClassVar[str] = "welfare and cost of every joint action as a target"
    theorem: ClassVar[str] = "CON-16, CON-17"
    cost: ClassVar[str] = "O(joint actions x agents)"
    source: ClassVar[str] = _MONDERER

    def supports(self, instance: ContractGame) -> str | None:
        """Return why targets are not compared, or None."""
        if instance.n_states > 1 or instance.horizon != 1:
            return "targets are compared in one state and one period"
        joint = math.prod(instance.sizes)
        return f"it has {joint} joint actions, more than {_MANY}" if joint > _MANY else None

    def answer(self, instance: ContractGame, means: Means) -> Answer:
        """Work out all costs at once."""
        costs = target_costs(instance)
        welfare = instance.rewards[:, 0].sum(axis=0)
        flat = costs.ravel()
        order = np.lexsort((flat, -welfare))
        table = Table("Joint actions, the greatest welfare first", ["target", "welfare", "cost"])
        rows = []
        for j in order.tolist():
            profile = [int(k) for k in np.unravel_index(j, instance.sizes)]
            words = [instance.action_label(i, a) for i, a in enumerate(profile)]
            table.add(f"({', '.join(words)})", float(welfare[j]), float(flat[j]))
            rows.append({"target": profile, "welfare": float(welfare[j]), "cost": float(flat[j])})
        free = [row for row in rows if row["cost"] == 0]
        beside = "no joint action is free"
        if free:
            beside = f"without bonuses {number(free[0]['welfare'])} can be had"
        return Answer(
            value=costs,
            sentence=(
                f"the greatest welfare, {number(rows[0]['welfare'])}, costs "
                f"{number(rows[0]['cost'])}; {beside}"
            ),
            fields={"targets": rows},
            tables=[table],
            check=_recheck_targets(instance, costs, means),
        )


def _recheck_targets(game: ContractGame, costs: FloatArray, means: Means) -> Report:
    """Look at each deviation of each agent from each joint action."""
    builder = means.builder(Tolerances(), game.scale)
    if costs.size * sum(game.sizes) > _FEW:
        builder.leave("that the costs are what deviations gain: there are too many")
        return builder.finish()
    off = np.zeros(costs.shape)
    with builder.search("that the costs are what deviations gain") as poll:
        for profile in itertools.product(*map(range, game.sizes)):
            poll()
            total = 0.0
            for i, size in enumerate(game.sizes):
                gains = []
                for action in range(size):
                    other = (*profile[:i], action, *profile[i + 1 :])
                    gains.append(
                        game.rewards[i, 0, np.ravel_multi_index(other, game.sizes)]
                        - game.rewards[i, 0, np.ravel_multi_index(profile, game.sizes)]
                    )
                total += float(max(gains))
            off[profile] = abs(total - costs[profile])
        builder.compare(
            "targets.costs", "each costs what the best deviations gain", off, game.scale,
            lambda *profile: f"{profile}: off by {off[profile]:g}", theorem="CON-16",
        )  # fmt: skip
    return builder.finish()


QUESTIONS = (AskImplementation, AskDominance, AskTargets)
