"""Commands of the match."""
