"""The registry: a broken plugin is a row with its reason, and stops nothing."""

import os
import py_compile
import re
from dataclasses import dataclass
from typing import Literal

import pytest

from benchbench.core import BenchbenchError, Method, UnknownName, WrongUsage
from benchbench.plugins import registry
from benchbench.specs import convert_options, format_method, parse_method, parse_score
from benchbench.system.origins import files

GOOD = """
import benchbench
from dataclasses import dataclass

@dataclass
class Mine(benchbench.Method):
    "Mine."
    name = "{name}"
    width: int = 8
    rate: float = 0.5
    mirror: bool = False
    def prepare(self, task, device, checkpoint): ...
    def sample(self, conditions, num_samples, noise): ...

@benchbench.hookimpl
def benchbench_methods():
    return [Mine]
"""

PROTOCOL = """
import benchbench

@benchbench.hookimpl
def benchbench_protocols():
    return [{}]
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    def loader(**files):
        folder = tmp_path / "plugins"
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(folder))
        found = registry()
        return found, {row.name: row for row in found.rows}

    return loader


def test_built_ins_come_through_the_same_hooks_and_are_whole():
    found = registry()
    assert {"sr-photos", "toy-shapes", "ring8", "sr-celeba"} <= set(found.tasks)
    assert {"real", "oracle", "collapsed", "unconditional", "copy", "noise", "dial", "folder"} <= set(found.methods)
    assert {"pixels", "lpips-alex", "lpips-squeeze", "lpips-vgg", "inception", "mini"} <= set(found.features)
    assert {"mrgan", "bicyclegan", "munit", "stargan-v2", "msgan"} <= set(found.protocols)
    assert [row for row in found.rows if row.name.startswith("benchbench.") and row.problems] == []


def test_a_one_off_file_is_a_plugin(load):
    found, rows = load(mine=GOOD.format(name="mine"))
    assert found.methods["mine"].name == "mine"
    assert rows["mine"].provides == ["method mine"]
    assert found.distribution("methods", "mine").endswith("mine.py")


@dataclass
class Chosen(Method):
    """A method with an option of each type."""

    name = "chosen"
    kind: Literal["one", "two"] = "one"
    number: int = 1
    share: float = 0.5
    off: bool = False
    weight: float | None = None
    text: str = ""
    order: Literal[1, 2] = 1

    def prepare(self, task, device, checkpoint):
        raise NotImplementedError

    def sample(self, conditions, num_samples, noise):
        raise NotImplementedError


def test_options_are_values_of_their_types_from_strings_or_from_values():
    given = {"kind": "two", "number": 3.0, "share": 2, "off": True, "weight": None, "text": "a", "order": 2.0}
    found = convert_options(Chosen, given)
    assert found == given
    assert (type(found["number"]), type(found["share"]), type(found["order"])) == (int, float, int)
    typed = {key: "default" if value is None else str(value) for key, value in found.items()}
    assert convert_options(Chosen, typed) == found


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("kind", "Two", "option kind='Two': expected one of one, two"),
        ("kind", 2, "option kind=2: expected one of one, two"),
        ("number", 2.5, "option number=2.5: expected a whole number"),
        ("number", float("inf"), "option number=inf: expected a whole number"),
        ("number", True, "expected a whole number"),
        ("share", None, "option share=None: expected a number"),
        ("weight", False, "option weight=False: expected a number"),
        ("off", 1, "option off=1: expected true or false"),
        ("text", 5, "option text=5: expected a text"),
        ("order", True, "option order=True: expected one of 1, 2"),
        ("of", True, "did you mean 'off'"),
    ],
)
def test_a_value_that_is_none_of_an_options_type_is_told(option, value, said):
    with pytest.raises(WrongUsage, match=re.escape(said)):
        convert_options(Chosen, {option: value})


def test_a_name_may_end_in_two_plus_signs(load):
    found, rows = load(mine=GOOD.format(name="cvae-gan2++"))
    assert rows["mine"].problems == []
    assert parse_method("cvae-gan2++[width=3]", found) == ("cvae-gan2++", {"width": 3})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module", "import failed: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f(:", "import failed: SyntaxError"),
        ("raise SystemExit(3)", "import failed: SystemExit: 3"),
        (
            GOOD.format(name="bad").replace("benchbench_methods", "benchbench_method"),
            "did you mean 'benchbench_methods'",
        ),
        (GOOD.format(name="bad").replace("methods():", "methods(config):"), "config"),
        (
            GOOD.format(name="bad").replace("return [Mine]", "return [Mine, 3]"),
            "returned 3, expected a subclass of Method",
        ),
        (
            GOOD.format(name="bad").replace("return [Mine]", "return 1 / 0"),
            "benchbench_methods() failed: ZeroDivisionError",
        ),
        (GOOD.format(name="Bad Name"), "has the name 'Bad Name'"),
        (GOOD.format(name="bad+"), "has the name 'bad+'"),
        (GOOD.format(name="bad").replace("def sample", "def simple"), "method bad does not define sample"),
        (GOOD.format(name="copy"), "method copy is already provided by benchbench.methods.baselines"),
        (PROTOCOL.format("benchbench.Protocol"), "expected an instance of Protocol"),
        (PROTOCOL.format("benchbench.Protocol('Bad Name')"), "a protocol has the name 'Bad Name'"),
        (PROTOCOL.format("benchbench.Protocol()"), "protocol mrgan is already provided by benchbench.protocols.mrgan"),
        (PROTOCOL.format("benchbench.Protocol('bad', pairing='all')"), "all pairs of 20 samples are 190; write 190"),
    ],
)
def test_a_broken_plugin_is_a_row_and_is_named_when_a_lookup_fails(load, bench, text, reason):
    found, rows = load(bad=text, good=GOOD.format(name="mine"))
    assert reason in " ".join(rows["bad"].problems)
    assert "mine" in found.methods
    assert found.distribution("methods", "copy").startswith("benchbench ")
    with pytest.raises(
        UnknownName, match=r"no method is named 'mime'; did you mean 'mine'\?; known: .*not loaded: bad"
    ):
        found.get("methods", "mime")
    shown = bench("plugins")
    assert shown.code == 0
    assert "broken" in shown.out
    assert bench("list", "methods").code == 0


def test_a_missing_plugins_folder_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(tmp_path / "nowhere"))
    assert "no such folder" in registry().broken()[0].problems[0]


def test_options_are_typed_by_the_dataclass(load):
    found, _ = load(mine=GOOD.format(name="mine"))
    name, options = parse_method("mine[width=3,rate=1e-3,mirror=true]", found)
    assert (name, options) == ("mine", {"width": 3, "rate": 1e-3, "mirror": True})
    assert format_method(name, options, {"width": 3}) == "mine[mirror=True,rate=0.001]"


def test_an_option_may_be_left_to_the_method(load):
    text = GOOD.format(name="mine").replace("    width: int", "    rate_of: float | None = None\n    width: int", 1)
    found, _ = load(mine=text)
    assert "rate_of" in text
    assert parse_method("mine[rate_of=2]", found) == ("mine", {"rate_of": 2.0})
    assert parse_method("mine[rate_of=default]", found) == ("mine", {"rate_of": None})
    assert format_method("mine", {"rate_of": None}) == "mine[rate_of=default]"
    with pytest.raises(BenchbenchError, match=r"option rate_of='many': expected a number"):
        parse_method("mine[rate_of=many]", found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mine[widht=3]", "no option is named 'widht'; did you mean 'width'"),
        ("mine[width=wide]", "option width='wide': expected a whole number"),
        ("mine[mirror=2]", "expected true or false"),
        ("mine[width]", "'width' is not option=value"),
        ("mine[width=3", "write NAME or NAME"),
    ],
)
def test_a_wrong_option_is_one_sentence(load, text, message):
    found, _ = load(mine=GOOD.format(name="mine"))
    with pytest.raises(BenchbenchError, match=message.replace("[", r"\[")):
        parse_method(text, found)


def test_a_score_names_its_extractor():
    assert parse_score("diversity[mini]", registry())[1] == "mini"
    with pytest.raises(BenchbenchError, match="needs a feature extractor"):
        parse_score("diversity", registry())
    with pytest.raises(BenchbenchError, match="takes no feature extractor"):
        parse_score("ms-ssim[mini]", registry())
    with pytest.raises(UnknownName, match="feature extractor is named 'minni'; did you mean 'mini'"):
        parse_score("diversity[minni]", registry())


def test_a_file_that_was_edited_within_a_second_runs_as_it_stands(tmp_path):
    path = tmp_path / "edited.py"
    path.write_text("VALUE = 1\n")
    py_compile.compile(str(path))  # as Python does where it may write
    ((_, _, load),) = files((tmp_path,))
    assert load().VALUE == 1
    there = path.stat()
    path.write_text("VALUE = 2\n")
    os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))
    assert load().VALUE == 2
