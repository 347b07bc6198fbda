"""The methods of combinatorial auctions: one module per algorithm, and what they share."""
