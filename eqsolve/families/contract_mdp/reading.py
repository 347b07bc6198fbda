"""Solutions from documents: every field in the shape of the instance, faults named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solution import (
    FORMS,
    NUMBERS,
    QUESTIONS,
    ContractSolution,
    Mixed,
)

__all__ = ["solution_of"]


def solution_of(document: Mapping[str, Any], mdp: ContractMDP) -> ContractSolution:
    """Return the solution that a document holds.

    Raises
    ------
    InstanceError : with every field that does not have the instance's shape.
    """
    return _Parser(mdp).solution(document)


class _Parser:
    """Turns a document into padded arrays; collects faults."""

    def __init__(self, mdp: ContractMDP) -> None:
        self.mdp = mdp
        self.faults: list[Fault] = []

    def solution(self, document: Mapping[str, Any]) -> ContractSolution:
        """Return the solution, or raise with every fault."""
        mdp, faults = self.mdp, self.faults
        for key, words in (("question", QUESTIONS), ("form", FORMS)):
            if document[key] not in words:
                rule = f"must be one of {', '.join(words)}"
                faults.append(Fault(key, rule, value=document[key]))
        flat = document["form"] in ("stationary", "mixed")
        stages = {
            key: self.stages(document[key], key, flat, depth)
            for key, depth in (
                ("actions", 2), ("contracts", 3), ("agent_values", 2), ("principal_values", 2),
            )
        }  # fmt: skip
        numbers: dict[str, Any] = {key: self.number(document[key], key) for key in NUMBERS}
        plain = document["no_contract"]
        values = {}
        if not isinstance(plain, Mapping) or set(plain) != {"principal", "agent"}:
            rule = "must be an object with principal and agent"
            faults.append(Fault("no_contract", rule, value=plain))
        else:
            values = {key: self.number(plain[key], "no_contract") for key in plain}
        ties = document.get("principal_ties")
        if ties is not None and (isinstance(ties, bool) or not isinstance(ties, int)):
            faults.append(Fault("principal_ties", "must be a whole number or null", value=ties))
        if len({len(part) for part in stages.values()}) > 1:
            faults.append(Fault("actions", "actions, contracts and values differ in stages"))
        mixture = self.mixture(document.get("mixture"))
        others_of = ("linear", "learning", "pure_exhaustive")
        extra: dict[str, Any] = {key: document.get(key) for key in others_of}
        for key, kinds in (("per_action", list), ("alternatives", list)):
            entry = document.get(key)
            if entry is not None and not isinstance(entry, kinds):
                faults.append(Fault(key, "must be a list or null", value=entry))
        for key in ("linear", "learning"):
            if extra[key] is not None and not isinstance(extra[key], Mapping):
                faults.append(Fault(key, "must be an object or null", value=extra[key]))
        per_action, others = document.get("per_action"), document.get("alternatives")
        if per_action is not None and not all(isinstance(entry, Mapping) for entry in per_action):
            faults.append(Fault("per_action", "must hold objects"))
        if others is not None and not all(_is_profile(entry, mdp) for entry in others):
            faults.append(Fault("alternatives", "must hold an action for each state"))
        if faults:
            raise InstanceError(faults)
        return ContractSolution(
            question=document["question"],
            form=document["form"],
            actions=read_only(stages["actions"].astype(np.int64)),
            contracts=read_only(stages["contracts"]),
            agent_values=read_only(stages["agent_values"]),
            principal_values=read_only(stages["principal_values"]),
            no_contract=values,
            principal_ties=ties,
            mixture=mixture,
            per_action=None if per_action is None else tuple(per_action),
            alternatives=None if others is None else tuple(map(tuple, others)),
            outcomes=mdp.n_outcomes_of,
            **numbers,
            **extra,
        )

    def number(self, value: object, key: str) -> float:
        """Return a number, 0 after a fault."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.faults.append(Fault(key, "must be a number", value=value))
            return 0.0
        return float(value)

    def stages(self, value: Any, key: str, flat: bool, depth: int) -> FloatArray:
        """Return a stage array, padded; nothing after faults."""
        mdp = self.mdp
        nothing = np.zeros((1, mdp.n_states, mdp.n_outcomes)[:depth])
        if not isinstance(value, list | tuple):
            self.faults.append(Fault(key, "must be a list", value=value))
            return nothing
        if flat and _deep(value) < depth:
            value = [value]
        before = len(self.faults)
        table = np.zeros((len(value), mdp.n_states, mdp.n_outcomes)[:depth])
        for t, row in enumerate(value):
            if not isinstance(row, list | tuple) or len(row) != mdp.n_states:
                rule = f"must be a list with an entry for each of {mdp.n_states} states"
                self.faults.append(Fault(key, rule, (t,)))
                continue
            for s, entry in enumerate(row):
                if depth == 3:
                    self.contract(entry, key, (t, s), table)
                elif key == "actions":
                    table[t, s] = self.action(entry, (t, s))
                else:
                    table[t, s] = self.number(entry, key)
            if len(self.faults) > before + 20:
                break
        return table

    def action(self, entry: object, place: tuple[int, int]) -> int:
        """Return an action index, -1 for null."""
        s = place[1]
        if entry is None:
            return -1
        whole = isinstance(entry, int) and not isinstance(entry, bool)
        if not whole or not 0 <= int(entry) < self.mdp.n_actions:  # type: ignore[call-overload]
            rule = f"must be an action of state {s}, or null"
            self.faults.append(Fault("actions", rule, place, entry))
            return -1
        return int(entry)  # type: ignore[call-overload, no-any-return]

    def contract(self, entry: object, key: str, place: tuple[int, int], table: FloatArray) -> None:
        """Store the payments of one state."""
        count = int(self.mdp.n_outcomes_of[place[1]])
        if not isinstance(entry, list | tuple) or (len(entry) != count and (count or any(entry))):
            rule = f"must be a list of {count} payments"
            self.faults.append(Fault(key, rule, place))
            return
        for o, payment in enumerate(entry[:count]):
            table[(*place, o)] = self.number(payment, key)

    def mixture(self, entries: object) -> tuple[Mixed, ...]:
        """Return the entries of a mixture."""
        if entries is None:
            return ()
        if not isinstance(entries, list | tuple):
            self.faults.append(Fault("mixture", "must be a list or null", value=entries))
            return ()
        mdp, found = self.mdp, []
        for place, entry in enumerate(entries):
            names = {"state", "action", "contract", "probability"}
            if not isinstance(entry, Mapping) or set(entry) != names:
                rule = f"must be an object with {', '.join(sorted(names))}"
                self.faults.append(Fault("mixture", rule, (place,)))
                continue
            state, action = entry["state"], entry["action"]
            for key, index, size in (
                ("state", state, mdp.n_states), ("action", action, mdp.n_actions),
            ):  # fmt: skip
                whole = isinstance(index, int) and not isinstance(index, bool)
                if not whole or not 0 <= index < size:
                    self.faults.append(Fault("mixture", f"no such {key}", (place, key), index))
            contract = entry["contract"]
            if not isinstance(contract, list) or any(
                isinstance(x, bool) or not isinstance(x, int | float) for x in contract
            ):
                self.faults.append(Fault("mixture", "must be payments", (place, "contract")))
                continue
            if not self.faults and len(contract) != mdp.n_outcomes_of[state]:
                rule = f"must be {mdp.n_outcomes_of[state]} payments"
                self.faults.append(Fault("mixture", rule, (place, "contract")))
            chance = self.number(entry["probability"], "mixture")
            found.append(Mixed(state, action, tuple(map(float, contract)), chance))
        return tuple(found)


def _deep(value: object) -> int:
    """Return how deep lists are nested."""
    if not isinstance(value, list | tuple):
        return 0
    return 1 + max(map(_deep, value), default=0)


def _is_profile(entry: object, mdp: ContractMDP) -> bool:
    """Return whether an entry is a list with an action (or null) for each state."""
    return (
        isinstance(entry, list | tuple)
        and len(entry) == mdp.n_states
        and all(a is None or (isinstance(a, int) and -1 <= a < mdp.n_actions) for a in entry)
    )
