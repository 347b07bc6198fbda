"""Games: normal-form games and model-platform-user markets."""
