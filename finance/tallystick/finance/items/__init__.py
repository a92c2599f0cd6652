"""What one firm calls another's goods: part numbers, wordings and units, agreed by both."""
