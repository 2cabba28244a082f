"""The static site in a real browser: from a disk, offline, by keyboard, on a phone, light and dark, for all readers."""

import functools
import json
import shutil
import time
from dataclasses import dataclass

import pytest
from sites import HERE, MARKUP, METHODS, STRANGERS

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
selenium = pytest.importorskip("selenium", reason="selenium is not installed")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium or chromedriver is not installed")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = HERE / "vendor" / "axe.min.js"
ONE_OF_EACH = """
const told = ["class", "role", "scope", "style", "tabindex"];
const kind = (element) => [element.tagName, element.textContent.trim() ? "text" : "none",
  ...[...element.attributes].map(({ name, value }) => told.includes(name) ? `${name}=${value}` : name).sort(),
  `(${[...element.children].map(kind)})`].join();
const thin = (parent) => {
  if (parent.matches("tr, svg")) return;
  const seen = new Set();
  for (const child of [...parent.children]) {
    thin(child);
    const own = kind(child);
    if (seen.has(own)) child.remove();
    seen.add(own);
  }
};
thin(document.querySelector("main"));
"""
"""Leaves, of what stands side by side and is built alike (rows, items, records), the first: it has all their faults."""


@dataclass(frozen=True)
class Look:
    """What a page is to a reader who opens it and all of its details."""

    console: list
    sent: list
    """The addresses that were asked for."""
    failed: list
    widths: list
    """Of the window, of the document and of its body."""
    faults: list
    """Serious and critical faults that axe finds."""


@pytest.fixture(scope="module")
def own(own_site):
    return own_site


@pytest.fixture(scope="module")
def small(small_site):
    return small_site / "site"


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


