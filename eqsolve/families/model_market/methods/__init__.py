"""The methods of model markets: one module per algorithm, and what they share."""
