"""Matching: what several families use to pair two sides."""
