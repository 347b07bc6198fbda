"""Compiled kernels that only normal-form games use: arrays in, arrays out."""
