"""Other systems than Linux: what exists on POSIX alone is asked for with care; the command line starts without."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def words(text):
    return set(text.split())


MODULES = words("fcntl resource pwd grp spwd termios tty pty syslog readline ctypes _ctypes")
"""Not there on Windows, or not in every build of Python (`ctypes`)."""
SIGNALS = words("SIGINT SIGTERM SIGABRT SIGFPE SIGILL SIGSEGV SIG_IGN SIG_DFL Signals")
SIGNALS |= words("signal getsignal raise_signal strsignal default_int_handler")
"""Of the module `signal`, what Windows has too (Python's documentation of `signal.signal`)."""
CALLS = words("fork forkpty getuid geteuid getgid getegid setsid setpgid killpg getpgid mkfifo mknod sysconf")
CALLS |= words("getloadavg sched_getaffinity sched_setaffinity nice chown lchown uname wait wait3 wait4 pread")
CALLS |= words("pwrite statvfs confstr O_NONBLOCK O_DIRECTORY O_CLOEXEC")
"""Of the module `os`, what Windows lacks and somebody may reach for."""
SOURCES = sorted(
    path for folder in ("benchbench", "plugins") for path in (ROOT / folder).rglob("*.py") if "tests" not in path.parts
)


def needs(node):
    """Return what a node asks for that a system may lack, with the errors that a lack raises; `None` if nothing."""
    if isinstance(node, ast.Import):
        found = {alias.name.split(".")[0] for alias in node.names} & MODULES
        return (found.pop(), {"ImportError"}) if found else None
    if isinstance(node, ast.ImportFrom):
        module = (node.module or "").split(".")[0]
        return (module, {"ImportError"}) if module in MODULES and not node.level else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner, name = node.value.id, node.attr
        if (owner == "signal" and name not in SIGNALS) or (owner == "os" and name in CALLS):
            return f"{owner}.{name}", {"AttributeError"}
    return None


def caught(handler):
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {kind.id if isinstance(kind, ast.Name) else "BaseException" for kind in kinds}


def asks(node):
    """Return whether an expression asks which system this is, or whether it has what is wanted."""
    text = ast.unparse(node)
    return "sys.platform" in text or "hasattr(" in text or "os.name" in text


def is_guarded(path_to_node, errors):
    """Return whether a lack is caught, or asked for, somewhere above the node or before it in its function."""
    for above, below in zip(path_to_node, path_to_node[1:], strict=False):
        tried = isinstance(above, ast.Try) and below in above.body
        if tried and any(caught(handler) & (errors | {"Exception"}) for handler in above.handlers):
            return True
        if isinstance(above, (ast.If, ast.IfExp)) and asks(above.test):
            return True
        if isinstance(above, ast.FunctionDef) and below in above.body:
            before = above.body[: above.body.index(below)]
            if any(isinstance(each, ast.If) and asks(each.test) for each in before):
                return True
    return False


def unguarded(text):
    """Return the line and name of whatever a source asks for without care."""
    found = []

    def walk(node, above):
        wanted = needs(node)
        if wanted and not is_guarded([*above, node], wanted[1]):
            found.append((node.lineno, wanted[0]))
        for child in ast.iter_child_nodes(node):
            walk(child, [*above, node])

    walk(ast.parse(text), [])
    return found


def test_what_a_system_may_lack_is_asked_for_with_care():
    found = {str(path.relative_to(ROOT)): unguarded(path.read_text()) for path in SOURCES}
    assert {name: lines for name, lines in found.items() if lines} == {}
    asked = {
        needs(node)[0] for path in SOURCES for node in ast.walk(ast.parse(path.read_text())) if needs(node) is not None
    }
    assert {"resource", "ctypes", "signal.SIGKILL", "signal.setitimer", "os.sysconf"} <= asked, "the test sees these"


@pytest.mark.parametrize(
    "text",
    [
        "import fcntl",
        "from resource import getrusage",
        "def f():\n    import pwd",
        "try:\n    import pwd\nexcept OSError:\n    pass",
        "try:\n    pass\nexcept ImportError:\n    import pwd",
        "signal.signal(signal.SIGALRM, f)",
        "def f():\n    os.kill(1, signal.SIGKILL)",
        "if x:\n    os.fork()",
    ],
)
def test_carelessness_is_seen(text):
    assert len(unguarded(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import fcntl\nexcept (OSError, ImportError):\n    fcntl = None",
        "if sys.platform == 'linux':\n    import ctypes",
        "def f():\n    if not hasattr(signal, 'setitimer'):\n        return\n    signal.setitimer(1)",
        "n = os.getloadavg() if hasattr(os, 'getloadavg') else 0",
        "signal.signal(signal.SIGTERM, f)",
        "import os, signal",
    ],
)
def test_care_is_seen(text):
    assert unguarded(text) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [("--help", "Commands:"), ("list tasks", "ring8"), ("list methods", "oracle"), ("plugins", "benchbench.tasks")],
)
def test_the_command_line_starts_where_these_modules_cannot_be_imported(line, said):
    code = f"""
import sys
class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name in {MODULES!r}:
            raise ImportError("this system has no module " + name)
for name in {MODULES!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Lacking())
try:
    import pwd
except ImportError:
    pass
else:
    raise SystemExit("the test hides nothing")
from benchbench.cli.main import main
main({line.split()!r})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "this system has no module" not in done.stdout + done.stderr, "a plugin is not loaded"
    assert said in done.stdout
