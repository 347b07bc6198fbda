"""Level 1: the only modules that import foreign solvers; their words are translated here."""
