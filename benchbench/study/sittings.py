"""Who sits where in a study that is being served, and which answer may come next; every change is in the log first."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import threading
from dataclasses import dataclass
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.study.ledger import Ledger
from benchbench.study.messages import Answer, Done, Start


class Refusal(BenchbenchError):
    """A request that is not granted, with its HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


@dataclass
class Sitting:
    """One taken seat."""

    session: str
    """SHA-256 of the browser's secret."""
    visit: str
    """SHA-256 of the secret of the page that was opened last; older pages are refused."""
    answers: list[dict[str, Any]]
    done: bool = False


def hashed(secret: str) -> str:
    """Return the SHA-256 of a secret: the log holds none."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Sittings:
    """The seats of a study; methods may be called from several threads.

    `images_of[seat][trial]` is how many times an image appears: two side by side appear at once.
    """

    def __init__(self, images_of: list[list[int]], choices: tuple[str, str], ledger: Ledger) -> None:
        self._images_of, self._choices, self._ledger = images_of, choices, ledger
        self._lock = threading.Lock()
        self._seats: dict[int, Sitting] = {}
        for line in ledger.lines:
            self._replay(line)

    def _replay(self, line: dict[str, Any]) -> None:
        """Take a line of the log into account."""
        kind, seat = line.get("kind"), line.get("seat")
        if kind == "seat":
            self._seats[int(line["seat"])] = Sitting(line["session"], line["visit"], [])
        elif kind == "visit":
            self._seats[int(line["seat"])].visit = line["visit"]
        elif kind == "answer" and isinstance(seat, int):
            self._seats[seat].answers.append(line)
        elif kind == "done" and isinstance(seat, int):
            self._seats[seat].done = True

    def counts(self) -> tuple[int, int, int]:
        """Return how many seats there are, are taken, and are finished."""
        with self._lock:
            return len(self._images_of), len(self._seats), sum(each.done for each in self._seats.values())

    def sit(self, session: str | None, another: bool) -> tuple[int, str, str | None, int, bool]:
        """Return seat, visit secret, session secret if it is a new one, number of answers, and whether it is finished.

        A known session comes back to its seat; pages that it opened before are no longer heard.
        """
        with self._lock:
            own = self._of_session(session)
            if own is not None and not (another and self._seats[own].done):
                visit = secrets.token_urlsafe(16)
                self._log({"kind": "visit", "seat": own, "visit": hashed(visit)})
                sitting = self._seats[own]
                return own, visit, None, len(sitting.answers), sitting.done
            free = next((i for i in range(len(self._images_of)) if i not in self._seats), None)
            if free is None:
                raise Refusal(409, "All seats of this study are taken. Thank you for coming.")
            session, visit = secrets.token_urlsafe(24), secrets.token_urlsafe(16)
            self._log({"kind": "seat", "seat": free, "session": hashed(session), "visit": hashed(visit)})
            return free, visit, session, 0, False

    def start(self, session: str | None, message: Start) -> None:
        """Store what the screen is."""
        with self._lock:
            self._own(session, message.seat, message.visit)
            if message.simulated:
                raise Refusal(400, "a person is not simulated")
            self._log(_line("start", message))

    def answer(self, session: str | None, message: Answer) -> None:
        """Store an answer; the very answer that is stored already is accepted again, since its reply may be lost."""
        with self._lock:
            sitting = self._own(session, message.seat, message.visit)
            images = self._images_of[message.seat]
            if not 0 <= message.trial < len(images):
                raise Refusal(404, f"there is no trial {message.trial}")
            fault = message.fault(self._choices, images[message.trial])
            if fault:
                raise Refusal(400, fault)
            line, there = _line("answer", message), len(sitting.answers)
            if message.trial < there and sitting.answers[message.trial] == line:
                return
            if sitting.done:
                raise Refusal(410, "this seat is finished: the answer comes too late")
            if message.trial != there:
                raise Refusal(409, f"trial {message.trial} is not the next one, which is {there}")
            self._log(line)

    def done(self, session: str | None, message: Done) -> None:
        """Store that every trial is answered."""
        with self._lock:
            sitting = self._own(session, message.seat, message.visit)
            if sitting.done:
                return
            if len(sitting.answers) < len(self._images_of[message.seat]):
                raise Refusal(
                    409, f"{len(sitting.answers)} of {len(self._images_of[message.seat])} trials are answered"
                )
            self._log({"kind": "done", "seat": message.seat})

    def _own(self, session: str | None, seat: int, visit: str) -> Sitting:
        """Return the sitting of a seat; raise `Refusal` where it is not this session's newest page that asks."""
        if not 0 <= seat < len(self._images_of):
            raise Refusal(404, f"there is no seat {seat}")
        sitting = self._seats.get(seat)
        if sitting is None or session is None or not secrets.compare_digest(sitting.session, hashed(session)):
            raise Refusal(403, "this seat is not yours")
        if not secrets.compare_digest(sitting.visit, hashed(visit)):
            raise Refusal(409, "The study was opened in another window, and goes on there.")
        return sitting

    def _of_session(self, session: str | None) -> int | None:
        """Return the seat of a session that was taken last."""
        if session is None:
            return None
        own = hashed(session)
        return next((seat for seat, each in reversed(self._seats.items()) if each.session == own), None)

    def _log(self, line: dict[str, Any]) -> None:
        self._ledger.append(line)
        self._replay(line)


def _line(kind: str, message: Any) -> dict[str, Any]:
    """Return a message as it is logged, without the secret."""
    fields = {name: value for name, value in dataclasses.asdict(message).items() if name not in ("visit", "simulated")}
    return {
        "kind": kind,
        **{name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()},
    }
