"""What the tests share."""

from plugin_fixtures import few, fixed, one_thread, same_draws, tasks

__all__ = ["few", "fixed", "one_thread", "same_draws", "tasks"]
