// The sensors that are plugged in: a card each, and one of them live.

import { byID, describe, fillDetections, json, make } from "./dom.js";

const cards = new Map();
let watched;

export function start() {
  byID("live-close").addEventListener("click", () => byID("live").close());
  byID("live").addEventListener("close", stopWatching);
}

export async function refresh() {
  const { sensors } = await json(await fetch("/v1/sensors"));
  byID("no-sensors").hidden = sensors.length > 0;
  for (const id of [...cards.keys()]) {
    if (!sensors.some((sensor) => sensor.id === id)) {
      cards.get(id).item.remove();
      cards.delete(id);
    }
  }
  for (const sensor of sensors) {
    if (!cards.has(sensor.id)) cards.set(sensor.id, addCard(sensor));
    update(cards.get(sensor.id), sensor);
  }
}

function addCard(sensor) {
  const picture = make("img", { alt: "" });
  const counts = make("div", { class: "quiet" });
  const open = make("button", { class: "open", type: "button" }, picture, make("div", { text: sensor.id, class: "name" }), counts);
  open.setAttribute("aria-label", `Watch sensor ${sensor.id} live`);
  open.addEventListener("click", () => watch(sensor.id));
  const item = make("li", {}, open);
  byID("sensor-list").append(item);
  return { item, picture, counts, answered: -1, since: performance.now(), sensor };
}

function update(card, sensor) {
  const now = performance.now();
  const dropped = Object.values(sensor.dropped).reduce((sum, count) => sum + count, 0);
  const rate = card.answered < 0 ? undefined : ((sensor.answered - card.answered) * 1000) / (now - card.since);
  card.counts.textContent =
    `${rate === undefined ? "" : `${rate.toFixed(1)} frames/s, `}${sensor.answered} answered, ${dropped} dropped`;
  // Pictures are made when somebody asks for them: not for a page that nobody looks at.
  if (sensor.answered !== card.answered && sensor.answered > 0 && !document.hidden) {
    card.picture.src = `/v1/sensors/${encodeURIComponent(sensor.id)}/latest.jpg?n=${sensor.answered}`;
  }
  Object.assign(card, { answered: sensor.answered, since: now, sensor });
  if (watched?.id === sensor.id) showCounts(sensor);
}

function watch(id) {
  stopWatching();
  const address = `/v1/sensors/${encodeURIComponent(id)}`;
  byID("live-title").textContent = id;
  byID("live-picture").alt = `live picture of sensor ${id}`;
  byID("live-picture").src = `${address}/live.mjpeg`;
  const events = new EventSource(`${address}/results`);
  events.addEventListener("result", (event) => fillDetections(byID("live-detections"), JSON.parse(event.data)));
  watched = { id, events };
  showCounts(cards.get(id).sensor);
  byID("live").showModal();
}

function stopWatching() {
  watched?.events.close();
  watched = undefined;
  byID("live-picture").removeAttribute("src");
  byID("live-detections").replaceChildren();
}

function showCounts(sensor) {
  describe(byID("live-counts"), [
    ["received", sensor.received], ["answered", sensor.answered], ["in progress", sensor.inProgress],
    ...Object.entries(sensor.dropped).filter(([, count]) => count > 0).map(([reason, count]) => [`dropped: ${reason}`, count]),
    ["missing in the numbering", sensor.missing],
  ]);
}
