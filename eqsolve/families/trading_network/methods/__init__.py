"""The methods of trading networks: one module per algorithm, and what they share."""
