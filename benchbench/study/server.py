"""The server of a study: a short list of files, four requests, small bodies, nothing that identifies a person."""

from __future__ import annotations

import json
import mimetypes
import secrets
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from benchbench.core import BenchbenchError
from benchbench.study.folder import StudyFolder
from benchbench.study.ledger import Ledger
from benchbench.study.messages import Answer, Done, Sit, Start, read_message
from benchbench.study.setting import SIDE_BY_SIDE
from benchbench.study.sittings import Refusal, Sittings
from benchbench.system.files import write_text
from benchbench.system.records import read_text

LARGEST_BODY = 16_384
"""Bytes of a request; an answer has some 300."""
MOST_CONNECTIONS = 128
PATIENCE = 30
"""Seconds without a byte after which a connection is closed."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every reply; the isolation gives time stamps their full precision."""
MESSAGES: dict[str, type] = {"api/sit": Sit, "api/start": Start, "api/answer": Answer, "api/done": Done}


class StudyServer(ThreadingHTTPServer):
    """Serves one study; the caller holds its folder."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: StudyFolder, host: str, port: int) -> None:
        study = folder.read()
        folder.require_whole(study)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.loopback = host in LOOPBACK
        self.prefix = "" if self.loopback else access_token(folder) + "/"
        self.cookie = f"study_{study.id}"
        public = folder.public
        files = [each for each in public.rglob("*") if each.is_file()]
        served = {each.relative_to(public).as_posix(): each for each in files}
        self.seats = [json.loads(read_text(served[name])) for name in sorted(served) if name.startswith("seats/")]
        self.files = {name: path for name, path in served.items() if not name.startswith("seats/")}
        self.files[""] = self.files["index.html"]
        at_once = study.setting.design == SIDE_BY_SIDE
        images_of = [[1 if at_once else len(trial["images"]) for trial in seat["trials"]] for seat in self.seats]
        self.sittings = Sittings(images_of, study.setting.choices, Ledger(folder.log))
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((host, port), _Handler)

    @property
    def link(self) -> str:
        """The address to give to people."""
        host, port = str(self.server_address[0]), self.server_address[1]
        name = f"[{host}]" if ":" in host else host
        if name in ("0.0.0.0", "[::]"):
            name = socket.getfqdn()
        return f"http://{name}:{port}/{self.prefix}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle a connection in a thread of its own; one too many is closed."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle a connection, then make room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is no error of the study, and whose it was is not written down."""


def access_token(folder: StudyFolder) -> str:
    """Return the token of the study's link, the same after a restart."""
    path = folder.answers / "token"
    if not path.is_file():
        write_text(path, secrets.token_urlsafe(16) + "\n")
    return read_text(path).strip()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: StudyServer
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    server_version, sys_version = "benchbench", ""

    def do_GET(self) -> None:
        """Send a file of the study's own list: a path is looked up there, and opens nothing else."""
        try:
            path = self.server.files.get(self._path())
            if path is None:
                raise Refusal(404, "there is no such page")
            self._reply(200, path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream")
        except Refusal as refusal:
            self._refuse(refusal)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Take one of the four messages."""
        try:
            path = self._path()
            kind = MESSAGES.get(path)
            if kind is None:
                raise Refusal(404, "there is no such request")
            message = self._message(kind)
            self._reply_json(200, *self._answer(message))
        except Refusal as refusal:
            self._refuse(refusal)
        except BenchbenchError as error:  # such as a full disk
            self._refuse(Refusal(500, str(error)))

    def _path(self) -> str:
        """Return the path below the token; raise `Refusal` where the token or the host is another."""
        if self.server.loopback:
            name = urlsplit(f"//{self.headers.get('Host', '')}").hostname
            if name not in LOOPBACK:  # another name that leads here: a page elsewhere is asking
                raise Refusal(403, "this host is not served")
        path = urlsplit(self.path).path[1:]
        token, prefix = path[: len(self.server.prefix)], self.server.prefix
        if not secrets.compare_digest(token.encode(), prefix.encode()):
            raise Refusal(404, "there is no such page")
        return path[len(prefix) :]

    def _message(self, kind: type) -> Any:
        """Return the message of the body; raise `Refusal` before an oversized one is read."""
        origin = self.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != self.headers.get("Host"):
            raise Refusal(403, "asked from another site")
        if self.headers.get_content_type() != "application/json":
            raise Refusal(415, "a message is JSON")
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdecimal()):
            raise Refusal(411, "the length of a message must be given")
        if len(length) > 9 or int(length) > LARGEST_BODY:
            raise Refusal(413, f"a message has up to {LARGEST_BODY} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Refusal(400, "the message was cut off")
        try:
            return read_message(kind, body.decode())
        except (BenchbenchError, UnicodeDecodeError) as error:
            raise Refusal(400, str(error)) from None

    def _answer(self, message: Any) -> tuple[dict[str, Any], str | None]:
        """Return the reply to a message, and the secret of a new session."""
        sittings, session = self.server.sittings, self._session()
        if isinstance(message, Sit):
            seat, visit, new, answered, done = sittings.sit(session, message.another)
            return {**self.server.seats[seat], "visit": visit, "answered": answered, "done": done}, new
        if isinstance(message, Start):
            sittings.start(session, message)
        elif isinstance(message, Answer):
            sittings.answer(session, message)
        else:
            sittings.done(session, message)
        return {}, None

    def _session(self) -> str | None:
        """Return the browser's secret, from its cookie."""
        for part in self.headers.get("Cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.server.cookie:
                return value
        return None

    def _refuse(self, refusal: Refusal) -> None:
        self.close_connection = True  # the rest of the body is not read
        self._reply_json(refusal.status, {"error": str(refusal)})

    def _reply_json(self, status: int, fields: dict[str, Any], session: str | None = None) -> None:
        own = (
            f"{self.server.cookie}={session}; Path=/{self.server.prefix}; HttpOnly; SameSite=Strict" if session else ""
        )
        self._reply(status, json.dumps(fields).encode(), "application/json", own)

    def _reply(self, status: int, content: bytes, kind: str, cookie: str = "") -> None:
        self.send_response(HTTPStatus(status))
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Write down nobody's address."""
