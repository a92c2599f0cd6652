"""Names, relations and contents of records from the command line, in the name of organisations whose keys the node holds."""
