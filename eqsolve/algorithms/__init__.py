"""Level 1: algorithms that several families use, and the one place where kernels are compiled."""
