"""The daily equality of ledger, bank and register: made, kept, shown."""
