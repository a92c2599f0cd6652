"""Order financing by command."""
