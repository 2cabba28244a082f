"""What tests share: the one-off plugins, a place for runs, and the files that stand beside the checkout."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

HERE = Path(__file__).parent
BESIDE = HERE.parent.parent / "shared"


def beside(variable, name):
    """Return the folder that the user's variable names, or the one beside the checkout, if it is there."""
    given = Path(os.environ[variable]) if variable in os.environ else BESIDE / name
    return given if given.is_dir() else None


@pytest.fixture(autouse=True, scope="session")
def cache_of_real_features(tmp_path_factory):
    """One for all tests: what it holds depends on its key alone, which has tests of its own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("BENCHBENCH_CACHE", str(tmp_path_factory.mktemp("real-features")))
    yield
    patch.undo()


@pytest.fixture
def weights_folder(monkeypatch):
    """The real trunks; a test that wants them is skipped, by name, where they are not."""
    folder = beside("BENCHBENCH_WEIGHTS", "weights")
    if folder is None or not (folder / "alexnet_features.pth").is_file():
        pytest.skip("alexnet_features.pth is not here (BENCHBENCH_WEIGHTS)")
    monkeypatch.setenv("BENCHBENCH_WEIGHTS", str(folder))
    return folder


@pytest.fixture
def known_answers():
    """The images whose LPIPS its authors published."""
    folder = beside("BENCHBENCH_KNOWN_ANSWERS", "known-answers")
    if folder is None:
        pytest.skip("the known-answers images are not here (BENCHBENCH_KNOWN_ANSWERS)")
    return folder


@pytest.fixture
def one_off(monkeypatch):
    """The registry with the plugins of tests/one_off."""
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(HERE / "one_off"))
    from benchbench.plugins import registry

    return registry()


@pytest.fixture
def walker(monkeypatch, tmp_path):
    """The method of tests/walker, in a folder of plugins of the test's own."""
    folder = tmp_path / "plugins"
    shutil.copytree(HERE / "walker", folder)
    monkeypatch.setenv("BENCHBENCH_PLUGINS_DIR", str(folder))


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """Return a function from a task to its baselines' scores: every metric, on 100 conditions, made once."""
    import functools

    from benchbench.executors.local import Local
    from benchbench.plugins import registry
    from benchbench.runs.request import Request, open_stage
    from benchbench.runs.run import Run

    output = tmp_path_factory.mktemp("known")
    methods = {
        **{name: (name, {}) for name in ("oracle", "collapsed", "unconditional", "real", "copy", "noise")},
        "half": ("dial", {"collapse": 0.5}),
        "blurred": ("dial", {"blur": 1.0}),
    }

    @functools.cache
    def scores(task):
        stage = open_stage(Request(task, output, limit=100, keep_samples="none", metrics=("all",)), registry())
        found = {}
        with Local(min(2, os.cpu_count() or 1)) as executor:
            for label, (name, options) in methods.items():
                record, _ = Run(stage, stage.subject(name, options)).record(executor, lambda done, total: None)
                if record.status == "ok":
                    found[label] = {score.metric.split("[")[0]: score.value for score in record.scores}
        return found

    return scores


@pytest.fixture(scope="session")
def own_site(tmp_path_factory):
    """The site of the leaderboards in the repository."""
    from sites import of_the_project

    return of_the_project(tmp_path_factory.mktemp("own-site"))


@pytest.fixture(scope="session")
def small_site(tmp_path_factory):
    """The folder of a small site with the boards and the runs that it is made of."""
    from sites import made

    return made(tmp_path_factory.mktemp("small-site"))


class Result:
    """What a command did."""

    def __init__(self, result):
        self.code, self.out, self.err, self.exception = (
            result.exit_code,
            result.stdout,
            result.stderr,
            result.exception,
        )


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Run the command line in this process, in an empty folder."""
    from benchbench.cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")

    def run(*words):
        result = CliRunner().invoke(main, [str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result)

    return run


@pytest.fixture
def data_folder(monkeypatch):
    """The open data sets; a test that wants them is skipped, by name, where they are not."""
    folder = beside("BENCHBENCH_DATA", "data")
    if folder is None or not (folder / "noto-emoji").is_dir():
        pytest.skip("the open data sets are not here (BENCHBENCH_DATA)")
    return folder
