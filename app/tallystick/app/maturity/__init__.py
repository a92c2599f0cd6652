"""What is due: commands."""
