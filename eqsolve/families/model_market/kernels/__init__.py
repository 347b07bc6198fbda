"""Compiled kernels that only model markets use: arrays in, arrays out."""
