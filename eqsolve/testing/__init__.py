"""Hypothesis strategies for instances of every kind, for our tests and for yours."""

from eqsolve.testing.model_market import model_markets

__all__ = ["model_markets"]
