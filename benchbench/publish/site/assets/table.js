// Tables that sort and filter (DataTables), and what a cell tells on hover and focus.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const common = { autoWidth: false, order: [], orderMulti: false };
  const index = document.getElementById("index");
  if (index) {
    new DataTable(index, {
      ...common, paging: false, info: false,
      layout: { topStart: "search", topEnd: null, bottomStart: null, bottomEnd: null },
      language: { search: "Filter tasks" },
    });
  }
  const board = document.getElementById("board");
  if (board) makeBoard(board, common);
  openRecord();
  window.addEventListener("hashchange", openRecord);

  function makeBoard(board, common) {
    const number = board.tBodies[0].rows.length;
    const columns = [...board.tHead.rows[0].cells].map((cell, place) => place === 1 ? { type: "string" }
      : cell.matches(".tier") ? { type: "string", searchable: false } : {
      type: "num", searchable: false,
      orderSequence: cell.dataset.better === "higher is better" ? ["desc", "asc", ""] : ["asc", "desc", ""],
    });
    const table = new DataTable(board, {
      ...common, columns, paging: number > 100, pageLength: 100, lengthMenu: [50, 100, 500],
      layout: { topStart: "search", topEnd: null, bottomStart: "info", bottomEnd: number > 100 ? "paging" : null },
      language: {
        search: "Filter methods", info: "_TOTAL_ rows", infoEmpty: "no row", infoFiltered: " of _MAX_",
        zeroRecords: "No method has this in its name.",
      },
    });
    const references = number - [...board.tBodies[0].rows].filter((row) => !row.classList.contains("reference")).length;
    if (references) addReferenceFilter(table, board);
    if (board.dataset.tiers) addTierFilter(table, board);
    addTips(board);
  }

  function addReferenceFilter(table, board) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true, id: "references" });
    label.append(box, " reference rows (they read the answers)");
    label.className = "references";
    board.closest(".dt-container").querySelector(".dt-search").append(label);
    box.addEventListener("change", () => {
      const keep = (words, data, place) => box.checked || !table.row(place).node().classList.contains("reference");
      table.search.fixed("references", keep).draw();
    });
  }

  // Letters go down as tiers go up: A is the highest.
  function addTierFilter(table, board) {
    const tiers = board.dataset.tiers.split(";").map((each) => each.split("|"));
    const label = document.createElement("label");
    const choice = Object.assign(document.createElement("select"), { id: "tier" });
    choice.append(new Option("every tier", "Z"));
    for (const [letter, name] of tiers.slice(1)) choice.append(new Option(`${letter} ${name}, or higher`, letter));
    label.append("Tier ", choice);
    label.className = "tiers";
    board.closest(".dt-container").querySelector(".dt-search").append(label);
    choice.addEventListener("change", () => {
      const keep = (words, data, place) =>
        table.row(place).node().querySelector("td.tier").dataset.tier <= choice.value;
      table.search.fixed("tier", keep).draw();
    });
  }

  function addTips(board) {
    const { texts, rows } = JSON.parse(document.getElementById("data").textContent).tips;
    const tip = Object.assign(document.createElement("div"), { id: "tip", hidden: true });
    tip.setAttribute("role", "tooltip");
    document.body.append(tip);
    const cells = () => [...board.tBodies[0].rows].map((row) => [...row.cells]);
    const places = [...board.tHead.rows[0].cells].flatMap((cell, place) => cell.classList.contains("number") ? [place] : []);
    let stop = cells()[0]?.[places[0]];
    for (const row of cells()) for (const place of places) if (row[place]) row[place].tabIndex = -1;
    if (stop) stop.tabIndex = 0;  // one stop of the tab key; arrows go on from there

    const linesOf = (cell) => {
      const score = rows[cell.parentElement.dataset.row][places.indexOf(cell.cellIndex)];
      if (!score) return ["no score"];
      const [value, low, high, n, id, kind, weights, detail, flag] = score;
      const word = (place) => texts[place];
      return [
        low === null ? `${value}` : `${value}, 95 %: ${low} to ${high}`,
        word(kind) || "no error is known", `n = ${n}`, word(id),
        word(weights) && `weights ${word(weights)}`, word(detail), word(flag) && `† ${word(flag)}`,
      ].filter(Boolean);
    };
    const show = (cell) => {
      const lines = linesOf(cell).map((words) => Object.assign(document.createElement("div"), { textContent: words }));
      tip.replaceChildren(...lines);
      tip.hidden = false;
      cell.setAttribute("aria-describedby", "tip");
      const at = cell.getBoundingClientRect();
      const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8));
      const below = at.bottom + tip.offsetHeight + 8 < window.innerHeight;
      tip.style.left = `${left + window.scrollX}px`;
      tip.style.top = `${(below ? at.bottom + 4 : at.top - tip.offsetHeight - 4) + window.scrollY}px`;
    };
    const hide = () => { tip.hidden = true; };
    const scored = (event) => event.target.closest?.("tbody td.number");
    board.addEventListener("pointerover", (event) => { const cell = scored(event); if (cell) show(cell); else hide(); });
    board.addEventListener("pointerleave", hide);
    board.addEventListener("focusin", (event) => {
      const cell = scored(event);
      if (!cell) return hide();
      if (stop) stop.tabIndex = -1;
      stop = cell;
      stop.tabIndex = 0;
      show(cell);
    });
    board.addEventListener("focusout", hide);
    board.parentElement.addEventListener("scroll", hide);
    board.addEventListener("keydown", (event) => {
      const cell = scored(event);
      if (event.key === "Escape") return hide();
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!cell || !step) return;
      const shown = cells();
      const row = shown.findIndex((each) => each.includes(cell)) + step[0];
      const next = shown[row]?.[places[places.indexOf(cell.cellIndex) + step[1]]];
      event.preventDefault();
      if (next?.matches("td.number")) next.focus();
    });
  }

  function openRecord() {
    const found = location.hash.startsWith("#record-") && document.getElementById(location.hash.slice(1));
    if (!found) return;
    found.open = true;
    found.scrollIntoView();
  }
});
