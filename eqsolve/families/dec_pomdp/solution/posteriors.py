"""What a joint history says: how likely it is, what all know together, what each knows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, sealed
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers, as_whole
from eqsolve.core.shown import Shown
from eqsolve.families.dec_pomdp.instance import DecPOMDP, History
from eqsolve.families.dec_pomdp.instance.histories import read_history

__all__ = ["Posterior", "plain_history", "posterior_from"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class Posterior(Shown):
    """What is known of the state after a joint history.

    Parameters
    ----------
    history : the joint history.
    probability : of its observations, given its actions.
    joint : shape (S,), probabilities of the state given all of it; None if it cannot happen.
    local : for each agent the same given his own actions and observations only, while the others
        act by their policies; None if that cannot happen.
    shared : states that no agent alone can rule out, rising.
    """

    history: History
    probability: float
    joint: FloatArray | None
    local: tuple[FloatArray | None, ...]
    shared: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "history": plain_history(self.history),
            "probability": self.probability,
            "joint": None if self.joint is None else self.joint.tolist(),
            "local": [None if row is None else row.tolist() for row in self.local],
            "shared": list(self.shared),
        }


def plain_history(history: History) -> list[list[list[int]]]:
    """Return a joint history as lists, as it stands in files."""
    return [[list(part) for part in step] for step in history]


def posterior_from(entry: Any, k: int, model: DecPOMDP, faults: list[Fault]) -> Posterior | None:
    """Return entry k of the posteriors of a file, or None after adding faults."""
    field = "posteriors"
    if not isinstance(entry, Mapping) or not set(entry) >= {"history", "probability", "local"}:
        faults.append(Fault(field, "must be an object with history, probability, ...", (k,)))
        return None
    before = len(faults)
    place = (k, "history")
    history = read_history(
        entry["history"], model.n_actions, model.n_observations, faults, place, field
    )
    numbers = as_numbers([entry["probability"]], field, (1,), faults)
    local = entry["local"]
    if not isinstance(local, list) or len(local) != model.n_agents:
        faults.append(Fault(field, "must be a row or null for each agent", (k, "local")))
        local = []
    rows = [_row(row, model, faults) for row in (entry.get("joint"), *local)]
    shared = as_whole(entry.get("shared", []), field, (None,), faults)
    if len(faults) > before or numbers is None or shared is None:
        return None
    return Posterior(
        history=history,
        probability=float(numbers[0]),
        joint=rows[0],
        local=tuple(rows[1:]),
        shared=tuple(shared.tolist()),
    )


def _row(given: Any, model: DecPOMDP, faults: list[Fault]) -> FloatArray | None:
    """Return probabilities of all states, or None where there is null."""
    if given is None:
        return None
    row = as_numbers(given, "posteriors", (model.n_states,), faults, signed=True)
    return None if row is None else sealed(row.astype(np.float64))


def posteriors_from(given: Any, model: DecPOMDP) -> tuple[Posterior, ...]:
    """Return the posteriors of a file.

    Raises
    ------
    InstanceError : an entry does not have the model's shape.
    """
    faults: list[Fault] = []
    entries: Sequence[Any] = given if isinstance(given, list) else []
    found = [posterior_from(entry, k, model, faults) for k, entry in enumerate(entries)]
    if faults:
        raise InstanceError(faults)
    return tuple(entry for entry in found if entry is not None)
