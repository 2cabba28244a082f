"""What each metric sees: faults of known size, and how each metric answers."""
