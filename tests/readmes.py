"""What the README of a plugin says of its methods is what the code does."""

import importlib.util


def check_recipes(root):
    """Check that the README under a plugin's root has the table that its recipe_table.py makes now."""
    spec = importlib.util.spec_from_file_location("recipe_table", root / "recipe_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.table() in (root / "README.md").read_text(), (
        f"python scripts/generated.py plugins/{root.name}/README.md"
    )


def check_options(root, method):
    """Check that the README has a line of the method, and one of each of its options."""
    lines = (root / "README.md").read_text().splitlines()
    rows = [line.split("|")[1] for line in lines if line.startswith("| `")]
    assert f" `{method.name}` " in rows
    for option in method().options():
        assert any(f"`{option}`" in first for first in rows), option
