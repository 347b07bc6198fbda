"""Level 0: what every family shares, with no economics and no backends."""
