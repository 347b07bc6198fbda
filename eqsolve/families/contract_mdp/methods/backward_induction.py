"""Backward induction: period by period from the end, screen and solve in every state (CON-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.contract_mdp.dynamics import stage_payoffs
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.base import (
    Policy,
    SpeMethod,
    StageSolver,
    needs_proofs,
    wrapped,
)
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["BackwardInduction", "Reference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackwardInduction(SpeMethod):
    """One pass over the stages, last first; a subgame-perfect equilibrium for a finite horizon.

    Parameters
    ----------
    question : ``"linear"`` asks for shares of the rewards, as ``contracts="linear"`` does.
    """

    name: ClassVar[str] = "backward_induction"
    summary: ClassVar[str] = "one pass from the last stage: screen actions, then small programs"
    theorem: ClassVar[str] = "CON-1, CON-3, CON-5"
    cost: ClassVar[str] = "stages x states x (A A O + about one program of A x O)"

    question: Literal["spe", "linear"] = "spe"

    @property
    def is_linear(self) -> bool:
        """Whether contracts are shares of the rewards."""
        return self.contracts == "linear" or self.question == "linear"

    def supports(self, instance: ContractMDP) -> str | None:
        """Return a reason where there is no last stage."""
        if instance.horizon is None:
            return "there is no last stage to begin with"
        return SpeMethod.supports(self, instance)

    def engine(self) -> Any:
        """Return the module that solves the programs; None chooses by size."""
        return None

    def run(
        self, instance: ContractMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ContractSolution]:
        """Solve; `rng` is not used. A limit leaves nothing: the first stages come last."""
        assert instance.horizon is not None
        stages = instance.horizon
        solver = StageSolver(
            instance, stages, nudge=self.nudge, tie=self.tie,
            contracts="linear" if self.is_linear else "any",
            deadline=deadline, engine=self.engine(),
        )  # fmt: skip
        policy = Policy.empty(instance, stages, "finite")
        his = hers = np.zeros(instance.n_states)
        gain, ties = 0.0, 0
        keep = needs_proofs(instance, stages)
        with deadline.watching():
            for t in reversed(range(stages)):
                if deadline.expired():
                    return Outcome(status=Status.UNKNOWN, limit=deadline.limit)
                if self.nudge:
                    q, gains = stage_payoffs(instance, his, hers)
                found, his, hers = solver.best(his, hers, keep=keep)
                if deadline.expired():
                    return Outcome(status=Status.UNKNOWN, limit=deadline.limit)
                policy.actions[t], policy.contracts[t] = found.actions, found.contracts
                policy.his[t], policy.hers[t], policy.payments[t] = his, hers, found.payments
                policy.duals[t] = found.duals
                ties += int(found.tied.sum())
                if self.nudge:
                    missed = float((_exact(solver, q, gains) - hers).max(initial=0.0))
                    gain = max(gain, instance.discount**t * missed)
                deadline.publish(
                    Progress(message="backward induction", done=stages - t, total=stages)
                )
        policy.ties = None if self.is_linear or self.nudge else ties
        return wrapped(
            instance,
            policy,
            question="linear" if self.is_linear else "spe",
            status=Status.FEASIBLE if self.nudge else Status.SOLVED,
            epsilon=gain,
            method=self.name,
            counts={"programs": solver.programs, "stages": stages},
        )


def _exact(solver: StageSolver, q: Any, gains: Any) -> Any:
    """Return what the principal could get in each state without a nudge."""
    mdp = solver.mdp
    found = solver.engine.best_contracts(mdp.probabilities, q, gains, mdp.exists)
    rows = np.arange(mdp.n_states)
    best = gains[rows, np.maximum(found.actions, 0)] - found.payments
    return np.where(found.actions >= 0, best, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(BackwardInduction):
    """Every program of every action by HiGHS, without screening: slow, and independent."""

    name: ClassVar[str] = "highs"
    summary: ClassVar[str] = "every linear program by HiGHS; the slow reference"
    theorem: ClassVar[str] = "CON-1, CON-5"
    cost: ClassVar[str] = "stages x states x actions programs, about 1 ms each"

    def supports(self, instance: ContractMDP) -> str | None:
        """Return a reason for linear contracts, which are no programs."""
        if self.is_linear:
            return "linear contracts need no linear programs; take backward_induction"
        return BackwardInduction.supports(self, instance)

    def engine(self) -> Any:
        """Return the reference."""
        from eqsolve.families.contract_mdp import reference

        return reference
