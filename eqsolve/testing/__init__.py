"""Hypothesis strategies for every kind, for users' tests and for ours (needs hypothesis)."""

from eqsolve.testing.model_market import model_markets

__all__ = ["model_markets"]
