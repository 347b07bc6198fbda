"""Matching on the edges of a graph that is never made dense: compiled kernels."""
