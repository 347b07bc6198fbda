"""What is known once a game is solved: bonuses that make the target an equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.schema import Field
from eqsolve.core.shown import Shown
from eqsolve.families.contract_game.instance import ContractGame

__all__ = ["SOLUTION_FIELDS", "ContractGameSolution"]

_TABLES = ("payments", "agent_values", "unpaid_values", "best_reply_values")
_NUMBERS = ("cost", "welfare", "best_welfare")


def _array(text: str) -> dict[str, Any]:
    return {"type": "array", "description": text}


SOLUTION_FIELDS = (
    Field("target", _array("[stage][state][agent] action recommended"), required=True),
    Field("payments", _array("[stage][state][agent] bonus for following"), required=True),
    Field("agent_values", _array("[stage][state][agent] of following, paid"), required=True),
    Field("unpaid_values", _array("[stage][state][agent] of following, unpaid"), required=True),
    Field("best_reply_values", _array("[stage][state][agent] best reply, unpaid"), required=True),
    Field("cost_by_agent", _array("expected payments by agent, at the start"), required=True),
    Field("cost", {"type": "number", "description": "expected payments"}, required=True),
    Field("welfare", {"type": "number", "description": "of the target"}, required=True),
    Field("best_welfare", {"type": "number", "description": "greatest welfare"}, required=True),
    Field("share", {"type": ["number", "null"], "description": "cost / welfare"}),
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class ContractGameSolution(Shown):
    """A target and the least bonuses that make following it a best reply.

    Parameters
    ----------
    target : int64, shape (T, S, n); one stage without a horizon.
    payments, agent_values, unpaid_values, best_reply_values : shape (T, S, n).
    cost_by_agent : shape (n,), expected discounted payments from the start.
    cost, welfare, best_welfare : at the start.
    share : cost / welfare, None where the welfare is not positive.

    Notes
    -----
    Source: Monderer and Tennenholtz (2004), CON-16.

    Examples
    --------
    >>> from eqsolve import ContractGame, solve
    >>> solution = solve(ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])).solution
    >>> solution.target[0, 0].tolist(), solution.cost
    ([0, 0], 4.0)
    """

    target: IntArray
    payments: FloatArray
    agent_values: FloatArray
    unpaid_values: FloatArray
    best_reply_values: FloatArray
    cost_by_agent: FloatArray
    cost: float
    welfare: float
    best_welfare: float
    share: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        return {
            "target": self.target.tolist(),
            **{key: getattr(self, key).tolist() for key in (*_TABLES, "cost_by_agent")},
            **{key: getattr(self, key) for key in _NUMBERS},
            "share": self.share,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], game: ContractGame) -> ContractGameSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the game's shape.
        """
        faults: list[Fault] = []
        shape = (None, game.n_states, game.n_agents)
        target = as_numbers(document["target"], "target", shape, faults)
        if target is not None and target.dtype.kind != "i":
            faults.append(Fault("target", "must hold whole numbers"))
        tables: dict[str, Any] = {
            key: as_numbers(document[key], key, shape, faults, signed=True) for key in _TABLES
        }
        tables["cost_by_agent"] = as_numbers(
            document["cost_by_agent"], "cost_by_agent", (game.n_agents,), faults, signed=True
        )
        numbers: dict[str, Any] = {}
        for key in (*_NUMBERS, "share"):
            value = document.get(key)
            if key == "share" and value is None:
                numbers[key] = None
                continue
            found = as_numbers([value], key, (1,), faults, signed=True)
            numbers[key] = None if found is None else float(found[0])
        if faults or target is None:
            raise InstanceError(faults)
        return cls(
            target=read_only(target),
            **{key: read_only(table.astype(np.float64)) for key, table in tables.items()},
            **numbers,
        )
