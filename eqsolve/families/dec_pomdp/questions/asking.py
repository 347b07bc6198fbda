"""What questions about joint histories have in common: which are asked about, what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from eqsolve.core.errors import InstanceError, NoSolutionError, OptionError
from eqsolve.core.question import Means, Question, whole_numbers
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.methods.base import SOURCE
from eqsolve.families.dec_pomdp.solution import Posterior

__all__ = ["AskHistory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHistory(Question[DecPOMDP]):
    """Base of questions about joint histories.

    Parameters
    ----------
    history : a step in each row: the actions of all agents, then their observations; by default
        the model's own histories.
    """

    source: ClassVar[str] = SOURCE

    history: Sequence[Sequence[float]] | None = None

    def asked(self, model: DecPOMDP) -> Sequence[History]:
        """Return the histories that are asked about."""
        if self.history is None:
            return model.histories or ((),)
        n = model.n_agents
        steps = []
        for row in self.history:
            flat: Any = list(row)
            if flat and isinstance(flat[0], list | tuple):
                steps.append(flat)
                continue
            numbers = whole_numbers(flat, "history") or []
            if len(numbers) != 2 * n:
                raise OptionError(
                    f"option history: has a row of {len(numbers)} numbers, expected {n} actions "
                    f"and {n} observations"
                )
            steps.append([numbers[:n], numbers[n:]])
        try:
            return (model.history(steps),)
        except InstanceError as error:
            raise OptionError(f"option history: {error}") from None

    def told(self, model: DecPOMDP, means: Means) -> list[Posterior]:
        """Return what the histories say."""
        found = posteriors_of(model, self.asked(model), means.deadline)
        if found is None:
            raise NoSolutionError("nothing was found before the run was stopped")
        return found
