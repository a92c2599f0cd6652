"""Files of banks (ISO 20022 camt.054): read, held against what waits for evidence, and stated by whoever signs."""
