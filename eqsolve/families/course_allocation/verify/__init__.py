"""The verifier of course allocation, which shares no code with the solvers."""

from eqsolve.families.course_allocation.verify.conditions import verify

__all__ = ["verify"]
