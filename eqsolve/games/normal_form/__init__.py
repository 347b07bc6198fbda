"""Normal-form games: all pure equilibria, dominance, improvement graphs and potentials."""
