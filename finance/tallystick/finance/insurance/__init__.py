"""Trade credit insurance (贸易信用保险): an insurer stands in for a debtor that does not pay, and takes its place."""
