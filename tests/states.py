"""States and weights of trainings, as tests compare them."""

import io

import torch


def saved(state):
    """Return the state as it is read from a file."""
    content = io.BytesIO()
    torch.save(state, content)
    content.seek(0)
    return torch.load(content, weights_only=True)


def equal(first, second):
    """Return whether two mappings of the same names hold the same tensors."""
    assert first.keys() == second.keys()
    return all(torch.equal(first[name], second[name]) for name in first)
