"""What a record said at an index or a time, and what changed when."""
