"""The losses, a family a file: pure functions of tensors, computed in float32 or better.

Logistic losses of classifiers are those of `benchbench_gans.losses.logistic`.
"""
