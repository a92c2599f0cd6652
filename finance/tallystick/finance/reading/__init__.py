"""What pages and endpoints read of finance, for one reader at a time."""
