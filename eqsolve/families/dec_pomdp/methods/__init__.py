"""The methods, one module each; ``base`` wraps their answers."""
