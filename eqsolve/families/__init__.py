"""Level 2: one folder per family, named after the kind in its files."""
