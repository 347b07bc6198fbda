"""Compiled code of this family alone."""
