"""The methods of delivery markets: one module per algorithm, and what they share."""
