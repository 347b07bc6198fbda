"""Compiled kernels that only trading networks use: arrays in, arrays out."""
