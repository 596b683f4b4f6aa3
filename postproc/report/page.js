// SPDX-License-Identifier: GPL-2.0-only
// Makes the page's pictures interactive. The data are attributes of the legends;
// texts come from the page and go back only as text, never as markup.
"use strict";
(() => {
const LEVELS = 8;
const units = {
  latency: [[1e9, " s"], [1e6, " ms"], [1e3, " µs"], [1, " ns"]],
  rate: [[1e6, "M"], [1e4, "k", 1e3], [1, ""]],
  time: [[86400, " d"], [3600, " h"], [60, " min"], [1, " s"],
         [1e-12, " ms", 1e-3]],
};

// A value for people, with three digits, as the pictures have it.
function shown(axis, value) {
  if (axis === "quantile")
    return (100 - 100 * 10 ** -value).toFixed(Math.max(0,
      Math.ceil(value - 1e-9) - 2)) + " %";
  if (!value)
    return "0";
  const [from, unit, by] = units[axis].find(u => value >= u[0] * 0.9995) ||
    units[axis].at(-1);
  return String(+(value / (by || from)).toPrecision(3)) + unit;
}

function colour(element, name) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

// Nothing is a gap in the line (NaN). Where two lines have other x, Dygraphs
// goes over the x without a value of the line (null).
const numbers = text => text.split(",").map(v => v === "" ? NaN : +v);

// Lines need not have the same x. Dygraphs wants rows, each with one x.
function rowsOf(lines) {
  const rows = new Map();
  lines.forEach((line, k) => line.y.forEach((y, i) => {
    const x = +(line.x0 + i * line.dx).toPrecision(12);
    if (!rows.has(x))
      rows.set(x, [x, ...lines.map(() => null)]);
    rows.get(x)[k + 1] = y;
  }));
  return [...rows.values()].sort((a, b) => a[0] - b[0]);
}

function readMap(item, figure) {
  const cells = item.dataset.cells.split(";").map(
    row => row.split(",").map(Number));
  const names = [...figure.querySelectorAll("ol li")].map(
    li => li.textContent);
  return {cells, names, dx: +item.dataset.dx, low: +item.dataset.low,
          step: +item.dataset.step,
          most: cells.reduce((m, row) => row.reduce(
            (n, v) => v > n ? v : n, m), 0)};
}

// Row i of a map lies between these two values of the axis y.
function bounds(map, i) {
  return map.names.length ? [map.names.length - 1 - i, map.names.length - i]
    : [map.low * map.step ** i, map.low * map.step ** (i + 1)];
}

function level(map, count) {
  return Math.ceil(LEVELS * (map.names.length ? count / map.most
    : Math.log1p(count) / Math.log1p(map.most)));
}

function paintMap(map, figure, context, graph) {
  const colours = Array.from({length: LEVELS + 1},
    (_, i) => colour(figure, `--h${i}`));
  map.cells.forEach((row, i) => {
    const [low, high] = bounds(map, i).map(v => graph.toDomYCoord(v));
    row.forEach((count, k) => {
      if (!count)
        return;
      const left = graph.toDomXCoord(k * map.dx);
      context.fillStyle = colours[level(map, count)];
      context.fillRect(left, high,
        graph.toDomXCoord((k + 1) * map.dx) - left + 0.5, low - high + 0.5);
    });
  });
}

// What is below the mouse, in words.
function cellAt(map, unit, x, y) {
  const k = Math.floor(x / map.dx);
  const i = map.cells.findIndex((_, n) => {
    const [low, high] = bounds(map, n);
    return y >= low && y < high;
  });
  if (i < 0 || k < 0 || k >= map.cells[i].length)
    return "";
  const [low, high] = bounds(map, i);
  return `at ${shown("time", k * map.dx)}: ` + (map.names.length
    ? map.names[i] : `${shown("latency", low)} to ${shown("latency", high)}`) +
    `: ${map.cells[i][k]} ${unit}`;
}

const timed = []; // the charts over time
let stretch = null; // what they show: from and to, in s; null: all
const notice = document.createElement("p");

// A chart that has little or nothing in that stretch shows all of its time.
function stretchOf(graph) {
  if (!stretch)
    return null;
  const [from, to] = stretch, [first, last] = graph.xAxisExtremes();
  return Math.min(to, last) - Math.max(from, first) > (to - from) / 10
    ? stretch : null;
}

// All charts over time show the same stretch, from each operation's start on.
function showStretch(from, to, but) {
  stretch = from === null ? null : [from, to];
  for (const graph of timed)
    if (graph !== but)
      graph.updateOptions({dateWindow: stretchOf(graph)});
  notice.hidden = !stretch;
  if (stretch)
    notice.firstChild.textContent = `All charts show ${shown("time", from)} to ` +
      `${shown("time", to)} after the start of their operation. An operation ` +
      "that was not at work then is shown as a whole. ";
}

function zoomTogether(graph, live) {
  timed.push(graph);
  graph.updateOptions({dateWindow: stretchOf(graph), zoomCallback(from, to) {
    showStretch(graph.isZoomed("x") ? from : null, to, graph);
  }});
  live.addEventListener("dblclick", () => showStretch(null));
}

function prepareNotice() {
  const button = document.createElement("button");
  button.textContent = "Show all";
  button.onclick = () => showStretch(null);
  notice.append("", button);
  notice.className = "stretch";
  notice.hidden = true;
  notice.setAttribute("role", "status");
  document.body.append(notice);
}

// Where an axis has its labels: the same places as in the pictures.
function ticks(axis, low, high, most, map) {
  if (axis === "threads") {
    // Of several hosts their names, at their first threads; of one the threads.
    const host = name => name.replace(/ \d+$/, "");
    const several = new Set(map.names.map(host)).size > 1;
    const named = map.names.map((name, i) => ({
      v: map.names.length - i - 0.5,
      label: several ? host(name) : name.slice(host(name).length + 1)
    })).filter((row, i, all) => !i || row.label !== all[i - 1].label);
    return named.filter((_, i) => i % Math.ceil(named.length / most) === 0);
  }
  const at = [];
  if (axis === "quantile")
    at.push(Math.log10(2), 1, 2, 3, 4, 5, 6);
  else if (axis === "latency" && high / low > 4)
    for (let e = Math.floor(Math.log10(low)); 10 ** e <= high; e++)
      at.push(...(high / low > 100 ? [1] : [1, 2, 5]).map(f => f * 10 ** e));
  else {
    const rough = (high - low) / most, unit = 10 ** Math.floor(Math.log10(rough));
    const times = [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600,
                   43200, 86400, 172800];
    const step = axis === "time" && high - low > 90 && times.find(s => s >= rough) ||
      unit * (rough <= unit * 2 ? 2 : rough <= unit * 5 ? 5 : 10);
    for (let k = Math.ceil(low / step); k * step <= high; k++)
      at.push(k * step);
  }
  return at.filter(v => v >= low && v <= high).map(
    v => ({v, label: shown(axis, v)}));
}

function options(figure, out, lines, map) {
  const {x, y} = figure.dataset;
  const say = text => { out.textContent = text; };
  return {
    labels: ["x", ...lines.map(l => l.name)],
    colors: lines.map(l => colour(figure, `--${l.colour}`)),
    stepPlot: "steps" in figure.dataset, logscale: y === "latency",
    legend: "never", labelsKMB: false, strokeWidth: map ? 0 : 1.6,
    drawGrid: true, gridLineColor: colour(figure, "--rule"),
    axisLineColor: colour(figure, "--rule"), highlightCircleSize: map ? 0 : 3,
    includeZero: y === "rate", connectSeparatedPoints: lines.length > 1,
    // Fingers scroll the page, and a tap shows values.
    interactionModel: {...Dygraph.defaultInteractionModel, touchstart() {},
                       touchmove() {}, touchend() {}},
    animatedZooms: false, xRangePad: 0, yRangePad: map ? 0 : 8,
    series: Object.fromEntries(lines.filter(l => l.dashed).map(
      l => [l.name, {strokePattern: [6, 4]}])),
    axes: {
      x: {ticker: (a, b, pixels) => ticks(x, a, b, pixels / 80),
          axisLabelWidth: 70},
      y: {ticker: (a, b, pixels) => ticks(y, a, b, pixels / 40, map),
          axisLabelWidth: 58},
    },
    highlightCallback: (event, at, points) => map || say(
      `${x === "time" ? "at " : ""}${shown(x, at)}: ` + points.map(
        p => `${p.name} ${shown(y, p.yval)}`).join(", ")),
    unhighlightCallback: () => say(""),
  };
}

function toggles(graph, items) {
  items.forEach((item, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = item.textContent;
    button.setAttribute("aria-pressed", "true");
    button.onclick = () => {
      const on = !graph.visibility()[i];
      graph.setVisibility(i, on);
      item.classList.toggle("off", !on);
      button.setAttribute("aria-pressed", String(on));
    };
    item.replaceChildren(button);
  });
}

// The rows of a map as small pictures with one scale, the hosts' sums if the
// rows are threads of many.
function multiples(map, figure) {
  const sums = new Map();
  const hosts = new Set(map.names.map(n => n.replace(/ \d+$/, "")));
  map.cells.forEach((row, i) => {
    const name = hosts.size > 1 ? map.names[i].replace(/ \d+$/, "")
      : map.names[i];
    const sum = sums.get(name) || row.map(() => 0);
    sums.set(name, sum.map((v, k) => v + (row[k] || 0)));
  });
  // Names of the stragglers, and of their hosts, are in the table.
  const late = new Set([...figure.parentElement.querySelectorAll(
    `details[data-run="${figure.dataset.run}"] tr.bad`)].flatMap(row => {
      const [host, thread] = [...row.cells].map(cell => cell.textContent.trim());
      return [host, `${host} ${thread}`];
    }));
  const most = Math.max(1, ...[...sums.values()].map(s => Math.max(...s)));
  const grid = document.createElement("div");
  grid.className = "multiples";
  for (const [name, sum] of sums) {
    const box = grid.appendChild(document.createElement("div"));
    const svg = box.appendChild(document.createElementNS(
      "http://www.w3.org/2000/svg", "svg"));
    const path = svg.appendChild(document.createElementNS(
      svg.namespaceURI, "path"));
    svg.setAttribute("viewBox", `0 0 ${sum.length} ${most}`);
    svg.setAttribute("preserveAspectRatio", "none");
    path.setAttribute("class", "c0");
    path.setAttribute("d", sum.map((v, k) =>
      `${k ? "L" : "M"}${k + 0.5} ${most - v}`).join(""));
    box.append(name);
    box.classList.toggle("bad", late.has(name));
    box.title = `${name}: ${sum.reduce((a, b) => a + b, 0)}`;
  }
  figure.append(grid);
}

function draw(figure) {
  const items = [...figure.querySelectorAll("li[data-y]")];
  const scale = figure.querySelector("li[data-cells]");
  const map = scale && readMap(scale, figure);
  const lines = map ? [{name: "y", y: map.cells[0].map(() => 0), x0: 0,
                        dx: map.dx, colour: "c0"}]
    : items.map((item, i) => ({
      name: items.some((o, k) => k < i && o.textContent === item.textContent)
        ? `${item.textContent} (${i})` : item.textContent,
      y: numbers(item.dataset.y), x0: +item.dataset.x0, dx: +item.dataset.dx,
      colour: item.classList[0], dashed: item.classList.contains("d")}));
  const out = document.createElement("output");
  const live = document.createElement("div");
  live.className = "live";
  figure.querySelector(".legend").after(out);
  figure.append(live);
  figure.classList.add("drawn");
  const rows = rowsOf(lines);
  const settings = options(figure, out, lines, map);
  if (map) {
    const low = bounds(map, map.names.length ? map.cells.length - 1 : 0)[0];
    const high = bounds(map, map.names.length ? 0 : map.cells.length - 1)[1];
    rows.push([map.dx * map.cells[0].length, low]);
    for (const row of rows)
      row[1] = low;
    settings.valueRange = [low, high];
    settings.underlayCallback = (context, area, graph) =>
      paintMap(map, figure, context, graph);
    if (map.names.length)
      live.style.height = `${Math.max(160, 3 * map.names.length)}px`;
  }
  const graph = new Dygraph(live, rows, settings);
  if (map) {
    live.onmousemove = event => {
      const [px, py] = graph.eventToDomCoords(event);
      out.textContent = cellAt(map, scale.dataset.unit, graph.toDataXCoord(px),
                               graph.toDataYCoord(py));
    };
    live.onmouseleave = () => { out.textContent = ""; };
    if (map.names.length)
      multiples(map, figure);
  } else {
    toggles(graph, items);
  }
  if (figure.dataset.x === "time")
    zoomTogether(graph, live);
  graph.ready(() => { figure.graph = graph; });
}

function drawIn(place) {
  for (const figure of place.querySelectorAll("figure:not(.drawn)"))
    if (figure.closest("details") === (place.closest("details")))
      draw(figure);
}

prepareNotice();
drawIn(document.body);
for (const section of document.querySelectorAll("details.operation")) {
  section.addEventListener("toggle", () => section.open && drawIn(section));
  if (section.open)
    drawIn(section);
}
// A link to an operation unfolds it; printing unfolds them all.
function unfold() {
  const target = location.hash && document.querySelector(
    `details[id="${CSS.escape(location.hash.slice(1))}"]`);
  if (target)
    target.open = true;
}
addEventListener("hashchange", unfold);
unfold();
addEventListener("beforeprint", () => {
  for (const section of document.querySelectorAll("details"))
    section.open = true;
});
// Colours are painted into the charts, so a change of scheme paints anew.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const figure of document.querySelectorAll("figure.drawn"))
    figure.graph.updateOptions({
      gridLineColor: colour(figure, "--rule"),
      colors: [...figure.querySelectorAll("li[data-y]")].map(
        li => colour(figure, `--${li.classList[0]}`))});
});
})();
