"""The verifier of course elicitation; imports nothing of the runner."""

from __future__ import annotations

from eqsolve.families.course_elicitation.verify.conditions import RECHECKS, verify

__all__ = ["RECHECKS", "verify"]
