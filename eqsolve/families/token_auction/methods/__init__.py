"""The methods: one step, one text, all texts, a sample of texts."""
