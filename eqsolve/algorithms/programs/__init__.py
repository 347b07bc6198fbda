"""Foreign solvers behind one border: their words are translated here and nowhere else."""
