"""Compiled kernels that only combinatorial auctions use: arrays in, arrays out."""
