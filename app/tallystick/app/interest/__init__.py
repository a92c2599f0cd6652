"""Commands of interest that a debtor bears."""
