"""Learning curves against the equilibrium: of one run, and of several nudges side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    RED,
    axes,
    begin,
    legend_below,
    message,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.questions.learning import learn_contracts
from eqsolve.families.contract_mdp.solution import ContractSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["learning", "nudges"]

_COLORS = (BLUE, ORANGE, GREEN, PINK)
_NUDGES = (0.0, 0.002, 0.01, 0.05)
"""Nudges that are tried, as shares of the largest reward."""
_EPISODES = 20_000
"""Episodes for each, and the seconds for all."""
_SECONDS = 20.0


def learning(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Draw the learning curve against the equilibrium."""
    solution = result.solution
    title = "Learned contracts against an agent who answers as well as he can"
    begin(figure, mdp, result, 8, 4.8)
    told: Any = None if solution is None else solution.learning
    if told is None:
        message(figure, title, "Nothing was learned: solve with --method q_learning or deep.")
        return
    made = axes(figure, title, "episodes", "principal's value")
    made.plot(
        told["episodes"],
        told["principal_value"],
        "o-",
        color=BLUE,
        label=f"learned, nudge {written(told.get('nudge', 0), 6)}",
    )
    if told.get("spe") is not None:
        made.axhline(told["spe"], color=RED, label="equilibrium")
    assert solution is not None
    made.axhline(
        solution.no_contract["principal"], color=PINK, linestyle="--", label="without contracts"
    )
    legend_below(made)


def nudges(mdp: ContractMDP, result: Result[ContractSolution], figure: Figure) -> None:
    """Learn with several nudges, and draw a curve for each against the equilibrium."""
    title = "Learning with and without a nudge, against an agent at his best"
    begin(figure, mdp, result, 8, 4.8)
    made = axes(figure, title, "episodes", "principal's value")
    deadline = Deadline(Limits(time=_SECONDS))
    spe = None
    for k, share in enumerate(_NUDGES):
        if deadline.expired():
            break
        nudge = share * mdp.scale
        found = learn_contracts(mdp, episodes=_EPISODES, nudge=nudge, deadline=deadline)
        told = None if found.solution is None else found.solution.learning
        if told is None:
            continue
        spe = told["spe"]
        made.plot(
            told["episodes"], told["principal_value"], "o-", color=_COLORS[k], markersize=4,
            label=f"nudge {written(nudge, 3)}" if nudge else "no nudge",
        )  # fmt: skip
    if spe is not None:
        made.axhline(spe, color=RED, label="equilibrium")
    if result.solution is not None:
        plain = result.solution.no_contract["principal"]
        made.axhline(plain, color=GREY, linestyle="--", label="without contracts")
    legend_below(made, 3)
