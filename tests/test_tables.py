"""Tables: the same rows in every format, and whatever a method is called comes out as text."""

import csv
import dataclasses
import html.parser
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from benchbench.core import BenchbenchError
from benchbench.core.edition import Edition, Standing
from benchbench.core.record import SCHEMA
from benchbench.core.record_json import parse_record, to_json
from benchbench.leaderboards import reported as papers
from benchbench.leaderboards.leaders import Leader
from benchbench.leaderboards.rows import make_board
from benchbench.publish import escape, export, page, reported, table, text
from benchbench.tasks.toy_shapes import ToyShapes

HERE = Path(__file__).parent
BOARDS = HERE.parent / "leaderboards"
HOSTILE = (
    "a|b<script>alert(1)</script>_x_ 50% \\input{/etc/passwd} `rm` $1$ **bold** ~~no~~ [t](http://x) ![i](j) #1"
    " &amp; {} ^ \"q\" 's' -- *\n\n| forged | row |\r\x1b[31m\u202e é Ж 漢 \x00"
)
SHOWN = (
    "a|b<script>alert(1)</script>_x_ 50% \\input{/etc/passwd} `rm` $1$ **bold** ~~no~~ [t](http://x) ![i](j) #1"
    " &amp; {} ^ \"q\" 's' -- * | forged | row | [31m é Ж 漢"
)
"""On one line, without what moves the cursor or turns the direction of writing."""
EDITION = Edition("toy-shapes", 1, "f" * 64, 7, "2026-11-26", "0", "m", (), (), (), "")


def record(name, *values, reference=False, **changes):
    """Return a record of toy-shapes with these values of the ranking score, one a condition."""
    first = ToyShapes.metrics[0]
    score = {
        "features": "mini",
        "value": sum(values) / len(values),
        "standard_error": 0.0123456789,
        "uncertainty": "standard error over 4 conditions",
        "n": len(values),
        "higher_is_better": False,
    }
    fields = {
        "task": {"name": "toy-shapes", "version": 1, "fingerprint": "f" * 64},
        "protocol": {
            "name": "mrgan",
            "version": 1,
            "num_conditions": 300,
            "samples_per_condition": 20,
            "pairs_per_condition": 10,
            "pairing": "disjoint",
            "off_protocol": False,
        },
        "method": {"name": name, "label": name, "options": {}, "checkpoint": None, "reference": reference},
        "seed": 0,
        "status": "ok",
        "reason": "",
        "scores": [{"id": f"{metric}@1", "metric": metric, **score} for metric in ToyShapes.metrics],
        "environment": {"device": "cpu"},
        "created": "2026-01-01T00:00:00+00:00",
        "paired": {"metric": first, "values": list(values), "groups": list(range(len(values)))},
        **changes,
    }
    return parse_record(json.dumps(fields), "made up")


@pytest.fixture
def board():
    """Two methods that cannot be told apart, one of a hostile name; a third that is worse; a reference."""
    return make_board(
        ToyShapes(),
        None,
        [
            record(HOSTILE, 0.10, 0.14, 0.10, 0.13),
            record("plain", 0.12, 0.11, 0.14, 0.12),
            record("worse", 0.51, 0.52, 0.54, 0.52),
            record("oracle", 0.05, 0.05, 0.05, 0.05, reference=True),
        ],
    )


