"""The verifier of games of many agents, which shares no code with the solvers."""

from eqsolve.families.contract_game.verify.conditions import verify

__all__ = ["verify"]
