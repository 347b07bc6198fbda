"""Are claimed bonuses right? Every condition, and who breaks it.

Recomputes everything from the game and the target: the welfare optimum, the values of following
and of best replies, unpaid and paid. Nobody may gain by leaving the target once under the bonuses
(which is enough, by the one-shot deviation principle), and nobody may be paid more than what his
best reply gains unpaid (CON-16). O(T S J) time with a horizon; without, a few linear systems.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solution import ContractGameSolution
from eqsolve.families.contract_game.verify.play import Play, play_target
from eqsolve.families.contract_game.verify.values import Model

__all__ = ["verify"]


def verify(
    game: ContractGame,
    result: Result[ContractGameSolution] | ContractGameSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `game`.

    Parameters
    ----------
    game : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : relative to the numbers compared.
    deadline : not needed: there are no searches, and the definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.contract_game.solve import minimal_payments
    >>> dilemma = ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> verify(dilemma, minimal_payments(dilemma)).valid
    True
    """
    claim = claim_of(result)
    periods = game.horizon or 1 / (1 - game.discount)
    builder = ReportBuilder(Tolerances(tolerance), game.scale * periods, deadline)
    solution = claim.solution
    if solution is None:
        if claim.status is Status.NO_EQUILIBRIUM:
            problems = ["every target can be paid for"]
            builder.require("game.existence", "there is no answer", problems, theorem="CON-16")
        return builder.finish()
    if _form(builder, game, solution):
        _values(builder, game, claim, solution, bare=claim is not result)
    return builder.finish()


def _form(builder: ReportBuilder, game: ContractGame, solution: ContractGameSolution) -> bool:
    """Check shapes, actions, and that the target is the one asked for."""
    stages = game.horizon or 1
    shape = (stages, game.n_states, game.n_agents)
    tables = (
        solution.target, solution.payments, solution.agent_values, solution.unpaid_values,
        solution.best_reply_values,
    )  # fmt: skip
    problems = [f"has shape {t.shape}, expected {shape}" for t in tables if t.shape != shape]
    if solution.cost_by_agent.shape != (game.n_agents,):
        problems.append("there must be one cost for each agent")
    if not builder.require("game.form", "there is a row for each stage and state", problems):
        return False
    wrong = (solution.target < 0) | (solution.target >= np.array(game.sizes))
    problems = [
        f"stage {t}, {game.label('states', s)}: {game.label('agents', i)} has no action "
        f"{solution.target[t, s, i]}"
        for t, s, i in np.argwhere(wrong)[:100].tolist()
    ]
    if not builder.require("game.actions", "every action exists", problems):
        return False
    problems = []
    if game.target is not None:
        other = np.argwhere((np.broadcast_to(game.target, shape) != solution.target).any(axis=2))
        problems = [
            f"stage {t}, {game.label('states', s)}: another joint action than the target's"
            for t, s in other[:100].tolist()
        ]
    return builder.require("game.target", "the target is the one asked for", problems)


def _values(
    builder: ReportBuilder,
    game: ContractGame,
    claim: Result[ContractGameSolution],
    solution: ContractGameSolution,
    *,
    bare: bool,
) -> None:
    """Check payments, incentives, values and figures."""

    def where(t: int, s: int, i: int) -> str:
        return f"stage {t}, {game.label('states', s)}, {game.label('agents', i)}"

    builder.compare(
        "game.payments",
        "bonuses are >= 0",
        -solution.payments,
        0.0,
        lambda t, s, i: f"{where(t, s, i)}: is paid {solution.payments[t, s, i]:g}",
        theorem="CON-16",
    )
    play = play_target(Model(game), solution, builder.tolerances, builder.scale)
    for name, condition, worst, words in (
        ("incentives", "nobody gains by leaving the target", play.tempted,
         "gains {:g} by another action"),
        ("minimal", "nobody is paid more than what his best reply gains", play.excess,
         "gets {:g} more than his best reply"),
    ):  # fmt: skip
        builder.compare(
            f"game.{name}",
            condition,
            worst.amount,
            worst.size,
            lambda t, i, w=worst, text=words: (
                f"{where(t, int(w.state[t, i]), i)}: {text.format(w.amount[t, i])}"
            ),
            theorem="CON-16",
        )
    for key, worst in play.off.items():
        builder.compare(
            f"game.{key.replace('_', '-')}",
            f"{key} follow from target and bonuses",
            worst.amount,
            worst.size,
            lambda t, i, w=worst: (
                f"{where(t, int(w.state[t, i]), i)}: {w.true[t, i]:g}, not {w.told[t, i]:g}"
            ),
        )
    _figures(builder, game, claim, solution, play, bare=bare)


def _figures(
    builder: ReportBuilder,
    game: ContractGame,
    claim: Result[ContractGameSolution],
    solution: ContractGameSolution,
    play: Play,
    *,
    bare: bool,
) -> None:
    """Check what is said of the start."""
    best = float(game.start @ play.best)
    by_agent = game.start @ (play.replies - play.unpaid)
    welfare = float(game.start @ play.unpaid.sum(axis=1))
    cost = float(by_agent.sum())
    builder.compare(
        "game.cost-by-agent",
        "each agent's cost is what his best reply gains unpaid",
        np.abs(solution.cost_by_agent - by_agent),
        np.abs(by_agent),
        lambda i: f"{game.label('agents', i)}: {by_agent[i]:g}, not {solution.cost_by_agent[i]:g}",
        theorem="CON-16",
    )
    figures = {
        "cost": (solution.cost, cost),
        "welfare": (solution.welfare, welfare),
        "best_welfare": (solution.best_welfare, best),
    }
    if solution.share is not None:
        figures["share"] = (solution.share, cost / welfare if welfare > 0 else math.nan)
    for key, (told, right) in figures.items():
        builder.compare(
            f"game.{key.replace('_', '-')}",
            f"{key} follows from the game and the target",
            abs(told - right),
            abs(right),
            lambda k=key, c=told, v=right: f"{k} is {v:g}, not {c:g}",
        )
    problems = []
    positive = welfare > builder.scale * 2.0**-40
    if solution.share is None and positive:
        problems.append("the share of the welfare is missing")
    builder.require("game.share-told", "the share is told where there is welfare", problems)
    if game.target is None:
        builder.compare(
            "game.optimum",
            "the target has the greatest welfare",
            best - welfare,
            max(abs(best), game.scale),
            lambda: f"welfare {welfare:g}, greatest {best:g}",
        )
    if not bare:
        slack = max(1e-6 * abs(cost), builder.scale * 2.0**-40)
        problems = []
        if claim.objective is None or not abs(claim.objective - cost) <= slack:
            problems.append(f"the objective is {cost:g}, not {claim.objective}")
        bounds = (claim.bounds.lower, claim.bounds.upper)
        if not all(abs(bound - cost) <= slack for bound in bounds if math.isfinite(bound)):
            problems.append(f"the bound is the cost {cost:g}, not {bounds}")
        if claim.status is Status.SOLVED and not math.isfinite(claim.bounds.lower):
            problems.append("a solved question has its objective for a bound")
        if math.isfinite(claim.bounds.lower) and claim.bounds.source != "certified":
            problems.append(f"the bound is certified, not of source {claim.bounds.source!r}")
        builder.require("game.objective", "objective and bound are the least cost", problems)
