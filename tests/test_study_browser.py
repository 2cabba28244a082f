"""A whole study in headless Chromium: by keyboard, over a killed server and a reload, while a second person answers."""

import json
import shutil
from pathlib import Path

import pytest
import studies
from studies import Person, Serving, made, until

from benchbench.study.exclusions import timed_right
from benchbench.study.ledger import read_log
from benchbench.study.messages import Answer
from benchbench.study.record import BOTH, FOOLING, MISS, REALISM
from benchbench.study.score import score_study

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
selenium = pytest.importorskip("selenium", reason="selenium is not installed")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromedriver is not installed")
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
LABELS = "return ['left', 'right'].map(each => document.getElementById(each).textContent)"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


class Page:
    """The page, and what a person does with it by keyboard alone."""

    def __init__(self, driver):
        self.driver = driver

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def wait(self, script):
        return until(lambda: self.driver.execute_script(script), 20)

    def heading(self, text):
        self.wait(f"return document.getElementById('title').textContent === {json.dumps(text)}")
        return self.wait("return !document.getElementById('next').hidden")

    def asked(self):
        """Wait for a question and return the answers of the two keys."""
        self.wait("return !document.getElementById('left').disabled && !document.getElementById('stage').hidden")
        return [words.split()[0].lower() for words in self.driver.execute_script(LABELS)]

    def answer(self, choice):
        labels = self.asked()
        self.press("fj"[labels.index(choice)])

    def faults(self):
        """Return what axe has against the page as it is, and is serious."""
        self.driver.execute_script(AXE.read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run({resultTypes: ['violations']})"
            ".then(result => done(result.violations), error => done([{id: String(error)}]))"
        )
        return [each["id"] for each in found if each.get("impact") in (None, "serious", "critical")]

    def agree(self):
        from selenium.webdriver import Keys

        self.wait("return !document.getElementById('form').hidden")
        self.press(Keys.SPACE, Keys.TAB, Keys.ENTER)
        self.heading("What to do")
        self.press(Keys.ENTER)


def answers_of(study, seat):
    """Return how many answers of a seat are on the disk."""
    return sum(line["kind"] == "answer" and line["seat"] == seat for line in read_log(study.log))


def wrong(place, trial):
    """Which scored trials a person answers wrongly: every third real image, every fourth fake."""
    return trial.role == "scored" and place % (3 if trial.right == "real" else 4) == 0


def test_a_study_by_keyboard_over_a_killed_server_and_a_reload(driver, tmp_path):
    from selenium.webdriver import Keys

    study = made(tmp_path)
    trials = study.read_key(study.read()).seats[0]
    other = {"real": "fake", "fake": "real"}
    choices = [other[each.right] if wrong(i, each) else each.right for i, each in enumerate(trials)]
    page = Page(driver)
    with Serving(study.path) as server:
        driver.get(server.link)
        page.agree()
        second = Person(server.port)
        second.sit()
        for place, choice in enumerate(choices):
            if place == 2:
                page.heading("That was the practice")
                page.press(Keys.ENTER)
            if place == 8:
                page.asked()
                server.kill()
                page.answer(choice)
                page.wait("return document.getElementById('trouble').textContent.includes('connection is lost')")
                server.start()
            elif place == 15:
                page.asked()
                driver.refresh()
                page.heading("What to do")
                page.press(Keys.ENTER)
                page.answer(choice)
            else:
                page.answer(choice)
            assert second.answer(place, "fake")[0] == 200
            until(lambda place=place: answers_of(study, 0) == place + 1, 20)
        page.heading("Thank you")
        assert second.post("done", second.own)[0] == 200
        assert [each for each in driver.get_log("browser") if "net::ERR_" not in each["message"]] == []
    lines = read_log(study.log)
    own = [line for line in lines if line["kind"] == "answer" and line["seat"] == 0]
    assert [line["trial"] for line in own] == list(range(len(trials)))
    assert [line["choice"] for line in own] == choices
    assert [line["seat"] for line in lines if line["kind"] == "done"] == [0, 1]
    starts = [line for line in lines if line["kind"] == "start"]
    assert len(starts) == 2  # one more after the reload
    assert all(10 < start["frame"] < 40 and min(start["screen"]) > 100 for start in starts)

    answers = [Answer(**{name: value for name, value in line.items() if name != "kind"}) for line in own]
    late = [each.trial for each in answers if not timed_right(each, 100)]
    assert late == [each.trial for each in answers if abs(each.off[0] - each.on[0] - 100) > 1.05 * each.frame]
    if steady(driver):
        assert len(late) <= 0.05 * len(answers)

    record = score_study(study)
    everyone = {each.method.label: each for each in record.without_exclusions.methods}
    assert [each.reasons for each in record.conducts if each.seat == 1] == [("monotony",)]
    scored = [(trial, choice) for trial, choice in zip(trials, choices) if trial.role == "scored"]
    reals = [choice == "fake" for trial, choice in scored if trial.right == "real"]
    if len(late) <= 2:  # else the first person is excluded too, as she should be
        for place, label in enumerate(("good", "bad")):
            fooled = [choice == "real" for trial, choice in scored if trial.shown[0].method == place]
            rates = [trial.role == "scored" for trial in trials].count(True) == 20 and sum(fooled) / len(fooled)
            assert everyone[label].get(FOOLING).value == pytest.approx(sum(fooled) / (2 * len(fooled)))
            assert everyone[label].get(MISS).value == pytest.approx((sum(reals) + 10) / 20)
            miss, hit = sum(reals) / 10, 1 - rates
            f_fake, f_second = 2 * hit / (1 + hit + miss), 2 / 3  # the second person calls everything fake
            assert everyone[label].get(REALISM).value == pytest.approx(2 * (1 - (f_fake + f_second) / 2))
            f_real = 2 * (1 - miss) / (1 + (1 - miss) + rates)
            both = (f_fake + f_real) / 2 / 2 + f_second / 2 / 2
            assert everyone[label].get(BOTH).value == pytest.approx(2 * (1 - both))


