"""Print the recipes of the methods as a Markdown table, for the README.

python plugins/vaes/recipe_table.py
"""

from __future__ import annotations

import dataclasses

from benchbench_gans.recipes import Recipe, Setting

from benchbench_vaes.methods import METHODS, Autoencoding
from benchbench_vaes.recipes import RECIPES

HEADS = {
    "setting": "setting",
    "method": "method",
    "num_steps": "steps",
    "batch": "batch",
    "generator_rate": "rate of encoder and decoder",
    "discriminator_rate": "rate of judges",
    "optimizer": "optimizer",
    "latent": "z",
    "width": "width",
    "networks": "networks",
}
SETTINGS: tuple[Setting, ...] = ("points", "small", "paper")
WITHOUT_JUDGE = ("vae", "introvae")


def row(method: type[Autoencoding], setting: Setting) -> dict[str, str]:
    """Return what stands in each column."""
    recipe: Recipe = dataclasses.replace(RECIPES[setting], **method.changes.get(setting, {}))
    optimizer = "RMSProp" if recipe.optimizer == "rmsprop" else f"Adam {recipe.betas[0]:g}, {recipe.betas[1]:g}"
    numbers = {name: f"{getattr(recipe, name):,}" for name in ("num_steps", "batch", "latent", "width")}
    rates = {name: f"{getattr(recipe, name):.3g}" for name in ("generator_rate", "discriminator_rate")}
    if method.name in WITHOUT_JUDGE:
        rates["discriminator_rate"] = "–"
    if method.name == "introvae" and setting == "paper":
        numbers |= dict.fromkeys(("batch", "latent", "width"), "by side")
    said = {"setting": setting, "method": f"`{method.name}`", "optimizer": optimizer}
    return {**numbers, **rates, **said, "networks": method.networks[setting].replace("_", "-")}


def table() -> str:
    """Return the whole table, one line per method and setting."""
    lines = [f"| {' | '.join(HEADS.values())} |", "|" + "---|" * len(HEADS)]
    for setting in SETTINGS:
        for method in METHODS:
            found = row(method, setting)
            lines.append(f"| {' | '.join(found[name] for name in HEADS)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 (a script)
