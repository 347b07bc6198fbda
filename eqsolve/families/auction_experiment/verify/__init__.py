"""The verifier of auction experiments; imports nothing of the runner."""

from __future__ import annotations

from eqsolve.families.auction_experiment.verify.conditions import verify

__all__ = ["verify"]
