"""Small studies for tests: toy-shapes, whose "methods" are the truths themselves and truths made obviously bad."""

import dataclasses
import http.client
import json
import os
import signal
import socket
import subprocess
import time

import made_records
import processes

from benchbench.core.record import RecordedTask
from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import get_task
from benchbench.publish.pages import publish
from benchbench.study.entrants import Entrants
from benchbench.study.folder import Judged, StudyFolder
from benchbench.study.images import png, spoiled
from benchbench.study.make import make_study
from benchbench.study.record import REALISM, Measure, MethodScores, Outcome, StudyRecord
from benchbench.study.resampling import Interval
from benchbench.study.setting import Setting, Timing

QUICK = Timing(exposure=100, fixation=30, between=30, gap=20, feedback=20)


def entrants(folder, conditions=60, samples=2):
    """Write kept samples of two made-up methods and return them as a study's entrants."""
    task = get_task("toy-shapes")
    examples = tuple(task.examples("test")[i] for i in range(conditions))
    files = []
    for name in ("good", "bad"):
        found = {}
        for example in examples:
            truths = [each.permute(1, 2, 0).numpy() for each in example.references[:samples]]
            images = truths if name == "good" else [spoiled(each, example.id) for each in truths]
            found[example.id] = tuple(folder / name / example.id / f"{k}.png" for k in range(samples))
            found[example.id][0].parent.mkdir(parents=True)
            for path, image in zip(found[example.id], images):
                path.write_bytes(png(image))
        files.append(found)
    methods = tuple(Judged(name, f"run-of-{name}", None, False) for name in ("good", "bad"))
    return Entrants(task, "f" * 64, methods, tuple(files), examples)


def made(folder, **options):
    """Return the folder of a small study."""
    setting = Setting(**{"design": "single", "trials": 20, "people": 3, "practice": 2, "timing": QUICK, **options})
    make_study(setting, entrants(folder / "kept"), folder / "study")
    return StudyFolder(folder / "study")


class Serving:
    """`benchbench study serve` in a process of its own, which can be killed and started again on the same port."""

    def __init__(self, path, host="127.0.0.1"):
        self.path, self.host = path, host
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self):
        words = ["study", "serve", str(self.path), "--port", str(self.port), "--host", self.host]
        read, write = os.pipe()
        self.process = processes.start(["-m", "benchbench", *words], stdout=write, stderr=subprocess.DEVNULL)
        os.close(write)
        self.said = os.fdopen(read)
        self.link = self.said.readline().strip()

    def kill(self):
        self.process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        self.process.wait()
        self.said.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.kill()


class Person:
    """What the page says to the server, said by a test; each person has a cookie of their own."""

    def __init__(self, port, prefix="/"):
        self.port, self.prefix, self.cookie, self.own = port, prefix, None, {}

    def request(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        own = {"Content-Type": "application/json", **({"Cookie": self.cookie} if self.cookie else {}), **dict(headers)}
        try:
            connection.request(method, self.prefix + path, body, own)
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        cookie = reply.getheader("Set-Cookie")
        if cookie:
            self.cookie = cookie.split(";")[0]
        return reply.status, content

    def post(self, path, fields, headers=()):
        status, content = self.request("POST", f"api/{path}", json.dumps(fields), headers)
        return status, json.loads(content)

    def sit(self, **fields):
        status, seat = self.post("sit", fields)
        if status == 200:
            self.own = {"seat": seat["seat"], "visit": seat["visit"]}
        return status, seat

    def answer(self, trial, choice="real", images=1, **other):
        times = {"milliseconds": 400, "on": [1000] * images, "off": [1100] * images, "frame": 16.7}
        return self.post("answer", {**self.own, "trial": trial, "choice": choice, **times, **other})


def until(condition, seconds=10):
    """Wait until the condition holds."""
    for _ in range(int(seconds * 50)):
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")


# A board that people judged -------------------------------------------------------------------------------------------

SOURCE = "a lab & its <people>, 2026"
VALUES = {"a": 0.9, "b": 0.6, "c": 0.7, "d": 0.2, "e": 0.1}
"""What people say."""
ORDER = ("a", "b", "c", "d", "e")
"""From the best to the worst by every metric."""


def records():
    found = []
    for place, name in enumerate(ORDER):
        values = [0.1 * place + 0.02 * i + 0.1 for i in range(6)]
        found.append(made_records.with_values(name, *values, run_id=f"run-{name}"))
    return found


def study(values=VALUES, **changes):
    scored = tuple(
        MethodScores(
            Judged(f"{name}, as the study calls it", f"run-{name}", None, False),
            200,
            (Measure(REALISM, value, None, Interval(0.05, value - 0.1, value + 0.1)),),
        )
        for name, value in values.items()
    )
    outcome = Outcome(33, 2000, scored, ())
    task = RecordedTask("toy-shapes", 1, "f" * 64)
    fields = (
        "5" * 12,
        Setting("single", 40, 33),
        task,
        SOURCE,
        False,
        outcome,
        outcome,
        (),
        "k",
        "p",
        "a",
        "2026-02-01",
    )
    return dataclasses.replace(StudyRecord(*fields), **changes)


def judged_board(boards):
    """Publish a board of toy-shapes with the records that `study` is about; return its folder of boards."""
    folder = BoardFolder(boards, "toy-shapes", 1)
    for record in records():
        folder.add(record)
    publish(folder, get_task("toy-shapes"), "2026-01-02")
    return boards
