"""The server of a study: seats, tokens, what it refuses, and that a killed process loses nothing."""

import json

import pytest
from studies import Person, Serving, made

from benchbench.core import BenchbenchError
from benchbench.study.ledger import Ledger, read_log
from benchbench.study.score import score_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return made(tmp_path_factory.mktemp("served"), people=4)


@pytest.fixture(scope="module")
def serving(study):
    with Serving(study.path) as server:
        yield server


def test_only_the_list_of_files_is_served(serving, study):
    person = Person(serving.port)
    assert person.request("GET", "")[0] == 200
    assert person.request("GET", "study.js")[0] == 200
    image = next((study.public / "images").iterdir())
    assert person.request("GET", f"images/{image.name}") == (200, image.read_bytes())
    outside = ["../key.json", "../study.json", "images/../../key.json", "%2e%2e/key.json", "..%2fkey.json", "key.json"]
    for path in [*outside, "/etc/passwd", "images/", "seats/0000.json", "images\\..\\key.json", "\0"]:
        assert person.request("GET", path.replace("\0", "%00"))[0] == 404, path
    assert person.request("DELETE", "study.js")[0] == 501


def test_two_people_get_two_seats_and_a_reload_comes_back(serving):
    first, second = Person(serving.port), Person(serving.port)
    (_, one), (_, other) = first.sit(), second.sit()
    assert one["seat"] != other["seat"]
    assert all(("right" in trial) == (i < 2) for i, trial in enumerate(one["trials"]))
    assert first.answer(0)[0] == second.answer(0)[0] == 200
    before = dict(first.own)
    status, again = first.sit()
    assert (status, again["seat"], again["answered"]) == (200, one["seat"], 1)
    times = {"milliseconds": 1, "on": [0], "off": [1], "frame": 16}
    late = first.post("answer", {**before, "trial": 1, "choice": "real", **times})
    assert late[0] == 409
    assert "another window" in late[1]["error"]
    assert first.answer(1)[0] == 200


def test_what_is_forged_is_refused(serving, study):
    person, stranger = Person(serving.port), Person(serving.port)
    person.sit()
    stranger.own = dict(person.own)
    before = study.log.read_bytes()
    assert stranger.answer(0)[0] == 403
    stranger.cookie = "study_x=1; " + person.cookie.split("=")[0] + "=guess"
    assert stranger.answer(0)[0] == 403
    refused = {
        404: [{"seat": 99}, {"seat": -1}, {"trial": 99}],
        409: [{"trial": 5}, {"visit": "old"}],
        400: [
            {"choice": "maybe"},
            {"on": [1, 2], "off": [2, 3]},
            {"off": [0]},
            {"milliseconds": -1},
            {"frame": 0},
            {"trial": "0"},
            {"more": 1},
            {"milliseconds": 1e9},
        ],
    }
    for status, changes in refused.items():
        for change in changes:
            found = person.answer(**{"trial": 0, **change})
            assert (found[0], bool(found[1]["error"])) == (status, True), change
    screen = {"screen": [1, 1], "ratio": 1, "frame": 16, "touch": False, "colour": ""}
    assert person.post("start", {**person.own, **screen, "simulated": True})[0] == 400
    assert person.request("POST", "api/answer", "[" * 5000)[0] == 400
    assert person.request("POST", "api/answer", b"\xff\xfe{}")[0] == 400
    assert person.request("POST", "api/answer", "{}", {"Content-Type": "text/plain"})[0] == 415
    assert person.request("POST", "api/answer", "{}", {"Origin": "http://elsewhere.example"})[0] == 403
    assert person.request("GET", "", None, {"Host": "elsewhere.example"})[0] == 403
    assert person.post("elsewhere", {})[0] == 404
    assert person.post("done", person.own)[0] == 409
    assert study.log.read_bytes() == before
    assert person.answer(0)[0] == 200


def test_ten_megabytes_are_refused_unread(serving, study):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
    connection.putrequest("POST", "/api/answer")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(10_000_000))
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.status == 413
    assert reply.getheader("Connection") == "close"
    connection.close()
    assert Person(serving.port).request("GET", "")[0] == 200


