"""The definition: the model itself, its tables, and joint histories."""

from __future__ import annotations

from eqsolve.families.dec_pomdp.instance.histories import History, Step
from eqsolve.families.dec_pomdp.instance.model import DecPOMDP, actions_of, observations_of
from eqsolve.families.dec_pomdp.instance.rows import Rows

__all__ = ["DecPOMDP", "History", "Rows", "Step", "actions_of", "observations_of"]
