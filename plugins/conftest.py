"""What the tests of all plugins share: one thread and the same draws."""

from small_tasks import one_thread, same_draws

__all__ = ["one_thread", "same_draws"]
