// The plots (plotly). Everything that is drawn comes from the page's own data; names are shown as text, never as markup.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const source = document.getElementById("data");
  if (!source || !window.Plotly) return;
  const data = JSON.parse(source.textContent);
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showAxisDragHandles: false };
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const number = (value) => Number(value).toPrecision(4).replace(/\.?0+($|e)/, "$1");
  const style = () => {
    const found = getComputedStyle(document.documentElement);
    const colour = (name) => found.getPropertyValue(`--${name}`).trim();
    return {
      ink: colour("ink"), dim: colour("dim"), line: colour("line"), paper: colour("paper"), ranked: colour("ranked"),
      front: colour("front"), reference: colour("reference"), truth: colour("truth"), wrong: colour("wrong"),
    };
  };
  const narrow = () => window.innerWidth < 640;
  const axis = (look, title, more = {}) => ({
    title: { text: plain(title), standoff: 8, font: { size: 13 } }, gridcolor: look.line, zerolinecolor: look.line,
    linecolor: look.line, tickfont: { color: look.dim, size: 12 }, fixedrange: true, automargin: true, ...more,
  });
  const layout = (look, more) => ({
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false, hovermode: "closest",
    font: { family: "system-ui, sans-serif", size: 13, color: look.ink },
    hoverlabel: { bgcolor: look.paper, bordercolor: look.dim, font: { color: look.ink, size: 13 }, align: "left" },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 12 } },
    margin: { l: 56, r: 16, t: 40, b: 48 }, ...more,
  });

  const bars = (points, at) => ({
    type: "data", symmetric: false, thickness: 1, width: 0,
    array: points.map((p) => p[at][2] === null ? 0 : Math.max(0, p[at][2] - p[at][0])),
    arrayminus: points.map((p) => p[at][1] === null ? 0 : Math.max(0, p[at][0] - p[at][1])),
  });
  const told = (name, spot) => `${plain(name)} ${number(spot[0])}` +
    (spot[1] === null ? "" : ` (95 %: ${number(spot[1])} to ${number(spot[2])})`);

  function cloud(look, view, points, more) {
    return {
      type: "scatter", mode: "markers", x: points.map((p) => p.x[0]), y: points.map((p) => p.y[0]),
      error_x: { ...bars(points, "x"), color: more.marker.color }, error_y: { ...bars(points, "y"), color: more.marker.color },
      customdata: points.map((p) => p.row), hoverinfo: "text",
      hovertext: points.map((p) => `<b>${plain(p.label)}</b>, ${p.reference ? "reads the answers" : `rank ${plain(p.rank)}`}<br>` +
        `${told(view.x, p.x)}<br>${told(view.y, p.y)}`),
      ...more,
    };
  }

  // Labels beside points where there is room: the front first, references last; the others are shown on hover.
  function labels(look, points, box, range, lines) {
    const taken = [], lightly = [];  // lightly: bars and lines, which a ranked row's label may cross
    const at = (x, y) => [(x - range.x[0]) / (range.x[1] - range.x[0]) * box[0], (1 - (y - range.y[0]) / (range.y[1] - range.y[0])) * box[1]];
    const px = (p) => at(p.x[0], p.y[0]);
    const hits = (a, boxes) => boxes.some((b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]);
    for (const p of points) {
      const [x, y] = px(p);
      taken.push([x - 5, y - 5, x + 5, y + 5]);
      if (p.x[1] !== null) lightly.push([at(p.x[1], 0)[0], y - 1, at(p.x[2], 0)[0], y + 1]);
      if (p.y[1] !== null) lightly.push([x - 1, at(0, p.y[2])[1], x + 1, at(0, p.y[1])[1]]);
    }
    for (const [from, to] of lines) {
      const [a, b] = [at(...from), at(...to)], steps = Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / 6) || 1;
      for (let i = 0; i <= steps; i += 1) {
        const x = a[0] + (b[0] - a[0]) * i / steps, y = a[1] + (b[1] - a[1]) * i / steps;
        lightly.push([x - 1, y - 1, x + 1, y + 1]);
      }
    }
    // A label that comes near another point would be read as that one's.
    const around = (own) => points.filter((p) => p !== own).map(px).map(([x, y]) => [x - 14, y - 14, x + 14, y + 14]);
    const order = [...points].sort((a, b) => (a.reference - b.reference) || ((b.front || 0) - (a.front || 0)) || ((b.best || 0) - (a.best || 0)));
    const found = [];
    for (const p of order) {
      const [x, y] = px(p);
      const text = p.label.length > 28 ? `${p.label.slice(0, 27)}…` : p.label;
      const w = text.length * 6.6 + 4, h = 14;
      const places = [
        ["left", "middle", 8, 0, [x + 8, y - h / 2, x + 8 + w, y + h / 2]], ["right", "middle", -8, 0, [x - 8 - w, y - h / 2, x - 8, y + h / 2]],
        ["center", "bottom", 0, -6, [x - w / 2, y - 6 - h, x + w / 2, y - 6]], ["center", "top", 0, 6, [x - w / 2, y + 6, x + w / 2, y + 6 + h]],
        ["left", "bottom", 6, -4, [x + 6, y - 4 - h, x + 6 + w, y - 5]], ["left", "top", 6, 4, [x + 6, y + 5, x + 6 + w, y + 4 + h]],
        ["right", "bottom", -6, -4, [x - 6 - w, y - 4 - h, x - 6, y - 5]], ["right", "top", -6, 4, [x - 6 - w, y + 5, x - 6, y + 4 + h]],
      ];
      const free = places.filter(([, , , , a]) => a[0] > 0 && a[2] < box[0] + 8 && a[1] > -8 && a[3] < box[1] + 4 && !hits(a, taken) && !hits(a, around(p)));
      const place = free.find(([, , , , a]) => !hits(a, lightly)) || (p.reference ? undefined : free[0]);
      if (!place) continue;
      taken.push(place[4]);
      found.push({ x: p.x[0], y: p.y[0], text: plain(text), showarrow: false, xanchor: place[0], yanchor: place[1], xshift: place[2], yshift: -place[3],
        font: { size: 12, color: p.reference ? look.dim : look.ink } });
    }
    return found;
  }

  const padded = (values, share) => {
    const low = Math.min(...values), high = Math.max(...values), room = (high - low || Math.abs(high) || 1) * share;
    return [low - room, high + room];
  };
  // Far-off points are named below the plot, and do not stretch it: the window says what is shown.
  const within = (view) => {
    const [x, y] = [view.window.x, view.window.y], slack = (ends) => (ends[1] - ends[0] || Math.abs(ends[1]) || 1) * 1e-9;
    return view.points.filter((p) => [[p.x[0], x], [p.y[0], y]].every(([v, e]) => v >= e[0] - slack(e) && v <= e[1] + slack(e)));
  };
  const spread = (points, at, more = []) => {
    const values = points.map((p) => p[at][0]), low = Math.min(...values, ...more), high = Math.max(...values, ...more);
    const room = (high - low || Math.abs(high) || 1) * 0.5;  // an interval may reach half a plot beyond the points, no more
    const ends = points.flatMap((p) => p[at].slice(1).filter((v) => v !== null)).map((v) => Math.min(high + room, Math.max(low - room, v)));
    return padded([...values, ...ends, ...more], 0.07);
  };
  const kinds = (points) => [points.filter((p) => !p.reference && !p.front), points.filter((p) => p.front), points.filter((p) => p.reference)];

  // With `logarithmic` the range, the lines and the places of labels across are logarithms; what is drawn is not.
  function scatter(id, look, view, range, extra, shapes, annotations, lines, logarithmic = false) {
    const [ranked, front, references] = kinds(view.points);
    const traces = [...extra];
    if (references.length) traces.push(cloud(look, view, references, { name: "reference rows", marker: { color: look.reference, symbol: "diamond-open", size: 9, line: { width: 1.5 } } }));
    if (ranked.length) traces.push(cloud(look, view, ranked, { name: "ranked", marker: { color: look.ranked, size: 9 } }));
    if (front.length) traces.push(cloud(look, view, front, { name: "on the front", marker: { color: look.front, symbol: "square", size: 10 } }));
    const element = document.getElementById(id);
    const height = narrow() ? 380 : 480;
    const box = [element.clientWidth - 72, height - 96];
    const every = logarithmic ? view.points.map((p) => ({ ...p, x: logarithms(p.x) })) : view.points;
    const inside = (p) => [[p.x[0], range.x], [p.y[0], range.y]].every(([v, ends]) => v >= ends[0] && v <= ends[1]);
    const spots = every.filter(inside);
    const few = spots.length <= (narrow() ? 16 : 40);
    const named = labels(look, few ? spots : spots.filter((p) => p.front || p.best), box, range, lines);
    Plotly.react(element, traces, layout(look, {
      height, xaxis: axis(look, view.x, { range: range.x, ...(logarithmic ? { type: "log", exponentformat: "power" } : {}) }), yaxis: axis(look, view.y, { range: range.y }),
      shapes, annotations: [...annotations, ...named],
    }), config);
  }

  const logarithms = (values) => values.map((v) => v === null ? null : Math.log10(v));

  function drawCost(look, id, view) {
    if (!view) return;
    const front = view.points.filter((p) => p.front).sort((a, b) => a.x[0] - b.x[0]);
    const line = front.length > 1 ? [{ type: "scatter", mode: "lines", x: front.map((p) => p.x[0]), y: front.map((p) => p.y[0]), line: { color: look.front, width: 1.5, shape: "hv" }, hoverinfo: "skip", name: "Pareto front" }] : [];
    const shown = within(view), flat = shown.map((p) => ({ ...p, x: logarithms(p.x) }));
    const truth = view.oracle === null || view.oracle === undefined ? [] : [view.oracle];
    const range = { x: spread(flat, "x"), y: spread(shown, "y", truth) };
    const shapes = truth.map((y) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: look.truth, width: 1.5, dash: "dot" } }));
    const said = truth.map((y) => ({ xref: "paper", x: 1, y, xanchor: "right", yanchor: "bottom", showarrow: false, text: "the oracle", font: { color: look.truth, size: 12 } }));
    const lines = front.slice(1).map((p, i) => [[Math.log10(front[i].x[0]), front[i].y[0]], [Math.log10(p.x[0]), p.y[0]]]);
    truth.forEach((y) => lines.push([[range.x[0], y], [range.x[1], y]]));
    scatter(id, look, view, range, line, shapes, said, lines, true);
  }

  function drawCurves(look) {
    const view = data.curves;
    if (!view) return;
    const told = new Set();
    const traces = view.lines.map((l) => {
      const kind = l.why ? "unfinished" : "finished", first = !told.has(kind);
      told.add(kind);
      return {
        type: "scatter", mode: "lines", name: kind, legendgroup: kind, showlegend: first, customdata: l.points.map(() => l.row),
        x: l.points.map((p) => p[0]), y: l.points.map((p) => p[1]), line: { color: l.why ? look.dim : look.ranked, width: 1.5, dash: l.why ? "dot" : "solid" },
        hoverinfo: "text", hovertext: l.points.map((p) => `<b>${plain(l.label)}</b>${l.seed === null ? "" : `, training seed ${l.seed}`}<br>after ${p[0]} steps ${number(p[1])}${p[2] === null ? "" : ` ± ${number(p[2])}`}${l.why ? `<br>${plain(l.why)}` : ""}`),
      };
    });
    Plotly.react("plot-curves", traces, layout(look, { height: narrow() ? 320 : 400, xaxis: axis(look, "steps", { rangemode: "tozero" }), yaxis: axis(look, view.y) }), config);
  }

  function drawRealism(look) {
    const view = data.realism;
    if (!view) return;
    const front = view.points.filter((p) => p.front).sort((a, b) => a.x[0] - b.x[0]);
    const line = front.length > 1 ? [{ type: "scatter", mode: "lines", x: front.map((p) => p.x[0]), y: front.map((p) => p.y[0]), line: { color: look.front, width: 1.5, dash: "solid" }, hoverinfo: "skip", name: "Pareto front" }] : [];
    const truth = view.truth === null ? [] : [{ type: "line", x0: view.truth, x1: view.truth, y0: 0, y1: 1, yref: "paper", line: { color: look.truth, width: 1.5, dash: "dot" } }];
    const said = view.truth === null ? [] : [{ x: view.truth, y: 0, yref: "paper", xanchor: "left", yanchor: "bottom", xshift: 4, showarrow: false, text: "the truth", font: { color: look.truth, size: 12 } }];
    const range = { x: spread(within(view), "x", view.truth === null ? [] : [view.truth]), y: spread(within(view), "y") };
    const lines = front.slice(1).map((p, i) => [[front[i].x[0], front[i].y[0]], [p.x[0], p.y[0]]]);
    if (view.truth !== null) lines.push([[view.truth, range.y[0]], [view.truth, range.y[1]]]);
    scatter("plot-realism", look, view, range, line, truth, said, lines);
  }

  function drawEnergy(look) {
    const view = data.energy;
    if (!view) return;
    const range = { x: spread(within(view), "x"), y: spread(within(view), "y") };
    const [left, right] = range.x, shapes = [], said = [];
    const scores = within(view).map((p) => p.y[0] - p.x[0] / 2);
    const low = Math.min(...scores), high = Math.max(...scores);
    const rough = (high - low || Math.abs(high) || 1) / 4, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
    const height = narrow() ? 280 : 380;
    for (let k = Math.floor(low / step); k <= Math.ceil(high / step); k += 1) {
      const score = k * step;
      shapes.push({ type: "line", layer: "below", x0: left, x1: right, y0: score + left / 2, y1: score + right / 2, line: { color: look.line, width: 1 } });
      const edge = Math.min(right, (range.y[1] - score) * 2), y = score + edge / 2;
      const near = (p) => Math.abs(p.y[0] - y) < (range.y[1] - range.y[0]) * 24 / height && p.x[0] > edge - (right - left) * (narrow() ? 0.25 : 0.1) && p.x[0] < edge + (right - left) * 0.02;
      const inside = edge > left + (right - left) * 0.1 && y > range.y[0];
      if (inside && !view.points.some(near)) said.push({ x: edge, y, text: `score ${number(score)}`, showarrow: false, xanchor: "right", yanchor: "bottom", font: { size: 11, color: look.dim } });
    }
    const end = Math.min(right, range.y[1]);
    const from = Math.max(left, range.y[0]);
    shapes.push({ type: "line", x0: from, x1: end, y0: from, y1: end, line: { color: look.truth, width: 1.5, dash: "dot" } });
    const middle = from + (end - from) * 0.62;
    said.push({ x: middle, y: middle, text: "as sure as it should be", showarrow: false, xanchor: "right", yanchor: "bottom", xshift: -4, yshift: 2, font: { size: 12, color: look.truth } });
    const reach = (right - left) * 0.02;
    scatter("plot-energy", look, view, range, [], shapes, said, [[[from, from], [end, end]], [[middle - 9 * reach, middle + reach / 2], [middle, middle + reach / 2]]]);
  }

  function drawConditions(look) {
    const view = data.conditions;
    if (!view) return;
    const boxes = [...view.boxes].reverse();
    const place = boxes.map((_, i) => i);
    const at = (q) => boxes.map((b) => b.quantiles[q]);
    const box = (kept, name, colour) => ({
      type: "box", orientation: "h", name, y: kept.map((i) => place[i]), lowerfence: kept.map((i) => at(0)[i]), q1: kept.map((i) => at(1)[i]),
      median: kept.map((i) => at(2)[i]), q3: kept.map((i) => at(3)[i]), upperfence: kept.map((i) => at(4)[i]), customdata: kept.map((i) => boxes[i].row),
      line: { color: colour, width: 1.5 }, fillcolor: "rgba(0,0,0,0)", hoverinfo: "skip", showlegend: true,
    });
    const ranked = place.filter((i) => !boxes[i].reference), references = place.filter((i) => boxes[i].reference);
    const traces = [];
    if (ranked.length) traces.push(box(ranked, "ranked", look.ranked));
    if (references.length) traces.push(box(references, "reference rows", look.reference));
    traces.push({
      type: "scatter", mode: "markers", name: "mean", x: boxes.map((b) => b.mean), y: place, marker: { color: look.front, size: 6 }, customdata: boxes.map((b) => b.row),
      hoverinfo: "text", hovertext: boxes.map((b) => `<b>${plain(b.label)}</b><br>mean ${number(b.mean)}, median ${number(b.quantiles[2])}<br>middle half ${number(b.quantiles[1])} to ${number(b.quantiles[3])}, ${b.n} conditions`),
    });
    const short = (label) => plain(label.length > (narrow() ? 14 : 30) ? `${label.slice(0, narrow() ? 13 : 29)}…` : label);
    Plotly.react("plot-conditions", traces, layout(look, {
      height: 110 + 26 * boxes.length, boxgap: 0.35,
      shapes: view.oracle === null ? [] : [{ type: "line", layer: "below", yref: "paper", x0: view.oracle, x1: view.oracle, y0: 0, y1: 1, line: { color: look.truth, width: 1.5, dash: "dot" } }],
      xaxis: axis(look, view.arrow, { side: "bottom", ...(view.outside.length ? { range: padded(view.range, 0.05) } : {}) }),
      yaxis: axis(look, "", { title: { text: "" }, tickvals: place, ticktext: boxes.map((b) => short(b.label)), range: [-0.7, boxes.length - 0.3], showgrid: false, zeroline: false, tickfont: { color: look.ink, size: 12 } }),
      margin: { l: 8, r: 16, t: 36, b: 44 },
    }), config);
  }

  function drawPeople(look) {
    if (!data.people) return;
    const view = data.people.metrics[document.getElementById("people-metric").value];
    const range = { x: spread(view.points, "x"), y: spread(view.points, "y") };
    scatter("plot-people", look, view, range, [], [], [], []);
  }

  function drawCalibration(look) {
    const view = data.calibration;
    if (!view) return;
    const metric = document.getElementById("calibration-metric").value;
    const dials = view.dials.filter((dial) => dial.answers[metric]);
    const across = narrow() ? 2 : dials.length, down = Math.ceil(dials.length / across);
    const traces = [], more = { annotations: [], showlegend: false, height: down * 220 + 60, grid: { rows: down, columns: across, pattern: "independent", xgap: 0.12, ygap: 0.4 }, margin: { l: 48, r: 8, t: 44, b: 32 } };
    const every = dials.flatMap((dial) => { const a = dial.answers[metric]; return a.values.flatMap((v, i) => [v - 2 * (a.errors[i] || 0), v + 2 * (a.errors[i] || 0)]); });
    dials.forEach((dial, i) => {
      const answer = dial.answers[metric], end = i ? i + 1 : "";
      const colour = { sees: look.truth, wrong: look.wrong, blind: look.dim, flat: look.dim, unknown: look.dim }[answer.verdict] || look.ranked;
      traces.push({
        type: "scatter", mode: "lines+markers", x: answer.settings.map((_, k) => k), y: answer.values, xaxis: `x${end}`, yaxis: `y${end}`,
        error_y: { type: "data", array: answer.errors.map((e) => 2 * (e || 0)), thickness: 1, width: 3, color: colour }, line: { color: colour, width: 2 }, marker: { size: 6, color: colour },
        hoverinfo: "text", hovertext: answer.values.map((v, k) => `${plain(dial.dial)} ${answer.settings[k]}<br>${number(v)}${answer.errors[k] === null ? "" : ` ± ${number(answer.errors[k])}`}`),
      });
      more[`xaxis${end}`] = axis(look, "", { title: { text: "" }, tickvals: answer.settings.map((_, k) => k), ticktext: answer.settings.map(String), range: [-0.3, answer.settings.length - 0.7], showgrid: false });
      more[`yaxis${end}`] = axis(look, "", { title: { text: "" }, range: padded(every, 0.06), nticks: 5, showticklabels: i % across === 0 });
      more.annotations.push({ text: `<b>${plain(dial.dial)}</b> ${plain(answer.mark)}`, xref: `x${end} domain`, yref: `y${end} domain`, x: 0, y: 1, yanchor: "bottom", xanchor: "left", showarrow: false, yshift: 4, font: { size: 13, color: colour } });
    });
    Plotly.react("plot-calibration", traces, layout(look, more), config);
  }

  const draw = () => { const look = style(); drawRealism(look); drawEnergy(look); drawConditions(look); drawCost(look, "plot-sampling", data.sampling); drawCost(look, "plot-training", data.training); drawCost(look, "plot-training-gpu", data.training_gpu); drawCurves(look); drawPeople(look); drawCalibration(look); };
  draw();
  document.addEventListener("benchbench-theme", draw);
  document.getElementById("calibration-metric")?.addEventListener("change", () => drawCalibration(style()));
  document.getElementById("people-metric")?.addEventListener("change", () => drawPeople(style()));
  let width = window.innerWidth;
  window.addEventListener("resize", () => { if (window.innerWidth !== width) { width = window.innerWidth; draw(); } });
});