def test_a_killed_server_loses_no_answer(tmp_path):
    study = made(tmp_path, people=1, trials=2, practice=0)
    with Serving(study.path) as server:
        person = Person(server.port)
        trials = person.sit()[1]["trials"]
        assert Person(server.port).sit()[0] == 409  # no seat is left
        assert person.answer(0, "fake")[0] == 200
        server.kill()
        with study.log.open("ab") as log:
            log.write(b'{"kind":"answer","seat":0,"tri')  # what a power cut leaves
        server.start()
        assert person.answer(0, "fake")[0] == 200  # sent again, since its reply may have been lost
        assert person.answer(0, "real")[0] == 409
        for trial in range(1, len(trials)):
            assert person.answer(trial)[0] == 200
        assert person.post("done", person.own)[0] == 200
        assert person.answer(len(trials) - 1)[0] == 200
        assert person.answer(len(trials) - 1, "fake")[0] == 410
        status, again = person.sit()
        assert (status, again["done"]) == (200, True)
    answers = [line for line in read_log(study.log) if line["kind"] == "answer"]
    assert [line["trial"] for line in answers] == list(range(len(trials)))
    assert [line["choice"] for line in answers] == ["fake"] + ["real"] * (len(trials) - 1)
    assert score_study(study).without_exclusions.people == 1


def test_a_network_needs_the_token(tmp_path, study):
    import shutil

    shutil.copytree(study.path, tmp_path / "open", ignore=shutil.ignore_patterns("answers"))
    with Serving(tmp_path / "open", "0.0.0.0") as server:
        token = (tmp_path / "open" / "answers" / "token").read_text().strip()
        assert server.link.endswith(f":{server.port}/{token}/")
        assert Person(server.port).request("GET", "")[0] == 404
        assert Person(server.port).sit()[0] == 404
        assert Person(server.port, "/" + "x" * len(token) + "/").request("GET", "")[0] == 404
        person = Person(server.port, f"/{token}/")
        assert person.request("GET", "")[0] == 200
        assert person.sit()[0] == 200
        assert person.answer(0)[0] == 200
        log = (tmp_path / "open" / "answers" / "log.jsonl").read_text()
        assert person.cookie.split("=")[1] not in log
        assert "127.0.0.1" not in log


def test_a_study_is_served_once_and_whole(bench, serving, study, tmp_path):
    second = bench("study", "serve", study.path, "--port", 0)
    assert second.code == 1
    assert "another process serves" in second.err
    import shutil

    shutil.copytree(study.path, tmp_path / "changed", ignore=shutil.ignore_patterns("answers"))
    (tmp_path / "changed" / "public" / "study.js").write_text("")
    changed = bench("study", "serve", tmp_path / "changed", "--port", 0)
    assert changed.code == 1
    assert "was changed since the study was made" in changed.err


def test_a_full_disk_is_no_answer(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path / "log.jsonl")
    ledger.append({"kind": "answer", "seat": 0})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BenchbenchError, match="the disk is full"):
        ledger.append({"kind": "answer", "seat": 1})
    assert read_log(tmp_path / "log.jsonl") == ledger.lines == [{"kind": "answer", "seat": 0}]


def test_a_damaged_line_is_named(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"kind":"seat"}\nrubbish\n')
    with pytest.raises(BenchbenchError, match="log.jsonl:2 is damaged"):
        read_log(tmp_path / "log.jsonl")


def test_an_export_has_no_key_and_its_answers_come_back(bench, study, tmp_path):
    done = bench("study", "export", study.path, "-o", tmp_path / "static", "--jatos")
    assert done.code == 0, done.err
    config = json.loads((tmp_path / "static" / "config.json").read_text())
    assert config["mode"] == "files"
    assert "jatos.js" in (tmp_path / "static" / "index.html").read_text()
    assert not list((tmp_path / "static").rglob("key.json"))
    trials = json.loads((tmp_path / "static" / "seats" / "0001.json").read_text())["trials"]
    start = {"kind": "start", "seat": 1, "screen": [900, 700], "ratio": 1, "frame": 16.7, "touch": False, "colour": ""}
    times = {"milliseconds": 400, "on": [10.0], "off": [110.0], "frame": 16.7}
    lines = [start]
    lines += [{"kind": "answer", "seat": 1, "trial": i, "choice": "fake", **times} for i in range(len(trials))]
    lines.append({"kind": "done", "seat": 1})
    file = tmp_path / "answers.json"
    import shutil

    copy = shutil.copytree(study.path, tmp_path / "copy", ignore=shutil.ignore_patterns("answers"))
    file.write_text(json.dumps({"study": config["study"], "lines": lines}))
    scored = bench("study", "score", copy, "--answers", file)
    assert scored.code == 1
    assert "none of 1 people is left" in scored.err  # who calls everything fake is excluded
    file.write_text(json.dumps({"study": "another", "lines": lines}))
    assert "answers of the study another" in bench("study", "score", copy, "--answers", file).err
    lines[3]["trial"] = 7
    file.write_text(json.dumps({"study": config["study"], "lines": lines}))
    assert "not those to its trials" in bench("study", "score", copy, "--answers", file).err
