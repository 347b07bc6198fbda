"""Assignment markets: competitive equilibria of unit-demand buyers and unit-supply sellers."""
