"""Insurance by command, and the pack of a claim."""
