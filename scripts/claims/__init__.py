"""Claims of papers and our own questions, each with what the records say of it."""
