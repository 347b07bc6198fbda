"""Bipartite markets: indivisible items (`assignment`) and divisible goods (`fisher`)."""
