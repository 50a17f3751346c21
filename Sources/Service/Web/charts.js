// Charts of the last minutes, drawn from the differences between scrapes of /metrics.

import { byID, make } from "./dom.js";
import { Scrape } from "./metrics.js";

const length = 90;
const charts = [
  { title: "Frames a second", unit: "", names: ["answered", "dropped"], values: (now, past, seconds) => ["answered", "dropped"].map((outcome) => {
    const where = { outcome };
    return (now.sum("fovea_frames_total", where) - past.sum("fovea_frames_total", where)) / seconds;
  }) },
  { title: "Time of a frame", unit: "ms", names: ["p50", "p95", "p99"], values: (now, past) =>
    now.quantiles("fovea_stage_duration_seconds", { stage: "total" }, past, [0.5, 0.95, 0.99]).map((value) => value * 1000) },
  { title: "Frames in the queue", unit: "", names: ["depth"], values: (now) => [now.sum("fovea_queue_depth")] },
];
let past;

export function start() {
  for (const chart of charts) {
    chart.history = [];
    chart.legend = make("figcaption", { class: "legend" });
    chart.picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    chart.picture.setAttribute("class", "chart");
    chart.picture.setAttribute("viewBox", `0 0 ${length - 1} 100`);
    chart.picture.setAttribute("preserveAspectRatio", "none");
    chart.picture.setAttribute("aria-hidden", "true");
    byID("charts").append(make("figure", {}, make("div", { text: chart.title, class: "name" }), chart.picture, chart.legend));
  }
}

export async function refresh() {
  const response = await fetch("/metrics");
  if (!response.ok) return;
  const now = new Scrape(await response.text(), performance.now());
  if (past) for (const chart of charts) {
    chart.history.push(chart.values(now, past, (now.time - past.time) / 1000));
    if (chart.history.length > length) chart.history.shift();
    draw(chart);
  }
  past = now;
}

function draw({ names, unit, history, legend, picture }) {
  const top = Math.max(...history.flat().filter(Number.isFinite), 1e-9) * 1.1;
  const line = (className, d) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", className);
    path.setAttribute("d", d);
    return path;
  };
  const paths = names.map((_, index) => {
    let d = "";
    history.forEach((values, at) => {
      const follows = d !== "" && Number.isFinite(history[at - 1]?.[index]);
      if (Number.isFinite(values[index])) d += `${follows ? "L" : "M"}${length - history.length + at} ${99 - (97 * values[index]) / top}`;
    });
    return line(`s${index}`, d);
  });
  picture.replaceChildren(line("grid", `M0 99H${length}`), ...paths);
  legend.replaceChildren(...names.map((name, index) => {
    const value = history.at(-1)[index];
    const text = Number.isFinite(value) ? `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}` : "–";
    return make("span", {}, make("span", { text: "■ ", class: `key s${index}`, "aria-hidden": "true" }), `${name} `, make("b", { text }));
  }));
}
