"""Are claims about what can be known right? Every condition, and what breaks it.

Posteriors are compared with the verifier's own (`posteriors`), flags and sets with its own search
(`possible`), histories that are shown for a flag are gone through. Denoisers are judged by
``fixed_points``. Cost: as `posteriors` and `possible`; searches end with the clock.
"""

from __future__ import annotations

import math

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution, Posterior
from eqsolve.families.dec_pomdp.verify.fixed_points import check_denoised
from eqsolve.families.dec_pomdp.verify.possible import Level, Possible
from eqsolve.families.dec_pomdp.verify.posteriors import Told, told_by

__all__ = ["verify"]


def verify(
    model: DecPOMDP,
    result: Result[DecPOMDPSolution] | DecPOMDPSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `model`.

    Parameters
    ----------
    model : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : of probabilities.
    deadline : of the verifier's own searches.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.solve import solve
    >>> blind = DecPOMDP([1], [1], [[[0, 1], [1, 0]]], [[[1], [1]]], [0.5, 0.5])
    >>> verify(blind, solve(blind)).valid
    True
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), 1.0, deadline)
    solution = claim.solution
    if solution is None:
        if claim.status is Status.NO_EQUILIBRIUM:
            problems = ["every model has its posteriors"]
            builder.require("knowledge.existence", "there is no answer", problems)
        return builder.finish()
    possible = Possible(model)
    _status(builder, claim, solution)
    _observability(builder, model, possible, solution)
    _posteriors(builder, model, possible, solution)
    if solution.question == "denoiser":
        check_denoised(builder, model, solution, claim.status)
    return builder.finish()


def _status(
    builder: ReportBuilder, claim: Result[DecPOMDPSolution], solution: DecPOMDPSolution
) -> None:
    """Check that what is called solved is settled, and that there is no objective."""
    problems = []
    open_flags = [
        name
        for name in ("collectively_observable", "shared_identifiable")
        if getattr(solution, name) is None
    ]
    # Where nothing was searched, posteriors alone were asked for.
    asked = solution.explored > 0 or len(open_flags) == 1
    if claim.status is Status.SOLVED and open_flags and asked:
        problems.append(f"solved, but {' and '.join(open_flags)} is open")
    if claim.objective is not None or any(
        map(math.isfinite, (claim.bounds.lower, claim.bounds.upper))
    ):
        problems.append("there is no objective, and no bound on one")
    builder.require("knowledge.status", "all that was asked is settled", problems)


def _observability(
    builder: ReportBuilder, model: DecPOMDP, possible: Possible, solution: DecPOMDPSolution
) -> None:
    """Check both flags, what is shown for them, and the sets."""
    problems = []
    joint, shared = solution.collectively_observable, solution.shared_identifiable
    if (solution.ambiguous_history is None) != (joint is not False):
        problems.append("an ambiguous history is shown exactly where all together cannot tell")
    if (solution.unshared_history is None) != (shared is not False):
        problems.append("a history is shown exactly where two states are shared")
    if (solution.knowledge_sets is None) != (joint is not True):
        problems.append("the sets are listed exactly where each is one state")
    if shared and joint is not True:
        problems.append("two states after a joint history are shared ones")
    if solution.explored < (joint is not None):
        problems.append("what is settled was searched")
    builder.require("knowledge.form", "flags and what is shown for them agree", problems)
    if solution.ambiguous_history is not None:
        left = possible.joint_set(solution.ambiguous_history)
        problems = _shown(possible, solution.ambiguous_history, len(left))
        builder.require(
            "knowledge.ambiguous", "the joint history leaves two states", problems, theorem="DEC-2"
        )
    if solution.unshared_history is not None:
        history = solution.unshared_history
        problems = _shown(possible, history, len(possible.shared(history)))
        builder.require(
            "knowledge.unshared", "after the history two states are shared", problems,
            theorem="DEC-4",
        )  # fmt: skip
    if joint is not None:
        with builder.search("whether all together can tell the state") as poll:
            _joint(builder, possible.search_joint(poll), solution)
    if shared:
        with builder.search("whether one state is always shared") as poll:
            level = possible.search_shared(poll)
            problems = [] if level.bad is None else [f"two are shared after {level.bad} steps"]
            builder.require(
                "knowledge.shared", "one state is shared, whatever happens", problems,
                theorem="DEC-4",
            )  # fmt: skip


