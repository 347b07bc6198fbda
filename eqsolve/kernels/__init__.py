"""Numerical kernels: arrays in, arrays out, compiled on first use and cached."""