class Browser:
    """A page in the browser, and what a reader does with it."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, width=1280, height=900, theme="light"):
        """Open a file on a screen of this size; forget what was said before."""
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        wish = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", wish)
        self.driver.get(path.as_uri())
        return self

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script):
        """Return what the script gives once that is true."""
        for _ in range(200):
            found = self.run(script)
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}")

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def labels(self):
        """Return the methods that the table shows, in its order."""
        return self.run(
            "return [...document.querySelectorAll('#board tbody th .name')].map(each => each.textContent.trim())"
        )

    def column(self, name):
        """Return the values of a column as the table has them, in its order."""
        return self.run(
            "const place = [...document.querySelectorAll('#board thead th')].findIndex("
            "  each => each.querySelector('.metric')?.firstChild.textContent.trim().startsWith(arguments[0]));"
            "return [...document.querySelectorAll('#board tbody tr')].map(row => +row.cells[place].dataset.order)",
            name,
        )

    def said(self):
        """Return what the console said, and the addresses that were asked for."""
        console = [entry["message"] for entry in self.driver.get_log("browser")]
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]
        failed = [each["params"]["errorText"] for each in events if each["method"] == "Network.loadingFailed"]
        return console, sent, failed

    def faults(self):
        """Return the serious and critical faults that axe finds on the page as it stands."""
        self.run(AXE.read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run({resultTypes: ['violations']})"
            ".then(result => done(result.violations), error => done(String(error)))"
        )
        return [
            f"{each['id']} ({each['impact']}): {[node['html'][:150] for node in each['nodes'][:3]]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]


@pytest.fixture
def browser(driver):
    return Browser(driver)


@pytest.fixture(scope="module")
def look(driver):
    """Return a function to the look of a page on a screen, taken once; `whole`: axe reads every row and item."""

    @functools.cache
    def take(path, width, height, theme, whole):
        browser = Browser(driver).open(path, width, height, theme)
        time.sleep(0.3)
        console, sent, failed = browser.said()  # before axe, which asks for more
        browser.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
        widths = browser.run(
            "return [window.innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth]"
        )
        if not whole:
            browser.run(ONE_OF_EACH)
        return Look(console, sent, failed, widths, browser.faults())

    return take


def page(site, task="toy-shapes"):
    return site / task / "v1" / "index.html"


def plotted(browser, id):
    """Return the points of a plot by the row of the table, once it is drawn."""
    traces = browser.wait(
        f"return document.getElementById('{id}')?.data?.filter(trace => trace.customdata).map("
        "trace => ({rows: trace.customdata, x: trace.x, y: trace.y}))"
    )
    return {row: (x, y) for trace in traces for row, x, y in zip(trace["rows"], trace["x"], trace["y"], strict=True)}


# Tables ---------------------------------------------------------------------------------------------------------------


def test_a_click_sorts_the_better_side_first(browser, own):
    browser.open(page(own))
    for name, best in (("realism", max), ("energy-score", min)):
        before = browser.column(name)
        header = f"[...document.querySelectorAll('#board thead th')].find(each => each.textContent.includes('{name}'))"
        browser.run(f"{header}.click()")
        after = browser.wait(f"return {header}.hasAttribute('aria-sort')") and browser.column(name)
        assert sorted(after) == sorted(before)
        assert after == sorted(before, reverse=best is max)
        browser.run(f"{header}.click()")
        assert browser.column(name) == sorted(before, reverse=best is min)


def test_the_keyboard_sorts(browser, own):
    from selenium.webdriver import Keys

    browser.open(page(own))
    browser.run("document.querySelector('.dt-search input').focus()")
    for _ in range(8):
        browser.press(Keys.TAB)
        if browser.run("return document.activeElement.closest('th')?.textContent.includes('energy-score')"):
            break
    assert browser.run("return document.activeElement.getAttribute('role')") == "button"
    browser.press(Keys.ENTER)
    assert browser.run("return document.activeElement.closest('th').ariaSort") == "ascending"
    assert browser.column("energy-score") == sorted(browser.column("energy-score"))


def test_the_keyboard_reads_a_cell_and_its_neighbours(browser, own):
    from selenium.webdriver import Keys

    browser.open(page(own))
    browser.wait("return document.querySelector('#board td[tabindex=\"0\"]')")
    browser.run("document.querySelector('#board td[tabindex=\"0\"]').focus()")
    tip = "return document.getElementById('tip').hidden ? '' : document.getElementById('tip').innerText"
    assert "energy-score@1[mini@1,32px]" in browser.run(tip)
    browser.press(Keys.ARROW_RIGHT)
    said = browser.run(tip)
    assert "energy-skill@1[mini@1,32px]" in said
    assert "95 %: " in said
    assert "jackknife standard error" in said
    browser.press(Keys.ESCAPE)
    assert browser.run(tip) == ""


def test_typing_filters_and_reference_rows_can_be_hidden(browser, own):
    from selenium.webdriver.common.by import By

    browser.open(page(own))
    everything = browser.labels()
    field = browser.driver.find_element(By.CSS_SELECTOR, ".dt-search input[type=search]")
    field.send_keys("dial")
    assert browser.labels() == [label for label in everything if "dial" in label]
    field.send_keys("ogue")
    assert "No method has this in its name." in browser.run("return document.querySelector('#board').innerText")
    field.clear()
    browser.run("document.querySelector('.dt-search input').dispatchEvent(new Event('input'))")
    browser.driver.find_element(By.ID, "references").click()
    ranked = browser.labels()
    assert ranked == [label for label in everything if label in ranked]
    assert {"copy", "noise", "mr1", "pix2pix-noise"} <= set(ranked)
    assert not {"oracle", "real", "collapsed", "unconditional", "dial[blur=1]"} & set(ranked)


def test_a_method_leads_to_its_record(browser, own):
    from selenium.webdriver.common.by import By

    browser.open(page(own))
    link = browser.driver.find_element(By.LINK_TEXT, "pix2pix-noise")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", link)
    link.click()
    opened = browser.wait("return document.querySelector('.record[open]')?.innerText")
    assert "-m pix2pix-noise --seed 0" in opened
    assert "Record as JSON" in opened


# Plots ----------------------------------------------------------------------------------------------------------------


def test_the_points_are_the_rows_of_the_table(browser, own):
    browser.open(page(own))
    points = plotted(browser, "plot-realism")
    realism, diversity = browser.column("realism"), browser.column("relative-diversity")
    assert sorted(points) == list(range(len(browser.labels())))
    for row, (x, y) in points.items():
        assert (x, y) == (pytest.approx(diversity[row], rel=1e-4), pytest.approx(realism[row], rel=1e-4))
    scores = browser.column("energy-score")
    for row, (spread, distance) in plotted(browser, "plot-energy").items():
        assert distance - spread / 2 == pytest.approx(scores[row], abs=2e-4)
    means = browser.wait("return document.getElementById('plot-conditions').data.find(each => each.name === 'mean')")
    assert dict(zip(means["customdata"], means["x"])) == {i: pytest.approx(v, rel=1e-4) for i, v in enumerate(scores)}


def test_another_metric_draws_its_calibration(browser, own):
    browser.open(page(own))
    curves = "return document.getElementById('plot-calibration').data?.map(each => each.y)"
    first = browser.wait(curves)
    stored = json.loads((HERE.parent / "docs" / "calibration" / "toy-shapes.json").read_text())
    browser.run(
        "const choice = document.getElementById('calibration-metric'); choice.value = 'realism[mini]';"
        "choice.dispatchEvent(new Event('change'))"
    )
    shown = browser.run(curves)
    assert shown != first
    for dial, values in zip(stored["dials"], shown, strict=True):
        (answer,) = [answer for answer in dial["answers"] if answer["metric"] == "realism[mini]"]
        assert values == pytest.approx([step["value"] for step in answer["steps"]], rel=1e-4)


# The gallery ----------------------------------------------------------------------------------------------------------


def test_the_gallery_loads_and_shows_the_worst_first(browser, small):
    browser.open(page(small))
    files = browser.run(
        "return [...new Set([...document.querySelectorAll('.thumbs')].map(each => each.style.backgroundImage))]"
    )
    assert len(files) == 4
    loaded = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "Promise.all(arguments[0].map(each => { const image = new Image(); image.src = each.slice(5, -2);"
        "return image.decode().then(() => image.naturalWidth); })).then(done, error => done(String(error)))",
        files,
    )
    assert loaded == [7 * 32] * 4
    marked = browser.run("return document.querySelectorAll('.block:first-child .thumbs i.repeat').length")
    assert marked >= 10
    browser.run(
        "const order = document.getElementById('gallery-order'); order.value = 'energy-score[mini]';"
        "order.dispatchEvent(new Event('change'))"
    )
    values = browser.run("return JSON.parse(document.getElementById('data').textContent).gallery")
    order = browser.run("return [...document.querySelectorAll('.block')].map(each => each.dataset.id)")
    assert order == sorted(values, key=lambda id: -values[id]["energy-score[mini]"])


def test_thumbnails_show_their_own_part_of_the_sprite(browser, small):
    """The colours on the screen are those of the samples that were kept."""
    from io import BytesIO

    import numpy as np
    from PIL import Image
    from selenium.webdriver.common.by import By

    browser.open(page(small))
    browser.run("document.documentElement.style.scrollBehavior = 'auto'")
    strips = browser.driver.find_elements(By.CSS_SELECTOR, ".block:first-child .strip")[1:]
    names = [strip.find_element(By.CSS_SELECTOR, ".name").text for strip in strips]
    assert sorted(names) == sorted(METHODS)
    for name, strip in zip(names, strips, strict=True):
        (run,) = (small.parent / "runs" / "toy-shapes" / name).iterdir()
        for k, tile in enumerate(strip.find_elements(By.CSS_SELECTOR, "i:not(.repeat)")):
            shown = np.asarray(Image.open(BytesIO(tile.screenshot_as_png)).convert("RGB"))
            index = int(tile.get_attribute("title").split()[-1])
            kept = Image.open(run / "samples" / "0000" / f"{index:02d}.png").convert("RGB").resize(shown.shape[1::-1])
            if name != "noise":  # whose pixels are averaged by the screen
                assert np.abs(shown.astype(float) - np.asarray(kept)).mean() < 12, (name, k)


# Everywhere -----------------------------------------------------------------------------------------------------------

PAGES = ["index.html", "toy-shapes/v1/index.html", "sr-photos/v1/index.html", "digits/v1/index.html"]
PAGES += ["ring8/v1/index.html", "edges2clothes/v1/index.html", "celeba/reported.html"]


@pytest.mark.parametrize("name", PAGES)
def test_no_error_and_no_request_leaves_the_folder(look, own, name):
    found = look(own / name, 1280, 900, "light", False)
    assert found.console == []
    assert found.failed == []
    assert found.sent
    assert all(url.startswith(own.as_uri()) or url == "about:blank" for url in found.sent), found.sent


def test_hostile_names_run_nothing(browser, small):
    browser.open(page(small))
    assert len(plotted(browser, "plot-realism")) == len(METHODS) + len(STRANGERS)
    labels = browser.labels()
    assert set(STRANGERS) <= set(labels)
    ticks = browser.run("return [...document.querySelectorAll('#plot-conditions .ytick text')].map(e => e.textContent)")
    assert MARKUP in ticks
    assert any(tick.startswith("<img src=x") for tick in ticks)
    names = browser.run(
        "return [...document.querySelectorAll('#plot-realism .annotation-text')].map(e => e.textContent)"
    )
    assert MARKUP in names
    drawn = browser.run("return document.getElementById('plot-energy').data.flatMap(trace => trace.hovertext || [])")
    assert any("&lt;b&gt;b&lt;/b&gt;" in each for each in drawn)
    assert browser.run("return document.querySelectorAll('svg a').length") == 0
    assert browser.run("return document.querySelectorAll('img').length") == 0
    assert browser.run("return document.title").startswith("toy-shapes v1")
    console, sent, _ = browser.said()
    assert console == []
    assert all(url.startswith(small.as_uri()) or url == "about:blank" for url in sent), sent


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_has_no_sideways_scroll(browser, own, name):
    browser.open(own / name, 390, 844)
    time.sleep(0.2)
    browser.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
    width = browser.run("return [window.innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth]")
    assert width == [390, 390, 390]


def test_a_phone_has_no_sideways_scroll_with_hostile_names_and_a_gallery(look, small):
    assert look(page(small), 390, 844, "light", False).widths[:2] == [390, 390]


def test_the_theme_follows_the_system_and_the_button(browser, own):
    from selenium.webdriver.common.by import By

    paper = "return getComputedStyle(document.body).backgroundColor"
    ink = "return document.getElementById('plot-realism').layout.font.color"
    light = browser.open(page(own)).run(paper)
    dark = browser.open(page(own), theme="dark").run(paper)
    assert (light, dark) == ("rgb(253, 253, 252)", "rgb(20, 24, 28)")
    assert browser.wait(ink) == "#e7eaed"
    button = browser.driver.find_element(By.ID, "theme")
    assert button.text == "Light theme"
    button.click()
    assert button.text == "Dark theme"
    assert browser.run(paper) == light
    assert browser.run(ink) == "#1c2126"
    assert browser.open(own / "index.html", theme="dark").run(paper) == light, "the choice is kept"
    browser.run("localStorage.clear()")


@pytest.mark.parametrize(
    ("name", "theme", "width"),
    [*((name, "light", 1280) for name in [*PAGES, "small"]), ("small", "dark", 1280), ("small", "light", 390)],
)
def test_no_serious_fault_for_readers_of_all_kinds(look, own, small, name, theme, width):
    """Of all elements of the small page, which has nearly every kind; elsewhere and otherwise of one of each kind."""
    path = page(small) if name == "small" else own / name
    whole = name == "small" and (theme, width) == ("light", 1280)
    assert look(path, width, 844 if width == 390 else 900, theme, whole).faults == []


NEW_PAGES = [
    ("index.html", 390, "dark"),
    ("methods/index.html", 390, "light"),
    ("methods/flow.html", 1280, "dark"),
    ("metrics/realism.html", 390, "light"),
    ("toy-shapes/v1/editions/0001.html", 1280, "light"),
]


def test_pages_over_all_boards_are_for_readers_of_all_kinds(browser, own):
    """No fault of axe, no word on the console, no sideways scroll: desktop and phone, light and dark."""
    for name, width, theme in NEW_PAGES:
        browser.open(own / name, width, theme=theme)
        browser.wait("return document.getElementById('find') && !document.getElementById('find').hidden")
        browser.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert browser.run("return document.documentElement.scrollWidth") <= width, name
        console, sent, failed = browser.said()  # before axe, which asks for more
        assert (console, failed) == ([], [])
        assert all(url.startswith(own.as_uri()) or url == "about:blank" for url in sent)
        browser.run(ONE_OF_EACH)
        assert browser.faults() == [], name


def test_the_search_finds_a_method_by_keyboard_from_any_page(browser, own):
    from selenium.webdriver import Keys

    browser.open(own / "toy-shapes" / "v1" / "editions" / "0001.html")
    browser.wait("return !document.getElementById('find').hidden")
    browser.run("document.getElementById('query').focus()")
    browser.press("bicycle")
    shown = browser.run("return [...document.querySelectorAll('#found a')].map(each => each.textContent)")
    assert shown[0] == "bicyclegan"
    browser.press(Keys.ARROW_DOWN, Keys.ENTER)
    assert browser.wait("return document.querySelector('h1')?.textContent.startsWith('bicyclegan')")
    browser.run("document.getElementById('query').focus()")
    browser.press("no such words")
    assert "nothing has these words" in browser.run("return document.getElementById('found').innerText")


def test_a_button_copies_the_citation(browser, own):
    browser.open(page(own))
    browser.run("document.querySelector('.cite').open = true; document.querySelector('button.copy').click()")
    said = browser.wait("return document.querySelector('button.copy').textContent.match(/Copied|Selected/)?.[0]")
    assert said in ("Copied", "Selected")
    assert "SHA-256 of the edition" in browser.run("return document.getElementById('bibtex').textContent")


def test_far_points_do_not_stretch_a_plot_and_the_best_are_named(browser, own):
    browser.open(page(own))
    points = plotted(browser, "plot-realism")
    low, high = browser.run("return document.getElementById('plot-realism').layout.xaxis.range")
    view = json.loads(browser.run("return document.getElementById('data').textContent"))["realism"]
    outside = {point["row"] for point in view["points"] if not low <= point["x"][0] <= high}
    assert {each["label"] for each in view["points"] if each["row"] in outside} <= set(view["outside"])
    assert "noise" in view["outside"]
    assert len(points) - len(outside) > len(points) / 2
    lines = browser.run("return document.getElementById('plot-sampling').layout.shapes.map(each => each.y0)")
    oracle = browser.column("energy-score")[browser.labels().index("oracle")]
    assert lines == [pytest.approx(oracle, rel=1e-4)]
