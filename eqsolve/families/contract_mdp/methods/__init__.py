"""The methods of contracts: one module per algorithm, and what they share."""
