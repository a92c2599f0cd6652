"""Files as firms have them, as numbered rows of text."""
