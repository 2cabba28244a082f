"""What the tests share."""

from plugin_fixtures import fixed, one_thread, same_draws, tasks

__all__ = ["fixed", "one_thread", "same_draws", "tasks"]
