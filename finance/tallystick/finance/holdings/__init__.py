"""What else may happen to holdings: pledge, lock, freeze, dispute and cancellation, each with its end."""
