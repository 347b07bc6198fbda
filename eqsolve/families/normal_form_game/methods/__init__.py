"""The methods of normal-form games: one module per algorithm, and what they share."""
