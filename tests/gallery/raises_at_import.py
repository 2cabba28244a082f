"""An exception while it is imported."""

from pathlib import Path

SETTINGS = Path("no-such-settings.json").read_text()
