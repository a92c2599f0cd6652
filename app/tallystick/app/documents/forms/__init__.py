"""One reader for each form: UBL, CII (also out of a PDF), 数电票, JSON. Pure: bytes in, what they tell out."""
