"""Matching on a full matrix of weights: compiled kernels."""
