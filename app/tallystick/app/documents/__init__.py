"""Trade documents in whatever form a firm has them: read, held against what both firms agreed, put on record.

Start at `forms.reading.read_document` (bytes to what the document tells) and `resolving.resolve` (what it tells to
the body of an entry, or what is missing). What is missing waits in `waiting.py`.
"""
