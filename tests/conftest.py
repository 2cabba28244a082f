"""What tests share: the one-off plugins, a place for runs, and the files that stand beside the checkout."""

import gc
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from once import root_of, shared
from small_tasks import same_draws

from benchbench.system.environment import usable_cores

__all__ = ["same_draws"]

gc.set_threshold(50_000, 20, 50)  # as in the command line: a fifth of the time of imports, and some of all tests
HERE = Path(__file__).parent
BESIDE = HERE.parent.parent / "shared"


def beside(variable, name):
    """Return the folder that the user's variable names, or the one beside the checkout, if it is there."""
    given = Path(os.environ[variable]) if variable in os.environ else BESIDE / name
    return given if given.is_dir() else None


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be absent
def pytest_xdist_auto_num_workers():
    """Return three workers for every two cores: tests wait for processes, signals and pages a third of their time."""
    return -(-3 * usable_cores() // 2)


LONGEST = ("test_newcomer.py", "test_new.py", "test_documents.py", "test_shows.py")
"""Modules with tests of a minute: started first, so that no worker is left with one at the end."""


def pytest_collection_modifyitems(items):
    """Put the longest modules first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Return a function `(name, make)` to the folder that `make(folder)` fills, once for all workers; only read it."""
    return shared(root_of(tmp_path_factory))


@pytest.fixture(autouse=True, scope="session")
def cache_of_real_features(tmp_path_factory):
    """One for all tests and workers: files are whole or not there, and hold what their key alone decides."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHBENCH_CACHE", str(root_of(tmp_path_factory) / "real-features"))
        yield


@pytest.fixture(autouse=True, scope="session")
def one_process():
    """Commands work in their own process where a test says nothing else (`-j 0`): a worker's start costs seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for verb in ("RUN", "SCORE", "CALIBRATE", "TUNE"):
            patch.setenv(f"BENCHBENCH_{verb}_WORKERS", "0")
        yield


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
def known(once):
    """Return a function from a task to its baselines' scores by name and their conditions: runs that are made once."""
    import functools

    from baselines import runs_of

    return functools.cache(lambda task: runs_of(once(f"known-{task}", lambda folder: runs_of(folder, task)), task))


@pytest.fixture(scope="session")
def own_site(once):
    """The site of the leaderboards in the repository."""
    from sites import of_the_project

    return once("own-site", of_the_project) / "own"


@pytest.fixture(scope="session")
def small_site(once):
    """The folder of a small site with the boards and the runs that it is made of."""
    from sites import made

    return once("small-site", made)


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
    for name in ("BENCHBENCH_PLUGINS_DIR", "BENCHBENCH_DATA", "BENCHBENCH_WEIGHTS"):
        before = os.environ.get(name)
        monkeypatch.setenv(name, before or "")  # so that what an option such as --plugins-dir sets ends with the test
        if before is None:
            monkeypatch.delenv(name)

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


@pytest.fixture
def benchmarks_on_the_path(monkeypatch):
    """Make the scripts in `benchmarks/` importable."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "benchmarks"))
