"""The methods of course elicitation: ``auto`` and ``elicit``."""
