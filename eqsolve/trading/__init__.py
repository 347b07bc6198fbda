"""Trading networks: which buyers a platform should introduce to which sellers."""
