"""Files, environment, weights: what touches the machine."""
