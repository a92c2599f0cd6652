"""Statements as commands and in batches."""
