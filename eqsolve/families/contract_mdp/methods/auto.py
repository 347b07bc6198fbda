"""The default method: looks at the question and the horizon, and says which method it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from eqsolve.core.errors import OptionError
from eqsolve.core.method import Chooser
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.backward_induction import BackwardInduction
from eqsolve.families.contract_mdp.methods.base import ContractMethod, SpeMethod
from eqsolve.families.contract_mdp.methods.commitment import Commitment
from eqsolve.families.contract_mdp.methods.implementation import Implementation
from eqsolve.families.contract_mdp.methods.stationary import Form, Stationary
from eqsolve.families.contract_mdp.solution import ContractSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[ContractMDP, ContractSolution], SpeMethod):
    """Takes the method that answers the question.

    Parameters
    ----------
    question : ``"spe"``: no commitment, a subgame-perfect equilibrium; ``"commitment"``: the best
        policy to commit to; ``"target"``: the cheapest contracts for a policy; ``"linear"``: an
        equilibrium in shares of the rewards.
    form, stages : see `Stationary`.
    target : see `Implementation`.
    """

    theorem: ClassVar[str] = "CON-5, CON-8, CON-9"

    question: Literal["spe", "commitment", "target", "linear"] = "spe"
    form: Form = "any"
    stages: int = 0
    target: str | Sequence[Any] | None = None

    def __post_init__(self) -> None:
        SpeMethod.__post_init__(self)
        if self.stages < 0:
            raise OptionError(f"option stages = {self.stages}: must be >= 0")
        if (self.question == "target") != (self.target is not None):
            raise OptionError("options question=target and target=FILE go together")
        if self.question != "target" and self.question != "spe" and self.nudge:
            raise OptionError(f"option nudge does not go with question={self.question}")
        if self.question in ("commitment", "target") and self.contracts == "linear":
            raise OptionError(f"contracts=linear does not go with question={self.question}")

    def choose_method(self, instance: ContractMDP) -> tuple[ContractMethod, str]:
        """Return the method for an instance and the reason."""
        if self.question == "commitment":
            return Commitment(), "she commits"
        if self.question == "target":
            return Implementation(), "the policy is given"
        if instance.horizon is None:
            if self.question == "linear":
                raise OptionError("question=linear is for games with a horizon")
            return Stationary(), "there is no horizon"
        if self.form != "any" or self.stages:
            raise OptionError("options form and stages are for games without a horizon")
        periods = "one period" if instance.horizon == 1 else f"{instance.horizon} periods"
        return BackwardInduction(), periods
