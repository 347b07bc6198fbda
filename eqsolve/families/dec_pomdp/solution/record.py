"""What is known once a model is solved: who can know the state, and what histories say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_whole
from eqsolve.core.schema import Field, require_forms
from eqsolve.core.shown import Shown
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.instance.histories import read_history
from eqsolve.families.dec_pomdp.solution.denoised import (
    Denoised,
    denoised_from,
    denoised_to,
)
from eqsolve.families.dec_pomdp.solution.posteriors import (
    Posterior,
    plain_history,
    posteriors_from,
)

__all__ = ["QUESTIONS", "SOLUTION_FIELDS", "DecPOMDPSolution"]

QUESTIONS = ("observability", "denoiser")

_FLAG = {"type": ["boolean", "null"]}


def _listed(description: str) -> dict[str, Any]:
    return {"type": ["array", "null"], "description": description}


_HISTORY = {"type": ["array", "null"], "items": {"type": "array"}}

SOLUTION_FIELDS = (
    Field(
        "question",
        {"type": "string", "enum": list(QUESTIONS), "description": "what was asked"},
        required=True,
    ),
    Field(
        "collectively_observable",
        {**_FLAG, "description": "every possible joint history of a step or more tells the state"},
    ),
    Field(
        "shared_identifiable",
        {**_FLAG, "description": "whatever happens, one state is left that no agent can rule out"},
    ),
    Field(
        "ambiguous_history",
        {**_HISTORY, "description": "a shortest joint history that leaves two states, or null"},
    ),
    Field(
        "unshared_history",
        {**_HISTORY, "description": "a joint history after which two states are shared, or null"},
    ),
    Field(
        "knowledge_sets",
        {
            "type": ["array", "null"],
            "items": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "description": "all sets of possible states after a step or more, where each is one",
        },
    ),
    Field(
        "explored",
        {"type": "integer", "minimum": 0, "description": "knowledge sets met, the first included"},
    ),
    Field(
        "posteriors",
        {
            "type": "array",
            "items": {"type": "object"},
            "description": "of each history asked about: history, probability, joint, local, "
            "shared",
        },
    ),
    Field("sigma", {"type": ["number", "null"], "description": "noise of the denoisers"}),
    Field("learned", {**_FLAG, "description": "whether networks gave the points, default no"}),
    Field("fixed_points", _listed("[history][agent] fixed points of his denoiser")),
    Field("shared", _listed("[history] states that no agent alone can rule out")),
    Field("flow", _listed("[history] the composite flow, or null")),
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class DecPOMDPSolution(Shown):
    """Who can know the state, and what histories say of it.

    Parameters
    ----------
    question : ``"observability"`` or ``"denoiser"``.
    collectively_observable : whether every possible joint history of a step or more leaves one
        state; None where that was not settled.
    shared_identifiable : whether after every such history one state is left that no agent alone
        can rule out; None likewise.
    ambiguous_history : a shortest possible joint history that leaves two states, or None.
    unshared_history : a possible joint history after which two states are shared, or None.
    knowledge_sets : all sets of possible states after a step or more, where each is one state.
    explored : how many sets were met, the first one included; 0 where nothing was searched.
    posteriors : what the histories of the instance say.
    sigma, denoised : the noise of the denoisers, and what they make of the histories.
    learned : whether networks gave the points; they need not be at rest.

    Notes
    -----
    A history is possible if its observations can follow its actions, and the policies take them.
    Source: Wang, Dong, Jiang, Parkes and Tambe (2025), DEC-1 to DEC-4.

    Examples
    --------
    >>> from eqsolve import DecPOMDP, solve
    >>> blind = DecPOMDP([1], [1], [[[0, 1], [1, 0]]], [[[1], [1]]], [0.5, 0.5])
    >>> solution = solve(blind).solution
    >>> solution.collectively_observable, solution.ambiguous_history
    (False, (((0,), (0,)),))
    """

    question: str = "observability"
    collectively_observable: bool | None = None
    shared_identifiable: bool | None = None
    ambiguous_history: History | None = None
    unshared_history: History | None = None
    knowledge_sets: tuple[tuple[int, ...], ...] | None = None
    explored: int = 0
    posteriors: tuple[Posterior, ...] = ()
    sigma: float | None = None
    learned: bool = False
    denoised: tuple[Denoised, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        fields: dict[str, Any] = {
            "question": self.question,
            "collectively_observable": self.collectively_observable,
            "shared_identifiable": self.shared_identifiable,
        }
        for key in ("ambiguous_history", "unshared_history"):
            history = getattr(self, key)
            fields[key] = None if history is None else plain_history(history)
        sets = self.knowledge_sets
        fields["knowledge_sets"] = None if sets is None else [list(part) for part in sets]
        fields["explored"] = self.explored
        fields["posteriors"] = [entry.to_dict() for entry in self.posteriors]
        if self.question == "denoiser":
            fields |= {"sigma": self.sigma, "learned": self.learned}
            fields |= denoised_to(self.denoised)
        return fields

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], model: DecPOMDP) -> DecPOMDPSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form, or not the model's shape.
        """
        require_forms(document, SOLUTION_FIELDS)
        faults: list[Fault] = []
        if document["question"] not in QUESTIONS:
            rule = f"must be one of {', '.join(QUESTIONS)}"
            faults.append(Fault("question", rule, value=document["question"]))
        histories: dict[str, Any] = {}
        for key in ("ambiguous_history", "unshared_history"):
            given = document.get(key)
            histories[key] = (
                None
                if given is None
                else read_history(given, model.n_actions, model.n_observations, faults, field=key)
            )
        sets = document.get("knowledge_sets")
        read = [as_whole(part, "knowledge_sets", (None,), faults) for part in sets or ()]
        if faults:
            raise InstanceError(faults)
        posteriors = posteriors_from(document.get("posteriors"), model)
        told = [entry.history for entry in posteriors]
        asked = document["question"] == "denoiser"
        return cls(
            question=document["question"],
            collectively_observable=document.get("collectively_observable"),
            shared_identifiable=document.get("shared_identifiable"),
            **histories,
            knowledge_sets=None
            if sets is None
            else tuple(tuple(part.tolist()) for part in read if part is not None),
            explored=document.get("explored") or 0,
            posteriors=posteriors,
            sigma=document.get("sigma"),
            learned=bool(document.get("learned")),
            denoised=denoised_from(document, told, model.n_agents) if asked else (),
        )
