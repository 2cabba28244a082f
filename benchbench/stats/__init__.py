"""Statistics for metrics and comparisons: estimates, paired tests, ranks, distances, pairs, sketches."""
