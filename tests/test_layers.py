"""Imports point one way, and light commands stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import benchbench

PACKAGE = Path(benchbench.__file__).parent
LAYERS = [
    {"core"},
    {"hookspecs"},
    {"stats", "system"},
    {"plugins", "specs"},
    {"data"},
    {"methods", "tasks", "metrics", "features", "protocols", "executors"},
    {"evaluation"},
    {"runs", "training"},
    {"leaderboards", "calibration", "study", "tuning"},
    {"publish"},
    {"contract", "templates", "testing", "api"},
    {"cli", "__main__"},
    {"pytest_plugin"},
]
"""Top-level names, from what imports nothing of the suite up to the command line."""
HEAVY = {"torch", "pandas", "lpips", "torch_fidelity", "torchvision", "sklearn", "skimage", "scipy", "pydantic", "rich"}


def layer_of(module):
    return next(level for level, names in enumerate(LAYERS) if module in names)


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "benchbench":
            parts = node.module.split(".")[1:]
            yield from [parts[0]] if parts else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from [a.name.split(".")[1] for a in node.names if a.name.startswith("benchbench.")]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        assert set(imports(path)) <= {"api", "core", "hookspecs"}
        return
    typing_only = {"engine", "noise"} if own == "core" else set()
    for module in imports(path):
        if module in typing_only or module == own or module == "__version__":
            continue
        assert layer_of(module) <= layer_of(own), f"{own} imports {module}"


@pytest.mark.parametrize(
    "words",
    [["--help"], ["run", "--help"], ["list", "methods"], ["list", "metrics"], ["list", "protocols"], ["plugins"]],
)
def test_light_commands_import_nothing_heavy(words):
    code = (
        "import sys; from click.testing import CliRunner; from benchbench.cli.main import main;"
        f"r = CliRunner().invoke(main, {words!r}); assert r.exit_code == 0, r.output;"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_sorted():
    assert benchbench.__all__ == sorted(benchbench.__all__)
    for name in benchbench.__all__:
        assert getattr(benchbench, name) is not None


def module_imports():
    """Return for each module those of the suite that it imports, lazily and for types too."""
    graph = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "templates" in parts and parts[-1] != "scaffold":
            continue
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "benchbench":
                for alias in node.names:
                    inside = PACKAGE.parent.joinpath(*node.module.split("."), alias.name)
                    named = inside.with_suffix(".py").exists() or (inside / "__init__.py").exists()
                    found.add(f"{node.module}.{alias.name}" if named else node.module)
        graph[".".join(parts).removesuffix(".__init__")] = found
    return graph


def test_no_imports_go_round_in_a_circle():
    graph = module_imports()
    assert len(graph) > 200
    done, under_way = set(), []

    def visit(module):
        assert module not in under_way, " -> ".join([*under_way[under_way.index(module) :], module])
        if module in done or module not in graph:
            return
        under_way.append(module)
        for other in sorted(graph[module] - {module}):
            visit(other)
        under_way.pop()
        done.add(module)

    for module in graph:
        visit(module)
