"""Compiled kernels that only assignment markets use: arrays in, arrays out."""
