"""Compiled searches of the verifier, imported on first use; they share nothing with the solvers."""
