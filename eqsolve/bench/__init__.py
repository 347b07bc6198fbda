"""Level 4: measuring against the libraries a user would pick instead, in the same run."""
