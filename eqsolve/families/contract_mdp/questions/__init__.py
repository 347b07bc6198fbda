"""What else can be asked of contracts: one module per question, called from the library."""

from __future__ import annotations

from eqsolve.core.question import Question
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = ["QUESTIONS"]

QUESTIONS: tuple[type[Question[ContractMDP]], ...] = ()
"""None has a name on the command line."""