def _shown(possible: Possible, history: History, states: int) -> list[str]:
    """Return what is wrong with a history that is to leave two states."""
    problems = []
    if not history:
        problems.append("it has no step")
    if not possible.joint_set(history) or not possible.is_taken(history):
        problems.append("it cannot happen")
    if states < 2:
        problems.append(f"it leaves {states} states")
    return problems


def _joint(builder: ReportBuilder, level: Level, solution: DecPOMDPSolution) -> None:
    """Compare with the verifier's own search of joint knowledge sets."""
    problems = []
    if (level.bad is None) != solution.collectively_observable:
        steps = f"several states are left after {level.bad} step(s)"
        problems.append("every set is one state" if level.bad is None else steps)
    builder.require(
        "knowledge.collective", "all together can tell the state, or not", problems, theorem="DEC-2"
    )
    history = solution.ambiguous_history
    if history is not None and level.bad is not None:
        short = [] if len(history) == level.bad else [f"the shortest has {level.bad} steps"]
        builder.require("knowledge.shortest", "no shorter history leaves two states", short)
    listed = solution.knowledge_sets
    if listed is not None:
        right = sorted(tuple(sorted(known)) for known in level.after)  # type: ignore[call-overload]
        wrong = [] if list(listed) == right else [f"{len(right)} sets can be reached: {right[:5]}"]
        builder.require("knowledge.sets", "the list is all that is reached", wrong, theorem="DEC-2")
    wrong = []
    if solution.explored != len(level.met):
        wrong = [f"{len(level.met)} sets are met, not {solution.explored}"]
    builder.require("knowledge.explored", "as many sets are met as is said", wrong)


def _posteriors(
    builder: ReportBuilder, model: DecPOMDP, possible: Possible, solution: DecPOMDPSolution
) -> None:
    """Check that each history is answered, and compare with the verifier's own posteriors."""
    told = tuple(entry.history for entry in solution.posteriors)
    problems = [] if told == model.histories else ["other histories than the model asks about"]
    if not builder.require("knowledge.histories", "each history is answered", problems):
        return
    wrong: dict[str, list[str]] = {"possible": [], "shared": []}
    off: dict[str, list[tuple[float, str]]] = {"probability": [], "joint": [], "local": []}
    for k, (entry, right) in enumerate(zip(solution.posteriors, told_by(model, told), strict=True)):
        name = f"history {k}"
        _one(entry, right, name, wrong["possible"], off)
        shared = tuple(sorted(possible.shared(entry.history)))
        if shared != entry.shared:
            wrong["shared"].append(f"{name}: {list(shared)} are shared, not {list(entry.shared)}")
    builder.require(
        "knowledge.possible", "what cannot happen has no posterior", wrong["possible"],
        theorem="DEC-1",
    )  # fmt: skip
    builder.require(
        "knowledge.shared-states", "shared states are those of all agents' own sets",
        wrong["shared"], theorem="DEC-3",
    )  # fmt: skip
    for key, amounts in off.items():
        worst, words = max(amounts, default=(0.0, ""), key=lambda entry: _rank(entry[0]))
        builder.compare(
            f"knowledge.{key}", f"{key} is what all paths add up to", worst, 1.0,
            lambda text=words: text, theorem="DEC-1",
        )  # fmt: skip


def _rank(amount: float) -> float:
    """Return an amount that can be compared: what is no number is the worst."""
    return math.inf if math.isnan(amount) else amount


def _one(
    entry: Posterior,
    right: tuple[Told, ...],
    name: str,
    wrong: list[str],
    off: dict[str, list[tuple[float, str]]],
) -> None:
    """Add how far an entry lies from what is right."""
    chance = right[0].chance
    size = max(chance, entry.probability, 2.0**-40)
    words = f"{name}: the probability is {chance:g}, not {entry.probability:g}"
    off["probability"].append((abs(entry.probability - chance) / size, words))
    rows = zip((entry.joint, *entry.local), right, strict=True)
    for place, (row, told) in enumerate(rows):
        who = "all together" if not place else f"agent {place - 1}"
        if (row is None) != (told.weights is None):
            wrong.append(f"{name}, {who}: {'cannot' if told.weights is None else 'can'} happen")
        elif row is not None and told.weights is not None:
            gap = abs(row - told.weights)
            state = int(gap.argmax())
            words = f"{name}, {who}: state {state} has {told.weights[state]:g}, not {row[state]:g}"
            off["local" if place else "joint"].append((float(gap[state]), words))
