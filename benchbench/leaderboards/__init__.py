"""Records to rows, ranks, contrasts and editions: facts, no prose."""
