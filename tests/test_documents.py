"""What the documents say is what the code does."""

import functools
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import processes
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
FOLDERS = ("docs/*.md", "leaderboards/**/*.md", "plugins/*/*.md")
DOCUMENTS = [ROOT / "README.md", *(path for folder in FOLDERS for path in ROOT.glob(folder))]
GENERATED = sorted(path for path in DOCUMENTS if "<!-- $ benchbench" in path.read_text())


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_tables_are_what_the_records_give(path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.chdir(ROOT)
    from generated import filled

    now = filled(path.read_text(), lambda words: processes.run(words, ROOT))
    assert now == path.read_text(), f"run python scripts/generated.py {path.relative_to(ROOT)}"


def test_the_readme_is_short_with_samples_and_the_site_and_one_small_table():
    assert len(README.splitlines()) <= 100
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert len(pictures) == 2
    assert all((ROOT / picture).stat().st_size <= 400_000 for picture in pictures)
    (table,) = re.findall(r"<!-- \$ .*?<!-- end -->", README, flags=re.DOTALL)
    head, _, *rows = [line for line in table.splitlines() if line.startswith("|")]
    assert head.count("|") - 1 <= 6
    assert len(rows) <= 8


def test_links_between_documents_lead_to_files():
    """Those that the documentation's build does not see: from the README and the files beside it."""
    for page in [*ROOT.glob("*.md"), *ROOT.glob("plugins/*/README.md")]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_no_page_asks_the_network_for_its_looks():
    settings = (ROOT / "mkdocs.yml").read_text()
    assert "font: false" in settings, "the theme would load fonts"
    assert "- offline" in settings
    assert "iframe-worker.js" in settings, "the plugin would load its own from the network"
    assert not re.findall(r"https?://", settings)
    for path in (ROOT / "docs" / "assets").iterdir():
        assert not re.search(r"https?://(?!www\.w3\.org)", path.read_text()), path.name


def test_formulas_become_mathml_and_bars_in_tables_bars(monkeypatch):
    converter = pytest.importorskip("latex2mathml.converter", reason="latex2mathml is not installed")
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from docs_hooks import on_page_content

    shown = on_page_content('<div class="arithmatex">\\[ a &lt; b \\]</div><td><code>x\\|y</code></td>')
    assert shown == converter.convert("a < b", display="block") + "<td><code>x|y</code></td>"


def test_every_system_of_the_papers_has_a_method_or_a_reason(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from named_systems import NAMED

    from benchbench.plugins import registry

    page = (ROOT / "docs" / "methods.md").read_text()
    for system in NAMED:
        known = [spec for spec in system.methods if spec.split("[")[0] in registry().methods]
        assert known or system.why_not, system.name
        assert f"| {system.name} |" in page, system.name


def test_the_readmes_commands_are_those_of_tox_and_ci():
    assert "python -m pip install . ./plugins/* && benchbench run --task sr-photos" in README
    assert "python -m pip install tox && tox -p" in README
    assert "python -m pip install tox && tox -p" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("document", ["docs/method.md"])
def test_the_method_shown_runs_as_shown(document, bench, tmp_path, monkeypatch):
    text = (ROOT / document).read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    command = re.search(r"benchbench --plugins-dir plugins.d run (.*?)[`\n]", text)[1]
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "plugins.d" / "tint.py").write_text(code)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", "")
    words = [word.strip("'") for word in command.split()]
    done = bench("--plugins-dir", "plugins.d", "run", *words, "--limit", 3, "-j", 0)
    assert done.code == 0, done.err
    assert "tint" in done.out


def test_every_verb_is_documented():
    from benchbench.cli.main import main

    text = (ROOT / "docs" / "index.md").read_text()
    for verb in main.list_commands(None):
        assert f"benchbench {verb}" in text, verb


# what documents show is what happens ----------------------------------------------------------------------------------

PAGES = sorted((ROOT / "docs").glob("*.md"))
FILES = re.compile(r"<!-- file (\S+) -->\n+```(\w+)\n(.*?)```", re.DOTALL)


def commands_of(path):
    """Return the commands of a page's console blocks, in their order."""
    blocks = re.findall(r"```console\n(.*?)```", path.read_text(), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def shown_commands():
    """Return every whole benchbench command in a code block or between backticks, with where it stands."""
    found = []
    for path in [ROOT / "README.md", *PAGES]:
        text = path.read_text()
        blocks = [inner for kind, inner in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL) if kind != "text"]
        plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`(benchbench [^`]+)`", plain)
        found += [(path.name, line) for line in lines if re.match(r"benchbench [a-z-]+(\s|$)", line)]
    return sorted(set(found))


@functools.cache
def help_of(*words):
    """Return what a command prints about itself."""
    from click.testing import CliRunner

    from benchbench.cli.main import main

    return CliRunner().invoke(main, [*words, "--help"]).output


@pytest.mark.parametrize(("page", "line"), shown_commands())
def test_a_command_that_is_shown_can_be_given(page, line):
    """Its verb and its options exist; capitals, brackets and dots stand for what the reader puts in."""
    from benchbench.cli.main import main

    words = [word for word in re.split(r"\s+", line.split("&&")[0].split(" > ")[0])[1:] if word]
    options = [word.split("=")[0].strip("[]…'\"") for word in words if word.lstrip("[").startswith("-")]
    verb = next((word for word in words if re.fullmatch(r"[a-z]+", word) and word in main.list_commands(None)), None)
    assert verb, f"{page}: {line}"
    command = main.get_command(None, verb)
    group = [word.strip("`,") for word in words if word.strip("`,") in getattr(command, "commands", ())][:1]
    shown = help_of(verb, *group) + help_of()
    for option in options:
        assert re.search(rf"(^|\s|,){re.escape(option)}\b", shown), f"{page}: {line}: {option}"


LOOP = re.compile(r"for (\w+) in (.+?); do (.+); done")


def words_of(line):
    """Yield the words of each command of a line as a shell would have them; a loop has one for each of its values."""
    loop = LOOP.fullmatch(line)
    if loop:
        name, values, inside = loop.groups()
        for value in expanded(values):
            yield from words_of(inside.replace(f"${name}", value))
    else:
        yield expanded(line)


def expanded(text):
    """Return the words of a text, with the files that a pattern stands for."""
    found = [sorted(glob.glob(word)) if "*" in word else [word] for word in shlex.split(text)]
    return [word for words in found for word in words]


@pytest.mark.parametrize("page", [p.name for p in PAGES if commands_of(p) and not FILES.search(p.read_text())])
def test_the_commands_of_a_page_run_as_printed(page, bench):
    """One after the other in one folder, one of each that is repeated."""
    for line in dict.fromkeys(commands_of(ROOT / "docs" / page)):
        for program, *words in words_of(line):
            assert program == "benchbench", line
            done = bench(*words)
            assert done.code == 0, f"{line}\n{done.out}{done.err}"


@pytest.mark.parametrize("page", [p.name for p in PAGES if commands_of(p) and FILES.search(p.read_text())])
def test_the_commands_of_a_page_run_as_printed_with_its_files(page, tmp_path):
    """One after the other in one folder, in processes of their own, with the page's files in their places."""
    (tmp_path / "plugins.d").mkdir()
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "BENCHBENCH_PLUGINS_DIR": "", "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    for piece in re.split(r"(?=<!-- file )", (ROOT / "docs" / page).read_text()):
        shown = FILES.match(piece)
        if shown and "/step" in shown[1]:
            shutil.copy(ROOT / shown[1], tmp_path / "plugins.d" / "tint.py")
        block = re.findall(r"```console\n(.*?)```", piece, re.DOTALL)
        for line in [line[2:] for each in block for line in each.splitlines() if line.startswith("$ ")]:
            done = subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", [p.name for p in PAGES if FILES.search(p.read_text())])
def test_the_files_that_a_page_shows_are_the_files(page):
    for path, _, content in FILES.findall((ROOT / "docs" / page).read_text()):
        assert content == (ROOT / path).read_text(), path


def test_the_python_page_runs_as_printed(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)
    done = processes.run(["-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "energy-score[mini]" in done.stdout


def test_the_reference_is_what_the_code_says():
    done = processes.run(["scripts/reference.py", "--check"], ROOT)
    assert done.returncode == 0, done.stderr


def test_the_findings_are_what_the_records_give():
    done = processes.run(["scripts/findings.py", "--check"], ROOT)
    assert done.returncode == 0, done.stderr


def test_every_sheet_is_shown_with_words_for_it_and_is_small():
    page = (ROOT / "docs" / "sheets.md").read_text()
    shown = {path: words for words, path in re.findall(r"!\[(.*?)\]\(([^()\s]+\.png)\)", page)}
    pictures = {f"sheets/{path.name}" for path in (ROOT / "docs" / "sheets").glob("*.png")}
    assert shown.keys() == pictures
    for path, words in shown.items():
        assert len(words) > 20
        assert (ROOT / "docs" / path).stat().st_size <= 400_000, path


def test_every_page_can_be_found():
    nav = (ROOT / "mkdocs.yml").read_text()
    for page in PAGES:
        assert f" {page.name}\n" in nav, page.name
