"""Compiled loops of contracts: cheapest contracts for many states."""
