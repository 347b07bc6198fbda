"""The methods for games of many agents: one module per algorithm, and what they share."""
