"""The methods of assignment markets: one module per algorithm, and what they share."""
