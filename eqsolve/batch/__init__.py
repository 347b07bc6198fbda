"""Level 4: many instances, a store that loses nothing, workers that may die."""
