"""Compiled kernels that only Fisher markets use: arrays in, arrays out."""
