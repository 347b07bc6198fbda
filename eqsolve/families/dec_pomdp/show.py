"""How models and what can be known in them are told: facts, tables, one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution, Posterior

__all__ = ["facts", "headline", "tables"]

_STATES = 6
"""States named in a cell at most."""


def facts(model: DecPOMDP) -> dict[str, str]:
    """Return what there is to know before solving."""
    uniform = all((policy == policy[0]).all() for policy in model.policies)
    return {
        "agents": str(model.n_agents),
        "states": str(model.n_states),
        "actions": " x ".join(map(str, model.n_actions)),
        "observations": " x ".join(map(str, model.n_observations)),
        "possible at first": str(int((model.initial > 0).sum())),
        "policies": "uniform" if uniform else "given",
        "histories": str(len(model.histories)),
    }


def headline(model: DecPOMDP, result: Result[DecPOMDPSolution]) -> str:
    """Return one sentence: what was found."""
    solution = result.solution
    if solution is None:
        return "nothing found before the run was stopped"
    if solution.question == "denoiser":
        ends = [entry.flow for entry in solution.denoised if entry.flow is not None]
        arrived = sum(flow.converged and flow.in_shared for flow in ends)
        return (
            f"{'learned ' if solution.learned else ''}denoisers of {len(solution.denoised)} "
            f"histories at sigma {solution.sigma:g}: {arrived} of {len(ends)} flows end at a "
            "shared state"
        )
    count = len(solution.posteriors)
    counted = f"{count} histor{'y' if count == 1 else 'ies'}"
    if solution.collectively_observable is None:
        return f"posteriors of {counted}" + (
            "; who can know the state is open" if solution.explored else ""
        )
    if not solution.collectively_observable:
        length = len(solution.ambiguous_history or ())
        when = "1 step" if length == 1 else f"{length} steps"
        return f"not collectively observable: several states are left after {when}; {counted}"
    alone = {
        True: "and one state is shared, whatever happens",
        False: "but what agents alone cannot rule out may be several states",
        None: "and whether agents alone can is open",
    }[solution.shared_identifiable]
    return f"collectively observable, {alone}; {counted}"


def tables(model: DecPOMDP, result: Result[DecPOMDPSolution]) -> list[Table]:
    """Return what was decided, and what the histories say."""
    solution = result.solution
    if solution is None:
        return []
    found = []
    if solution.collectively_observable is not None:
        table = Table("Who can know the state", ["question", "answer", "shown by"])
        sets = f"{solution.explored} knowledge sets"
        for title, flag, history in (
            (
                "all together",
                solution.collectively_observable,
                solution.ambiguous_history,
            ),
            ("one shared state", solution.shared_identifiable, solution.unshared_history),
        ):
            shown = sets if history is None else model.words(history)
            answer = "open" if flag is None else "yes" if flag else "no"
            table.add(title, answer, "" if flag is None else shown)
        found.append(table)
    if solution.denoised:
        found.append(_denoisers(model, solution))
    if solution.posteriors:
        told = Table("Histories", ["history", "probability", "all together", "shared states"])
        for entry in solution.posteriors:
            told.add(
                model.words(entry.history),
                entry.probability,
                likeliest(model, entry),
                named(model, entry.shared),
            )
        found.append(told)
    return found


def likeliest(model: DecPOMDP, entry: Posterior) -> str:
    """Return the likeliest state of the joint posterior, with its probability."""
    if entry.joint is None:
        return "cannot happen"
    state = int(entry.joint.argmax())
    return f"{model.label('states', state)} ({number(float(entry.joint[state]))})"


def named(model: DecPOMDP, states: tuple[int, ...]) -> str:
    """Return a few states by name."""
    names = [model.label("states", state) for state in states[:_STATES]]
    more = [f"and {len(states) - _STATES} more"] if len(states) > _STATES else []
    return ", ".join([*names, *more]) or "none"


def _denoisers(model: DecPOMDP, solution: DecPOMDPSolution) -> Table:
    """Return what denoisers make of each history."""
    table = Table("Denoisers", ["history", "stable", "certified", "flow", "at", "shared states"])
    for entry in solution.denoised:
        rests = [rest for own in entry.fixed_points for rest in own]
        flow = entry.flow
        table.add(
            model.words(entry.history),
            sum(rest.spectral_radius < 1 for rest in rests),
            sum(rest.bound is not None for rest in rests),
            "cannot happen" if flow is None else flow.ending,
            "" if flow is None else named(model, tuple(dict.fromkeys(flow.cycle or (flow.state,)))),
            named(model, entry.shared),
        )
    return table
