"""What decides a match besides the documents: tolerances, releases by two persons, retention; and its lists."""