def steady(driver):
    """Return whether the machine kept its frames just now: one that drops them cannot show images on time."""
    stamps = driver.execute_async_script(
        "const done = arguments[0], stamps = [];"
        "const step = now => stamps.push(now) < 60 ? requestAnimationFrame(step) : done(stamps);"
        "requestAnimationFrame(step)"
    )
    gaps = [after - before for before, after in zip(stamps, stamps[1:])]
    return max(gaps) < 1.5 * sorted(gaps)[len(gaps) // 2]


@pytest.mark.parametrize("design", ["pairs", "side-by-side"])
def test_two_images_on_a_phone(driver, tmp_path, design):
    study = made(tmp_path, design=design, trials=2, practice=1, people=1)
    screen = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page = Page(driver)
    with Serving(study.path) as server:
        driver.get(server.link)
        page.wait("return !document.getElementById('form').hidden")
        assert page.faults() == []
        page.agree()
        page.asked()
        assert page.faults() == []
        page.press("f")
        page.heading("That was the practice")
        page.driver.execute_script("document.getElementById('next').click()")
        for _ in range(2):
            page.asked()
            width = driver.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
            assert width == [390, 390]
            page.driver.execute_script("document.getElementById('right').click()")
        page.heading("Thank you")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    answers = [line for line in read_log(study.log) if line["kind"] == "answer"]
    assert [line["choice"] for line in answers] == ["first", "second", "second"]
    assert all(len(line["on"]) == (2 if design == "pairs" else 1) for line in answers)
    if design == "pairs":
        assert all(line["on"][1] > line["off"][0] for line in answers)


def test_files_alone_give_the_answers_back(driver, tmp_path):
    import functools
    import threading
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from benchbench.study.export import export

    study = made(tmp_path, trials=2, practice=0, people=2)
    export(study, tmp_path / "static")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path / "static")) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        page = Page(driver)
        driver.get(f"http://127.0.0.1:{host.server_port}/")
        page.wait("return document.body.innerText.includes('?seat=N')")
        driver.get(f"http://127.0.0.1:{host.server_port}/?seat=1")
        page.agree()
        page.answer("fake")
        driver.refresh()
        page.heading("What to do")
        page.press(selenium.webdriver.Keys.ENTER)
        page.answer("real")
        text = page.wait("return document.querySelector('#words a[download]')?.href")
        saved = driver.execute_async_script("fetch(arguments[0]).then(each => each.text()).then(arguments[1])", text)
        host.shutdown()
    (tmp_path / "answers.json").write_text(saved)
    found = score_study(study, [tmp_path / "answers.json"])
    assert [each.seat for each in found.conducts] == [1]
    assert found.outcome.answers == 2


def test_the_site_plots_metrics_against_people(driver, tmp_path):
    from benchbench.publish.site.build import build
    from benchbench.study.boards import add_to_board

    boards = studies.judged_board(tmp_path / "boards")
    add_to_board(studies.study(), boards)
    build(boards, tmp_path / "site", tmp_path / "runs", tmp_path / "calibration")
    page = Page(driver)
    driver.get_log("browser")
    driver.get((tmp_path / "site" / "toy-shapes" / "v1" / "index.html").as_uri())
    drawn = (
        "return document.getElementById('plot-people')?.data?.filter(each => each.customdata)"
        ".flatMap(each => each.y.map((y, i) => [each.x[i], y]))"
    )
    assert sorted(y for _, y in page.wait(drawn)) == sorted(studies.VALUES.values())
    driver.execute_script(
        "const choice = document.getElementById('people-metric'); choice.value = 'energy-score[mini]';"
        "choice.dispatchEvent(new Event('change'))"
    )
    expected = sorted((record.scores[0].value, studies.VALUES[record.method.name]) for record in studies.records())
    for (x, y), (value, said) in zip(sorted(map(tuple, page.wait(drawn))), expected):
        assert (x, y) == (pytest.approx(value, rel=1e-4), pytest.approx(said))
    assert driver.get_log("browser") == []
