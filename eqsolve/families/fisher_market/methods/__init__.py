"""The methods of Fisher markets: one module per algorithm, and what they share."""
