"""Language models that run: one module for each source, and `opening`, which finds it."""
