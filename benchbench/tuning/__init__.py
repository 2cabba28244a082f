"""Random search over the options of methods, and the best score that a budget of runs reaches."""
