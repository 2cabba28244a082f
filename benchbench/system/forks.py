"""Interpreters that are forked from a server with modules loaded, instead of started one by one.

`Forks(modules).start(words)` is `subprocess.Popen([sys.executable, *words])` without the time that the modules take to
import. Systems that cannot fork safely (Windows, macOS) start each interpreter. Run as a program, this file is the
server; it imports the standard library alone, as what a forked interpreter finds loaded is the caller's choice.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import traceback
import types
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import IO, Any

FORKS = hasattr(os, "fork") and sys.platform != "darwin"
"""Whether interpreters are forked on this system."""
SERVER = "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
PATIENCE = 600.0
"""Seconds that the server has to load its modules, on a machine that has other things to do."""
Stream = int | IO[Any] | None
"""Of a forked process: a descriptor, a file, `subprocess.DEVNULL`, or that of this process."""


class Forked:
    """A process that the server has forked: what tests and checks need of a `subprocess.Popen`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        if not pipe.poll(PATIENCE):
            raise OSError(f"the server of forked processes did not answer within {PATIENCE:g} s")
        self.pid: int = pipe.recv()
        self.returncode: int | None = None
        """The exit code, or minus the signal that ended it; `None` while it runs, or is not waited for."""

    def poll(self) -> int | None:
        """Return the exit code, `None` while the process runs."""
        if self.returncode is None and self._pipe.poll():
            self.returncode = self._pipe.recv()
            self._pipe.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when the process has ended; raise `subprocess.TimeoutExpired` where it does not."""
        if self.returncode is None and not self._pipe.poll(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the process, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it may end in between
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process immediately."""
        if hasattr(signal, "SIGKILL"):
            self.send_signal(signal.SIGKILL)


class Forks:
    """A server, started when it is first needed, that has these modules loaded; it ends with its owner's process."""

    def __init__(self, modules: Sequence[str], parent: Forks | None = None) -> None:
        self.modules, self.parent = tuple(modules), parent
        self._control: socket.socket | None = None
        self._server: Any = None

    def start(
        self,
        words: Sequence[str],
        cwd: str | Path,
        env: Mapping[str, str],
        stdin: Stream = None,
        stdout: Stream = None,
        stderr: Stream = None,
        start_new_session: bool = False,
    ) -> Any:
        """Start `python WORDS…`, where the words begin with `-m MODULE`, `-c CODE` or the path of a script."""
        if not FORKS:
            return subprocess.Popen(
                [sys.executable, *words],
                cwd=cwd,
                env=dict(env),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=start_new_session,
            )
        own, other = Pipe()
        with open(os.devnull, "r+b") as nothing:
            streams = [_descriptor(*each, nothing.fileno()) for each in enumerate((stdin, stdout, stderr))]
            socket.send_fds(self._running(), [b"!"], [other.fileno(), *streams])
        other.close()
        own.send((list(words), str(cwd), dict(env), start_new_session))
        return Forked(own)

    def _running(self) -> socket.socket:
        if self._control is None or self._server.poll() is not None:
            control, other = socket.socketpair()
            words = ["-c", SERVER, __file__, *self.modules]
            with other:
                if self.parent is not None:
                    self._server = self.parent.start(words, Path.cwd(), os.environ, stdin=other.fileno())
                else:
                    self._server = subprocess.Popen([sys.executable, *words], stdin=other.fileno())
            self._control = control
            weakref.finalize(self, _end, control, self._server)
        return self._control


def _descriptor(usual: int, given: Stream, nothing: int) -> int:
    if given is None:
        return usual
    if isinstance(given, int):
        return nothing if given == subprocess.DEVNULL else given
    return given.fileno()


def _end(control: socket.socket, server: Any) -> None:
    """End a server that nobody can ask any more; what it forked goes on."""
    control.close()
    server.kill()
    server.wait()


def serve(modules: Sequence[str]) -> list[str] | None:
    """Fork a process for each request from standard input; return its words there, and `None` here at the end."""
    if not hasattr(os, "fork"):
        raise OSError("this system cannot fork")
    control = socket.socket(fileno=os.dup(0))
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    usual = [part for part in sys.path[1:] if part not in given]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # while what is made stays
    for module in modules:
        with suppress(ImportError):  # the process that wants it says so
            importlib.import_module(module)
    gc.freeze()  # no collection in a forked process touches, and so copies, what was loaded here
    gc.enable()
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not asked:
            return None
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if os.fork() == 0:
            control.close()
            return _forked(descriptors, usual)
        for descriptor in descriptors:
            os.close(descriptor)


def _forked(descriptors: Sequence[int], usual: Sequence[str]) -> list[str]:
    """Fork the process, and say how it ends; return its words there."""
    if not hasattr(os, "fork"):
        raise OSError("this system cannot fork")
    pipe = Connection(descriptors[0])
    words: list[str]
    words, cwd, environment, new_session = pipe.recv()
    ready, done = os.pipe()
    child = os.fork()
    if child:
        os.close(done)
        os.read(ready, 1)  # until the other end is closed: it is then where it was to be
        for descriptor in (0, 1, 2, *descriptors[1:]):
            os.close(descriptor)
        with suppress(BrokenPipeError, ConnectionError):  # its owner is gone
            pipe.send(child)
            pipe.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    pipe.close()
    os.close(ready)
    for number, descriptor in enumerate(descriptors[1:]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if new_session:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    _open_streams(environment.get("PYTHONIOENCODING", ""))
    sys.path[:] = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), *usual]
    importlib.invalidate_caches()
    os.close(done)
    return words


def _open_streams(said: str) -> None:
    """Open the three streams again: those of the server know what its own descriptors were."""
    encoding, _, errors = said.partition(":")
    modes = ("r", "w", "w")
    for number, (name, mode) in enumerate(zip(("stdin", "stdout", "stderr"), modes, strict=True)):
        old = getattr(sys, name)
        lines = name == "stderr" or os.isatty(number)
        stream = open(  # noqa: SIM115 (they are open until the end)
            number,
            mode,
            buffering=1 if lines else -1,
            encoding=encoding or old.encoding,
            errors=old.errors if name == "stderr" else errors or ("strict" if encoding else old.errors),
            closefd=False,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def become(words: Sequence[str]) -> None:
    """Do what `python WORDS…` does, and end as it ends; only the modules are not taken down, which takes a second."""
    code = 0
    try:
        _do(words)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
    except BaseException as error:
        traceback.print_exc()
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    with suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing does
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def _do(words: Sequence[str]) -> None:
    first, *rest = words
    if first == "-m":
        sys.path.insert(0, os.getcwd())
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.path.insert(0, "")
        sys.argv = ["-c", *rest[1:]]
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(rest[0], "<string>", "exec"), main.__dict__)
    else:
        sys.path.insert(0, str(Path(first).resolve().parent))
        sys.argv = [*words]
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    wanted = serve(sys.argv[1:])
    if wanted is not None:
        become(wanted)
    os._exit(0)
