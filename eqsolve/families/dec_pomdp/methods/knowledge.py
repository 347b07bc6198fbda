"""All that can be known: observability by subset search, and posteriors of the histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.dec_pomdp.filter import Filter, posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.methods.base import ModelMethod
from eqsolve.families.dec_pomdp.observing import MOST, Observability, observe
from eqsolve.families.dec_pomdp.sets import Sets
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution

__all__ = ["Knowledge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge(ModelMethod):
    """Subset search, then filtering.

    Parameters
    ----------
    most_sets : knowledge sets, and tuples of them, that are met at most.
    """

    name: ClassVar[str] = "knowledge"
    summary: ClassVar[str] = "who can know the state, by subset search; posteriors of histories"
    theorem: ClassVar[str] = "DEC-1, DEC-2, DEC-3, DEC-4"
    cost: ClassVar[str] = (
        "O(S x joint actions x joint observations) sets while all together can tell the state; "
        "tuples of sets may be many"
    )

    most_sets: int = MOST

    def __post_init__(self) -> None:
        if self.most_sets < 1:
            raise OptionError(f"most_sets = {self.most_sets}: must be >= 1")

    def run(
        self, instance: DecPOMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DecPOMDPSolution]:
        """Search and filter; `rng` is not used."""
        sets = Sets(instance)
        posteriors = posteriors_of(
            instance, instance.histories, deadline, filtering=Filter(instance, sets)
        )
        if posteriors is None:
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit, method=self.name)
        found = observe(instance, deadline, most=self.most_sets, sets=sets)
        solution = DecPOMDPSolution(
            collectively_observable=found.collectively_observable,
            shared_identifiable=found.shared_identifiable,
            ambiguous_history=found.ambiguous_history,
            unshared_history=found.unshared_history,
            knowledge_sets=found.knowledge_sets,
            explored=found.explored,
            posteriors=tuple(posteriors),
        )
        settled = found.shared_identifiable is not None
        return Outcome(
            status=Status.SOLVED if settled else Status.FEASIBLE,
            solution=solution,
            limit=None if settled else found.limit,
            certificate=_certificate(found),
            method=self.name,
            counts={"sets": found.explored, "tuples": found.tuples},
        )


def _certificate(found: Observability) -> ExhaustionCertificate | None:
    """Return what shows that all together can tell the state; histories show that they cannot."""
    if not found.collectively_observable:
        return None
    words = "each knowledge set is one state, and every move leads to a set that is listed (DEC-2)"
    counts = {"sets": found.explored, "tuples": found.tuples}
    return ExhaustionCertificate("knowledge sets", words, counts)
