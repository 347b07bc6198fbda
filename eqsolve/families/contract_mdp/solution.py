"""What is known about contracts once they are solved: a contract for every stage and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.schema import Field
from eqsolve.core.shown import Shown
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = [
    "CERTIFICATE_DATA",
    "FORMS",
    "NO_DUALS",
    "NUMBERS",
    "QUESTIONS",
    "SOLUTION_FIELDS",
    "ContractSolution",
    "DualVectors",
    "Mixed",
    "StageDuals",
]

QUESTIONS = ("spe", "commitment", "target", "linear")
FORMS = ("finite", "stationary", "mixed", "truncated")


def _number(text: str, *, null: bool = False) -> dict[str, Any]:
    return {"type": ["number", "null"] if null else "number", "description": text}


def _nested(text: str) -> dict[str, Any]:
    return {"type": "array", "description": text}


NUMBERS = (
    "principal_value",
    "agent_value",
    "welfare",
    "first_best",
    "agency_cost",
    "expected_payment",
    "epsilon",
)

SOLUTION_FIELDS = (
    Field("question", {"enum": list(QUESTIONS), "description": "what was asked"}, required=True),
    Field(
        "form", {"enum": list(FORMS), "description": "what the policy depends on"}, required=True
    ),
    Field(
        "actions",
        _nested("[stage][state] action induced, null where terminal; [state] if stationary"),
        required=True,
    ),
    Field(
        "contracts",
        _nested("[stage][state][outcome] payments; [state][outcome] if stationary"),
        required=True,
    ),
    Field("agent_values", _nested("[stage][state]; [state] if stationary"), required=True),
    Field("principal_values", _nested("[stage][state]; [state] if stationary"), required=True),
    Field(
        "mixture",
        {
            "type": ["array", "null"],
            "description": "contracts drawn in each state, where form is mixed",
            "items": {
                "type": "object",
                "properties": {
                    "state": {"type": "integer"},
                    "action": {"type": "integer"},
                    "contract": {"type": "array", "items": {"type": "number"}},
                    "probability": {"type": "number"},
                },
            },
        },
    ),
    Field("principal_value", _number("at the start"), required=True),
    Field("agent_value", _number("at the start"), required=True),
    Field("welfare", _number("sum of the two"), required=True),
    Field("first_best", _number("greatest welfare of any policy"), required=True),
    Field("agency_cost", _number("first best minus welfare"), required=True),
    Field("expected_payment", _number("expected discounted payments"), required=True),
    Field(
        "no_contract",
        {
            "type": "object",
            "description": "values at the start when nothing is ever paid",
            "properties": {"principal": {"type": "number"}, "agent": {"type": "number"}},
        },
        required=True,
    ),
    Field("epsilon", _number("greatest discounted gain of a one-shot deviation"), required=True),
    Field(
        "principal_ties",
        {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "(stage, state) pairs where another action is as good for her, not him",
        },
    ),
    Field("per_action", {"type": ["array", "null"], "description": "one shot: each action"}),
    Field("linear", {"type": ["object", "null"], "description": "one shot: best share"}),
    Field("pure_exhaustive", {"type": ["boolean", "null"], "description": "all were tried"}),
    Field("alternatives", {"type": ["array", "null"], "description": "other equilibria"}),
    Field("learning", {"type": ["object", "null"], "description": "learning curve"}),
)

CERTIFICATE_DATA = {"lambda": {"type": ["array", "null"]}}
"""Dual vectors, `DualVectors.tolist`."""


@dataclass(frozen=True, slots=True, repr=False)
class Mixed(Shown):
    """A contract that is offered in a state with some probability.

    Parameters
    ----------
    state, action : where, and what it induces.
    contract : payments by outcome.
    probability : of the offer.
    """

    state: int
    action: int
    contract: tuple[float, ...]
    probability: float


class StageDuals(NamedTuple):
    """Dual vectors of one stage: a row for some pairs of state and action.

    Attributes
    ----------
    states, actions, counts : shape (R,): whose row it is, and how many entries it has.
    rivals, weights : the entries, row after row.
    """

    states: IntArray
    actions: IntArray
    counts: IntArray
    rivals: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, actions: IntArray, weights: FloatArray) -> StageDuals:
        """Return the vectors of one action in each state (-1: none), weights (S, A)."""
        weights = np.where(actions[:, None] >= 0, weights, 0.0)
        owners, rivals = np.nonzero(weights)
        states, counts = np.unique(owners, return_counts=True)
        return cls(states, actions[states], counts, rivals, weights[owners, rivals])

    def dense(self, n_actions: int) -> FloatArray:
        """Return the weights, shape (R, A)."""
        found = np.zeros((len(self.counts), n_actions))
        found[np.repeat(np.arange(len(self.counts)), self.counts), self.rivals] = self.weights
        return found


NO_DUALS = StageDuals.of(np.full(0, -1), np.zeros((0, 0)))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DualVectors(Shown):
    """Proofs of least payments: weights of the rivals of an action, where they are many.

    Weights >= 0 with ``sum_k weights_k (P_a - P_k) <= P_a`` for every outcome prove that a payment
    that makes a best is at least ``sum_k weights_k (q_k - q_a)``, whatever q is; where the sum on
    the left is nowhere above 0 and the other one is, no payment will do (CON-1, CON-2). Rows that
    are absent are those of actions without need of a proof, or with a short one.

    Parameters
    ----------
    stages : the vectors of each stage.
    n_states, n_actions : sizes.
    """

    stages: tuple[StageDuals, ...]
    n_states: int
    n_actions: int

    def tolist(self) -> list[list[list[list[float] | None]]]:
        """Return ``[stage][state][action][rival]``, None where there is no vector."""
        found: list[list[list[list[float] | None]]] = []
        for part in self.stages:
            table: list[list[list[float] | None]]
            table = [[None] * self.n_actions for _ in range(self.n_states)]
            rows = part.dense(self.n_actions).tolist()
            for s, a, row in zip(part.states.tolist(), part.actions.tolist(), rows, strict=True):
                table[s][a] = row
            found.append(table)
        return found

    @classmethod
    def of(cls, value: object, shape: tuple[int, int, int]) -> DualVectors | None:
        """Return what `tolist` wrote for (stages, states, actions), None for anything else."""
        if isinstance(value, cls):
            return value if (len(value.stages), value.n_states, value.n_actions) == shape else None
        n_stages, n_states, n_actions = shape
        try:
            if not isinstance(value, list) or len(value) != n_stages:
                return None
            return cls(tuple(_stage(part, n_states, n_actions) for part in value), *shape[1:])
        except (TypeError, ValueError):
            return None


def _stage(value: Any, n_states: int, n_actions: int) -> StageDuals:
    """Return the vectors of one stage of a file, or raise for another form."""
    places, rows = [], []
    for s, actions in enumerate(value):
        if len(actions) != n_actions:
            raise ValueError
        for a, row in enumerate(actions):
            if row is not None:
                places.append((s, a))
                rows.append(row)
    if len(value) != n_states:
        raise ValueError
    table = np.array(rows, dtype=np.float64).reshape(len(rows), n_actions)
    states, actions = np.array(places, dtype=np.int64).reshape(-1, 2).T
    owners, rivals = np.nonzero(table)
    counts = np.bincount(owners, minlength=len(rows))
    return StageDuals(states, actions, counts, rivals, table[owners, rivals])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class ContractSolution(Shown):
    """A contract policy, what the agent does, and what both get.

    Parameters
    ----------
    question : ``"spe"``, ``"commitment"``, ``"target"`` or ``"linear"``.
    form : ``"finite"`` (a row for each stage), ``"stationary"`` or ``"mixed"`` (one row),
        ``"truncated"`` (the last row holds for ever).
    actions : int64, shape (T, S), -1 in terminal states.
    contracts : shape (T, S, O), payments by outcome, 0 beyond the outcomes of a state.
    agent_values, principal_values : shape (T, S).
    principal_value, agent_value, welfare, first_best, agency_cost, expected_payment : at the start.
    no_contract : ``"principal"`` and ``"agent"`` when nothing is ever paid.
    epsilon : greatest discounted gain of a one-shot deviation; 0 in an equilibrium.
    principal_ties : (stage, state) pairs where another action is as good for her and not for him.
    mixture : contracts drawn in each state, where the form is ``"mixed"``.
    per_action, linear : of one-shot problems.
    pure_exhaustive, alternatives : of stationary answers.
    learning : of learned answers.

    Notes
    -----
    Source: Ivanov, Duetting, Talgam-Cohen, Wang and Parkes (2024), CON-5.

    Examples
    --------
    >>> from eqsolve import solve
    >>> problem = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 2], [0, 10])
    >>> solution = solve(problem).solution
    >>> solution.actions.tolist(), solution.contracts.round(6).tolist()
    ([[0]], [[[0.0, 0.0]]])
    """

    question: str
    form: str
    actions: IntArray
    contracts: FloatArray
    agent_values: FloatArray
    principal_values: FloatArray
    principal_value: float
    agent_value: float
    welfare: float
    first_best: float
    agency_cost: float
    expected_payment: float
    no_contract: Mapping[str, float]
    epsilon: float = 0.0
    principal_ties: int | None = None
    mixture: tuple[Mixed, ...] = ()
    per_action: tuple[Mapping[str, Any], ...] | None = None
    linear: Mapping[str, float] | None = None
    pure_exhaustive: bool | None = None
    alternatives: tuple[tuple[int, ...], ...] | None = None
    learning: Mapping[str, Any] | None = field(default=None)
    outcomes: IntArray | None = field(default=None, repr=False)

    @property
    def is_stationary(self) -> bool:
        """Whether one row holds for ever."""
        return self.form in ("stationary", "mixed")

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        counts = self.outcomes
        if counts is None:
            counts = np.full(self.actions.shape[1], self.contracts.shape[2])
        if (counts == self.contracts.shape[2]).all():
            contracts = self.contracts.tolist()
        else:
            contracts = [
                [row[:count] for row, count in zip(stage, counts.tolist(), strict=True)]
                for stage in self.contracts.tolist()
            ]
        actions: Any = [[None if a < 0 else a for a in row] for row in self.actions.tolist()]
        his, hers = self.agent_values.tolist(), self.principal_values.tolist()
        if self.is_stationary:
            actions, contracts, his, hers = actions[0], contracts[0], his[0], hers[0]
        document: dict[str, Any] = {
            "question": self.question,
            "form": self.form,
            "actions": actions,
            "contracts": contracts,
            "agent_values": his,
            "principal_values": hers,
            **{key: getattr(self, key) for key in NUMBERS},
            "no_contract": dict(self.no_contract),
            "principal_ties": self.principal_ties,
        }
        if self.form == "mixed":
            document["mixture"] = [
                {
                    "state": part.state,
                    "action": part.action,
                    "contract": list(part.contract),
                    "probability": part.probability,
                }
                for part in self.mixture
            ]
        if self.per_action is not None:
            document["per_action"] = [dict(entry) for entry in self.per_action]
            document["linear"] = None if self.linear is None else dict(self.linear)
        if self.pure_exhaustive is not None:
            document["pure_exhaustive"] = self.pure_exhaustive
        if self.alternatives is not None:
            document["alternatives"] = [list(actions) for actions in self.alternatives]
        if self.learning is not None:
            document["learning"] = dict(self.learning)
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], mdp: ContractMDP) -> ContractSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the instance's shape.
        """
        from eqsolve.families.contract_mdp.reading import solution_of

        return solution_of(document, mdp)
