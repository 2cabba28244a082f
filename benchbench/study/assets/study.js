// A study in a browser: consent, practice with feedback, trials timed by animation frames, answers sent one by one.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const canvases = [...document.querySelectorAll("#images canvas")];
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const QUESTIONS = {
    single: "Was it real or fake?", pairs: "Which one was the fake?", "side-by-side": "Which one looks more real?",
  };
  const WORDS = {
    single: { real: "Real", fake: "Fake" }, pairs: { first: "The first", second: "The second" },
    "side-by-side": { first: "Left", second: "Right" },
  };
  const KEYS = { f: 0, arrowleft: 0, j: 1, arrowright: 1 };
  let config, source, frameTime = 1000 / 60;

  // Text pages ---------------------------------------------------------------------------------------------------------

  function say(title, paragraphs) {
    document.body.classList.remove("showing");
    $("stage").hidden = true;
    $("text").hidden = false;
    $("title").textContent = title;
    $("words").replaceChildren(...paragraphs.map((each) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = each;
      return paragraph;
    }));
    $("next").hidden = true;
  }

  // Resolves when the button is pressed, by pointer or keyboard.
  function pressed(label, allowed = () => true, first = $("next")) {
    const button = $("next");
    button.textContent = label;
    button.hidden = false;
    first.focus();
    return new Promise((done) => {
      button.onclick = () => {
        if (!allowed()) return;
        button.onclick = null;
        button.hidden = true;
        done();
      };
    });
  }

  function trouble(text) {
    $("trouble").textContent = text || "";
    $("trouble").hidden = !text;
  }

  // Where trials come from and answers go ------------------------------------------------------------------------------

  class Refused extends Error {}

  // Sends until the server has stored it: what it has acknowledged is on its disk.
  async function post(path, body) {
    for (let wait = 300; ; wait = Math.min(2 * wait, 5000)) {
      let reply;
      try {
        reply = await fetch(path, {
          method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
          credentials: "same-origin", cache: "no-store",
        });
      } catch (error) {
        trouble("The connection is lost. Nothing is lost: the page tries again.");
        await sleep(wait);
        continue;
      }
      if (reply.status >= 500) {
        trouble("The server has a problem. The page tries again.");
        await sleep(wait);
        continue;
      }
      trouble("");
      const found = await reply.json();
      if (!reply.ok) throw new Refused(found.error);
      return found;
    }
  }

  const server = {
    async sit(another) {
      const seat = await post("api/sit", { another });
      this.own = { seat: seat.seat, visit: seat.visit };
      return seat;
    },
    start(facts) { return post("api/start", { ...this.own, ...facts }); },
    answer(found) { return post("api/answer", { ...this.own, ...found }); },
    done() { return post("api/done", this.own); },
  };

  // A host of files alone: answers stay in the browser until the end, then go to JATOS or into a file.
  const files = {
    async sit() {
      const asked = new URLSearchParams(location.search).get("seat") ??
        (window.jatos && jatos.urlQueryParameters && jatos.urlQueryParameters.seat);
      const number = Number(asked);
      if (asked === null || asked === undefined || !Number.isInteger(number) || number < 0 || number >= config.seats) {
        throw new Refused(`The link must end in ?seat=N, with N from 0 to ${config.seats - 1}.`);
      }
      const seat = await (await fetch(`seats/${String(number).padStart(4, "0")}.json`)).json();
      this.key = `benchbench-${config.study}-${number}`;
      this.lines = JSON.parse(localStorage.getItem(this.key) || "[]");
      this.own = { seat: number };
      return {
        ...seat, answered: this.lines.filter((each) => each.kind === "answer").length,
        done: this.lines.some((each) => each.kind === "done"),
      };
    },
    keep(line) {
      this.lines.push({ ...line, ...this.own });
      localStorage.setItem(this.key, JSON.stringify(this.lines));
    },
    async start(facts) { this.keep({ kind: "start", ...facts }); },
    async answer(found) { this.keep({ kind: "answer", ...found }); },
    async done() { this.keep({ kind: "done" }); },
    text() { return JSON.stringify({ study: config.study, lines: this.lines }); },
  };

  // Images -------------------------------------------------------------------------------------------------------------

  const bitmaps = new Map();

  async function load(path) {
    if (bitmaps.has(path)) return;
    for (let wait = 300; ; wait = Math.min(2 * wait, 5000)) {
      const image = new Image();
      image.src = path;
      try {
        await image.decode();
        bitmaps.set(path, image);
        trouble("");
        return;
      } catch (error) {
        trouble("An image could not be loaded. The page tries again.");
        await sleep(wait);
      }
    }
  }

  async function loadAll(paths) {
    const waiting = [...new Set(paths)], total = waiting.length;
    const worker = async () => {
      while (waiting.length) {
        await load(waiting.pop());
        $("words").lastChild.textContent = `${bitmaps.size} of ${total} images are loaded.`;
      }
    };
    await Promise.all(Array.from({ length: 6 }, worker));
  }

  // The image's own pixels times a whole number, as large as the screen allows up to 384.
  function draw(canvas, image) {
    const room = Math.min(384, window.innerWidth * 0.9, window.innerHeight * 0.55);
    const across = config.design === "side-by-side" ? Math.min(room, window.innerWidth * 0.44) : room;
    const times = Math.max(1, Math.floor(across / Math.max(image.naturalWidth, image.naturalHeight)));
    canvas.width = image.naturalWidth * times;
    canvas.height = image.naturalHeight * times;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = !config.pixelated;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
  }

  async function measureFrames() {
    const stamps = [];
    for (let i = 0; i < 61; i++) stamps.push(await frame());
    const gaps = stamps.slice(1).map((each, i) => each - stamps[i]).sort((a, b) => a - b);
    frameTime = gaps[30];
  }

  // Waits until the frame nearest to `ms` after the frame of `since`; returns its time stamp.
  async function until(since, ms) {
    let now;
    do now = await frame(); while (now - since < ms - frameTime / 2);
    return now;
  }

  async function fixate(ms) {
    const on = await frame();
    $("cross").style.visibility = ms ? "visible" : "hidden";
    if (ms) await until(on, ms);
    $("cross").style.visibility = "hidden";
  }

  // Shows one image, or two at once; returns the time stamps of the frames of onset and offset.
  async function expose(images, ms) {
    images.forEach((image, i) => draw(canvases[i], image));
    const on = await frame();
    images.forEach((image, i) => { canvases[i].style.visibility = "visible"; });
    if (!ms) return [on, on];
    const off = await until(on, ms);
    canvases.forEach((each) => { each.style.visibility = "hidden"; });
    return [on, off];
  }

  async function mask() {
    if (!config.timing.mask || !config.masks.length) return;
    const image = bitmaps.get(`masks/${config.masks[Math.floor(Math.random() * config.masks.length)]}`);
    const shown = config.design === "side-by-side" ? [image, image] : [image];
    await expose(shown, config.timing.mask);
  }

  // One trial ----------------------------------------------------------------------------------------------------------

  function answered(choices) {
    const buttons = [$("left"), $("right")];
    buttons.forEach((each) => { each.disabled = false; });
    return new Promise((done) => {
      const finish = (side, stamp) => {
        document.removeEventListener("keydown", byKey);
        buttons.forEach((each) => { each.disabled = true; each.onclick = null; });
        done([choices[side], stamp]);
      };
      const byKey = (event) => {
        const side = KEYS[event.key.toLowerCase()];
        if (side === undefined || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        finish(side, event.timeStamp);
      };
      document.addEventListener("keydown", byKey);
      buttons.forEach((each, side) => { each.onclick = (event) => finish(side, event.timeStamp); });
    });
  }

  async function run(trial, choices) {
    const { timing, design } = config;
    const images = trial.images.map((each) => bitmaps.get(`images/${each}`));
    const on = [], off = [];
    $("question").textContent = "";
    await fixate(timing.fixation);
    const groups = design === "side-by-side" ? [images] : images.map((each) => [each]);
    for (const [place, group] of groups.entries()) {
      if (place) await sleep(timing.between);
      // of a pair only the second image may stay until the answer
      const [first, last] = await expose(group, timing.exposure || (place < groups.length - 1 ? 1000 : 0));
      on.push(first);
      off.push(last);
      if (timing.exposure) await mask();
    }
    $("question").textContent = QUESTIONS[design];
    const [choice, stamp] = await answered(choices);
    canvases.forEach((each) => { each.style.visibility = "hidden"; });
    const found = { trial: trial.trial, choice, milliseconds: Math.max(0, stamp - off[off.length - 1]), on, off, frame: frameTime };
    const stored = source.answer(found);
    if (trial.right !== undefined) {
      const good = choice === trial.right;
      const word = WORDS[design][trial.right].toLowerCase();
      $("images").className = good ? "right" : "wrong";
      $("question").textContent = `${good ? "Right" : "Not so"}: ${
        { single: `it was ${word}`, pairs: `${word} was the fake`, "side-by-side": `the ${word} one is real` }[design]}.`;
      await sleep(timing.feedback);
      $("images").className = "";
    }
    $("question").textContent = "";
    await Promise.all([stored, sleep(timing.gap)]);
  }

  // The whole ----------------------------------------------------------------------------------------------------------

  function instructions(choices) {
    const words = WORDS[config.design];
    const how = {
      single: "You see one image at a time, for a short moment. Then say whether it was a real image or a fake made by a computer.",
      pairs: "You see two images, one after the other. One is real, the other a fake made by a computer. Then say which one was the fake.",
      "side-by-side": "You see two images side by side. Then say which one looks more real. If you cannot decide, guess.",
    }[config.design];
    return [how, `Keys: F for “${words[choices[0]]}”, J for “${words[choices[1]]}” (or the arrow keys, or the buttons).`,
      "A cross shows where to look. Some images are easy: they check that you are still looking."];
  }

  async function sitting(another) {
    const seat = await source.sit(another);
    if (seat.done) return;
    const { choices, trials } = seat;
    const practice = trials.filter((each) => each.right !== undefined).length;
    if (!seat.answered) {
      say(config.title, config.consent.split("\n"));
      $("form").hidden = false;
      $("agree").checked = false;
      await pressed("Begin", () => {
        if (!$("agree").checked) $("agree").focus();
        return $("agree").checked;
      }, $("agree"));
      $("form").hidden = true;
    }
    say("One moment", ["The images are loading.", ""]);
    await loadAll([...trials.flatMap((each) => each.images.map((name) => `images/${name}`)), ...config.masks.map((each) => `masks/${each}`)]);
    await measureFrames();
    await source.start({
      screen: [window.innerWidth, window.innerHeight], ratio: window.devicePixelRatio, frame: frameTime,
      touch: navigator.maxTouchPoints > 0, colour: $("colour").value,
    });
    say("What to do", instructions(choices));
    await pressed(practice && !seat.answered ? "Start the practice" : "Continue");
    [$("left"), $("right")].forEach((each, side) => {
      each.textContent = `${WORDS[config.design][choices[side]]} (${"FJ"[side]})`;
      each.disabled = true;
    });
    canvases[1].className = config.design === "side-by-side" ? "" : "unused";
    for (const [place, trial] of trials.entries()) {
      if (place < seat.answered) continue;
      if (practice && place === practice) {
        say("That was the practice", ["From here on nothing says whether you are right.", ...instructions(choices).slice(1)]);
        await pressed("Start");
      }
      $("text").hidden = true;
      $("stage").hidden = false;
      document.body.classList.add("showing");
      $("progress").textContent = place < practice ? `Practice ${place + 1} of ${practice}` : `${place - practice + 1} of ${trials.length - practice}`;
      await run(trial, choices);
    }
    await source.done();
  }

  async function main() {
    config = await (await fetch("config.json", { cache: "no-store" })).json();
    document.title = config.title;
    source = config.mode === "server" ? server : files;
    try {
      for (let another = false; ; another = true) {
        await sitting(another);
        say("Thank you", ["All answers are stored. You may close this page."]);
        if (source === files) return finish();
        await pressed("Let the next person begin");
      }
    } catch (error) {
      say("The study cannot go on here", [error instanceof Refused ? error.message : `Something failed: ${error}`]);
    }
  }

  function finish() {
    if (window.jatos && jatos.submitResultData) {
      jatos.submitResultData(files.text()).then(() => jatos.endStudy());
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([files.text()], { type: "application/json" }));
    link.download = `answers-${config.study}-seat-${files.own.seat}.json`;
    link.textContent = "Save the file with your answers";
    const line = document.createElement("p");
    line.append(link, ", and send it to those who asked you.");
    $("words").replaceChildren(line);
    link.focus();
  }

  window.addEventListener("DOMContentLoaded", () => (window.jatos && jatos.onLoad ? jatos.onLoad(main) : main()));
})();
