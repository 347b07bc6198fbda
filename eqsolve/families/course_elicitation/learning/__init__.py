"""What is learned from reports and answers."""
