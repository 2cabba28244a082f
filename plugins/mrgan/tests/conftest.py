"""What the plugin's tests share: small trainings."""

import dataclasses

import pytest
from drawing import drawn
from plugin_fixtures import few, one_thread, same_draws

from benchbench_mrgan import recipes, training

__all__ = ["few", "one_thread", "same_draws"]


@pytest.fixture
def draw():
    """Return a function that draws a method's samples of examples as the suite does."""
    return drawn


@pytest.fixture
def tiny(monkeypatch):
    """Trainings of 3 predictor and 4 GAN steps on a few images each; every other number is the recipe's own."""
    monkeypatch.setattr(training, "STATISTICS_BATCHES", 2)
    for key, recipe in list(recipes.BASES.items()):
        small = dataclasses.replace(
            recipe,
            discriminator_batch=4,
            num_inputs=3,
            num_samples=3,
            num_steps=4,
            predictor_steps=3,
            predictor_batch=4,
            validate_every=2,
        )
        monkeypatch.setitem(recipes.BASES, key, small)
    monkeypatch.setattr(recipes, "SEEN", {})
