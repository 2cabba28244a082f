"""README's first command: what `pip install ./plugins/*` is given."""

from pathlib import Path

PLUGINS = Path(__file__).parent.parent / "plugins"


def test_whatever_lies_among_the_plugins_can_be_installed():
    """Pip is given every entry of the folder, and installs nothing if one is no package."""
    entries = [each for each in PLUGINS.iterdir() if each.name != "__pycache__" and not each.name.startswith(".")]
    assert len(entries) > 5
    assert [each.name for each in entries if not (each / "pyproject.toml").is_file()] == []
