"""The methods of auction experiments: ``auto`` and ``play``."""
