"""Trade documents, receipts and the three-way match."""
