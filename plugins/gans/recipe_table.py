"""Print the recipes of the methods as a Markdown table, for the README.

python plugins/gans/recipe_table.py
"""

from __future__ import annotations

import dataclasses

from benchbench_gans.methods import METHODS, Adversarial
from benchbench_gans.recipes import RECIPES, Recipe, Setting

HEADS = {
    "setting": "setting",
    "method": "method",
    "num_steps": "steps",
    "batch": "batch",
    "critic_updates": "D per G",
    "generator_rate": "rate of G",
    "discriminator_rate": "rate of D",
    "optimizer": "optimizer",
    "latent": "z",
    "width": "width",
    "norm": "norm of D",
    "networks": "networks",
}
SETTINGS: tuple[Setting, ...] = ("points", "small", "paper")


def serves(method: type[Adversarial], setting: Setting) -> bool:
    """Return whether a method has tasks of the setting."""
    return ("points" in method.kinds) if setting == "points" else method.kinds != ("points",)


def row(method: type[Adversarial], setting: Setting) -> dict[str, str]:
    """Return what stands in each column."""
    recipe: Recipe = dataclasses.replace(RECIPES[setting], **method.changes.get(setting, {}))
    optimizer = "RMSProp" if recipe.optimizer == "rmsprop" else f"Adam {recipe.betas[0]:g}, {recipe.betas[1]:g}"
    family = method.networks[setting]
    numbers = {
        name: f"{getattr(recipe, name):,}" for name in ("num_steps", "batch", "critic_updates", "latent", "width")
    }
    rates = {name: f"{getattr(recipe, name):g}" for name in ("generator_rate", "discriminator_rate")}
    norm = "–" if family in ("perceptron", "ebgan") and recipe.norm == "batch" else recipe.norm.replace("none", "–")
    said = {"setting": setting, "method": f"`{method.name}`", "optimizer": optimizer, "norm": norm}
    seen = f", {recipe.waves} waves" if recipe.waves else ""
    return {**numbers, **rates, **said, "networks": family.replace("_", "-") + seen}


def table() -> str:
    """Return the whole table, one line per method and setting."""
    lines = [f"| {' | '.join(HEADS.values())} |", "|" + "---|" * len(HEADS)]
    for setting in SETTINGS:
        for method in METHODS:
            if serves(method, setting):
                found = row(method, setting)
                lines.append(f"| {' | '.join(found[name] for name in HEADS)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 (a script)