class Page(html.parser.HTMLParser):
    """The tags of a page in their order, and the text of each cell and caption."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.cells, self.open = [], [], None
        self.feed(content)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("td", "th", "caption"):
            self.open = ""

    def handle_data(self, data):
        if self.open is not None:
            self.open += data

    def handle_endtag(self, tag):
        if tag in ("td", "th", "caption"):
            self.cells.append(self.open)
            self.open = None


def test_html_has_the_name_as_text_and_heads_with_scope(board):
    found = Page(table.html(text.table(board, EDITION)))
    assert {tag for tag, _ in found.tags} == {
        *("table", "caption", "thead", "tbody", "tr", "th", "td", "strong"),
    }
    assert SHOWN in found.cells
    assert [tag for tag, _ in found.tags].count("tbody") == 2, "references are set apart"
    scopes = [attributes["scope"] for tag, attributes in found.tags if tag == "th"]
    assert scopes == ["col"] * (3 + len(board.columns)) + ["row"] * 4
    assert found.cells[0].startswith("Edition 7, 2026-11-26. toy-shapes@1")


def test_markdown_has_one_line_a_row_and_no_markup_of_the_name(board):
    content = table.markdown(text.table(board))
    lines = [line for line in content.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 4
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert cells == {4 + len(board.columns)}
    assert not re.search(r"<[a-zA-Z/!?]", content)
    for markup in ("`", "*", "$", "~", "|"):
        name = re.split(r"(?<!\\)\|", next(line for line in lines if "alert" in line))[2]
        assert not re.search(rf"(?<!\\){re.escape(markup)}", name), markup
    assert not re.search(r"(?<!\\)\]\(", content)
    assert "&amp;amp;" not in content
    assert "\\&amp;" in content


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("dial[collapse=0.5]", "dial[collapse=0.5]"),
        ("pix2pix_noise", "pix2pix_noise"),
        ("_x_", "\\_x\\_"),
        ("[x]: y", "\\[x]: y"),
        ("[a][b]", "\\[a\\][b]"),
        ("a & b &lt; c", "a & b \\&lt; c"),
        ("<0.001 <b> </b> <!-- x", "<0.001 &lt;b> &lt;/b> &lt;!-- x"),
        ("> quoted", "\\> quoted"),
        ("a\\|b", "a\\\\\\|b"),
    ],
)
def test_markdown_escapes_what_would_be_markup_alone(name, escaped):
    assert escape.markdown(name) == escaped


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("dial[a_b=1]", "dial[a\\_b=1]"),
        ("[1]", "{}[1]"),
        ("a--b – c", "a-{}-b -- c"),
        ("50 % & ü", "50 \\% \\& ü"),
        ("漢ß", "U+6F22ß"),
        ("ﬁ", "fi"),
        ("\\input{x}", "\\textbackslash{}input\\{x\\}"),
    ],
)
def test_latex_escapes_what_would_be_a_command(name, escaped):
    assert escape.latex(name) == escaped


@pytest.mark.parametrize("width", [60, 400])
def test_a_terminal_shows_the_name_on_one_line(board, width):
    from rich.console import Console

    console = Console(width=width, record=True, file=io.StringIO())
    for piece in table.terminal(text.table(board), width):
        console.print(piece)
    shown = console.export_text()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert all(line.count("forged") <= 1 and not line.strip().startswith("|") for line in shown.splitlines())
    if width == 400:
        assert SHOWN in shown


def test_data_keep_the_name_as_it_is(board):
    rows = list(csv.DictReader(io.StringIO(export.csv(board), newline="")))
    assert rows[0]["method"] == SHOWN
    assert json.loads(export.as_json(board))["rows"][0]["label"] == HOSTILE
    stored = dataclasses.replace(board.rows[1].record, schema=SCHEMA)
    assert parse_record(to_json(stored), "") == stored


def test_csv_has_raw_numbers(board):
    import pandas

    found = pandas.read_csv(io.StringIO(export.csv(board)))
    first = ToyShapes.metrics[0]
    assert list(found.columns[:6]) == ["rank", "rank_best", "rank_worst", "letters", "method", "reference"]
    assert list(found.columns[7:10]) == [first, f"{first} standard_error", f"{first} n"]
    assert found[f"{first} standard_error"].tolist() == [0.0123456789] * 4
    assert found[f"{first} n"].tolist() == [4] * 4
    assert found[["rank_best", "rank_worst"]].iloc[:3].values.tolist() == [[1, 2], [1, 2], [3, 3]]
    assert found["reference"].tolist() == [False, False, False, True]
    assert found[first].tolist() == pytest.approx([0.1175, 0.1225, 0.5225, 0.05])


def test_json_has_rows_as_objects(board):
    found = json.loads(export.as_json(board, EDITION))
    assert (found["edition"], found["ranked_by"]) == (7, ToyShapes.metrics[0])
    row = found["rows"][0]
    assert (row["rank"], row["rank_range"], row["training_seeds"]) == (1, [1, 2], [])
    assert row["scores"][ToyShapes.metrics[1]]["n"] == 4
    assert [each["reference"] for each in found["rows"]] == [False, False, False, True]


def test_every_row_of_the_first_rank_group_is_bold_in_latex(board):
    content = table.latex(text.table(board, EDITION))
    bold = [line for line in content.splitlines() if "\\textbf" in line]
    assert [line.split(" & ")[0] for line in bold] == ["1–2".replace("–", "--")] * 2
    assert all(line.count("\\textbf") == 2 for line in bold)
    assert "\\caption{Edition 7, 2026-11-26. toy-shapes@1 (ffffffff), protocol mrgan@1: 300 conditions" in content
    assert "\\label{tab:toy-shapes}" in content
    assert content.count("\\midrule") == 2
    assert "$\\downarrow$" in content
    assert "$\\pm$" in content


def test_a_latex_caption_is_short_and_the_rest_stands_below(board):
    whole = text.table(board, EDITION)
    content = table.latex(whole)
    said = re.search(r"\\caption\{(.*)\}", content)[1]
    assert len(said.split()) <= table.MOST_WORDS
    assert "300 conditions $\\times$ 20 samples" in said
    for sentence in whole.caption.replace(" x 20", " × 20").rstrip(".").split(". "):
        assert escape.latex(sentence) in content


@pytest.mark.parametrize(
    ("caption", "first", "rest"),
    [
        ("no records", "no records", ""),
        ("One. Two.", "One. Two.", ""),
        ("word " * 38 + "end. Two more. Last.", "word " * 38 + "end.", "Two more. Last."),
        ("word " * 50 + "end. Last.", "word " * 50 + "end.", "Last."),
    ],
)
def test_a_caption_is_divided_between_sentences(caption, first, rest):
    assert table.short(caption) == (first, rest)


@pytest.mark.parametrize("encoding", ["\\usepackage[T1]{fontenc}\n", ""])
def test_the_latex_compiles(board, tmp_path, encoding):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not here")
    for package in ("booktabs", "inputenc", "fontenc") if shutil.which("kpsewhich") else ():
        if not subprocess.run(["kpsewhich", f"{package}.sty"], capture_output=True, check=False).stdout.strip():
            pytest.skip(f"this TeX has no {package}")
    tables = [table.latex(text.table(board, EDITION)), table.latex(reported.table(papers.read(BOARDS, "maps")))]
    (tmp_path / "paper.tex").write_text(
        f"\\documentclass{{article}}\n\\usepackage[utf8]{{inputenc}}\n{encoding}\\usepackage{{booktabs}}\n"
        "\\begin{document}\n" + "\n".join(tables) + "\n\\end{document}\n"
    )
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "paper.pdf").stat().st_size > 10_000
    assert "root:x:" not in done.stdout


def test_pages_have_the_name_as_text(board):
    standing = Standing(HOSTILE, 1, 1, 2, 0.1, ("x",))
    edition = Edition("toy-shapes", 1, "f", 1, "2026-11-26", "0", "m", ("x",), (standing,), (f"added: {HOSTILE}",), "")
    for content in (page.of_board(board, [edition], None), page.of_all([(edition, (Leader(HOSTILE),))], [])):
        assert "<script" not in content
        assert not re.search(r"(?<!\\)\]\((http|j)", content)
        assert all(
            line.startswith(("|", "#", "<!--", "-")) or "forged" not in line[:12] for line in content.splitlines()
        )
        cells = {
            len(re.findall(r"(?<!\\)\|", line)) for line in content.splitlines() if "alert" in line and line[0] == "|"
        }
        assert cells <= {4 + len(board.columns), 5, 10}


def test_reasons_are_said_on_one_line():
    failed = record("x", 0.1, 0.2, status="failed", reason="\x1b[2J\nboom\n<b>", scores=[], paired={})
    board = make_board(ToyShapes(), None, [record("y", 0.1, 0.2), failed])
    assert text.notes(board) == "not shown: x: failed: [2J boom <b>"


# Reported -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", papers.tasks(BOARDS))
def test_every_reported_number_has_a_source_and_a_column_of_its_own_kind(task):
    found = papers.read(BOARDS, task)
    assert found.task == task
    used = {number.source for method in found.methods for number in method.numbers}
    cited = " ".join([*found.sources.values(), *(method.note for method in found.methods)])
    assert used <= set(found.sources)
    assert all(key in used or f"({letter})" in cited for letter, key in zip("abcdef", found.sources, strict=False))
    for method in found.methods:
        names = [number.metric for number in method.numbers]
        assert len(names) == len(set(names)), "two numbers would share a cell"
        assert all(re.search(r"LPIPS [01]\.\d", name) for name in names if "LPIPS" in name)


def test_reported_numbers_are_shown_as_printed_and_lacking_ones_as_such():
    rows = {row[0]: row[1:] for row in reported.table(papers.read(BOARDS, "maps")).rows}
    assert rows["BicycleGAN"] == ("34.33 ± 2.69 (b)", ".110 ± .002 (b)", ".261 (c)")
    assert rows["cAE-GAN"] == ("–", "–", "–")
    assert list(rows)[-1] == "random real pairs"


def test_a_reported_number_without_a_source_is_refused(tmp_path):
    (tmp_path / "t").mkdir()
    fields = {"task": "t", "about": "", "sources": {"s": "a paper"}, "methods": []}
    fields["methods"] = [{"name": "m", "numbers": [{"metric": "x", "value": "1", "source": "memory"}]}]
    (tmp_path / "t" / "reported.json").write_text(json.dumps(fields))
    with pytest.raises(BenchbenchError, match="x of m has no source \\('memory'\\)"):
        papers.read(tmp_path, "t")
    fields["methods"][0]["numbers"][0]["guess"] = True
    (tmp_path / "t" / "reported.json").write_text(json.dumps(fields))
    with pytest.raises(BenchbenchError, match=r"methods.0.numbers.0.guess"):
        papers.read(tmp_path, "t")


@pytest.mark.parametrize("form", ["table", "markdown", "latex", "html", "csv", "json"])
def test_reported_numbers_can_be_shown_without_any_record(bench, form):
    done = bench("leaderboard", "maps", "--reported", "--boards", BOARDS, "--format", form)
    assert (done.code, done.err) == (0, "")
    assert "34.33" in done.out


def test_what_papers_report_stands_beneath_the_measured_rows(bench, tmp_path):
    shutil.copytree(BOARDS / "ring8", tmp_path / "b" / "ring8")
    shutil.copy(BOARDS / "maps" / "reported.json", tmp_path / "b" / "ring8")
    words = ("leaderboard", "ring8", "--records", tmp_path / "b/ring8/v1/records.jsonl", "--boards", tmp_path / "b")
    done = bench(*words)
    assert done.out.index("ring8@1") < done.out.index("Reported in papers; other data, split or protocol; not compar")
    assert "Reported" not in bench(*words, "--format", "latex").out
    published = bench("publish", "--boards", tmp_path / "b")
    assert published.code == 0, published.err
    assert "## Reported in papers" in (tmp_path / "b/ring8/v1/README.md").read_text()
    assert "[ring8](ring8/reported.md)" in (tmp_path / "b/README.md").read_text()
    assert bench("leaderboard", "--check", "--boards", tmp_path / "b").code == 0
    (tmp_path / "b/ring8/reported.md").write_text("mine")
    assert "reported.md is not what its records give" in bench("leaderboard", "--check", "--boards", tmp_path / "b").out


def test_a_task_without_records_points_to_what_is_reported(bench):
    done = bench("leaderboard", "maps", "--boards", BOARDS)
    assert (done.code, "--reported shows what papers report" in done.err) == (1, True)
    done = bench("leaderboard", "ring8", "--reported", "--boards", BOARDS)
    assert (done.code, "there are some of: celeba, cifar10, div2k, lsun-bedroom, maps" in done.err) == (1, True)


# The command ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("markdown", "| mr1‡ "),
        ("latex", "\\textbf{mr1\\textdaggerdbl{}}"),
        ("html", '<th scope="row"><strong>mr1‡</strong></th>'),
        ("csv", "1,1,1,a,mr1,False,"),
        ("json", '"label": "mr1"'),
        ("records", '"label": "mr1"'),
    ],
)
def test_an_edition_is_printed_in_every_format(bench, form, said):
    words = ("leaderboard", "sr-photos", "--edition", 1, "--boards", BOARDS, "--format", form)
    done = bench(*words, "--columns", "energy-score[mini]")
    assert (done.code, done.err) == (0, "")
    assert said in done.out
    assert ("realism" in done.out) == (form == "records")
    if form in ("markdown", "latex", "html"):
        assert "Edition 1, 2026-" in done.out
