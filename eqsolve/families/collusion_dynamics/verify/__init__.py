"""The verifier of collusion dynamics, which shares no code with the solvers."""

from eqsolve.families.collusion_dynamics.verify.conditions import verify

__all__ = ["verify"]
