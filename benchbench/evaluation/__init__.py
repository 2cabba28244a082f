"""From a condition's samples to its scores: one engine, whatever the samples come from."""
