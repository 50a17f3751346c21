// What was answered before: search, page by page, and replay.

import { byID, json, make } from "./dom.js";

let next;

export function start() {
  byID("results-form").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  byID("results-more").addEventListener("click", () => search(next));
}

/** Shows the section where results are kept, with the newest ones. */
export function show(areStored) {
  byID("results").hidden = !areStored;
  byID("results-link").hidden = !areStored;
  if (areStored) search();
}

async function search(page) {
  const message = byID("results-message");
  const query = new URLSearchParams({ limit: "25" });
  for (const input of byID("results-form").querySelectorAll("input")) {
    if (input.value !== "") query.set(input.name, input.type === "datetime-local" ? new Date(input.value).toISOString() : input.value);
  }
  if (page) query.set("page", page);
  try {
    const answer = await json(await fetch(`/v1/results?${query}`));
    const rows = answer.results.map(row);
    if (page) byID("results-list").append(...rows);
    else byID("results-list").replaceChildren(...rows);
    next = answer.next;
    byID("results-more").hidden = !next;
    message.className = "quiet";
    message.textContent = byID("results-list").rows.length === 0 ? "No result fits." : "";
  } catch (error) {
    message.className = "error";
    message.textContent = error.message;
  }
}

function row(result) {
  const { id, time } = result.record;
  const address = `/v1/results/${encodeURIComponent(id)}`;
  const outcome = make("span", { class: "quiet", role: "status" });
  const again = make("button", { text: "Replay", type: "button", class: "small", "aria-label": `Replay result ${id}` });
  again.addEventListener("click", () => replay(address, again, outcome));
  return make("tr", {},
    make("td", {}, make("time", { datetime: time, text: new Date(time).toLocaleString() })),
    make("td", { text: result.frame?.sensor ?? "–" }),
    make("td", { text: result.model.name }),
    make("td", { text: result.frame ? summary(result) : tensors(result) }),
    make("td", {}, make("a", { text: "JSON", href: address, "aria-label": `JSON of result ${id}` }), ...(result.frame ? [" ", again, " ", outcome] : [])));
}

/** What came out of a network that was asked with tensors: `logits FP32[1, 1000]`. */
const tensors = ({ outputs }) => outputs.map(({ name, datatype, shape }) => `${name} ${datatype}[${shape.join(", ")}]`).join("; ");

/** The surest of each label: `dog 0.98, cat 0.41`. */
function summary({ detections, classifications, segmentation }) {
  const best = new Map();
  const found = [...(detections ?? []), ...(classifications ?? []), ...(segmentation?.masks ?? []).map(({ label, share }) => ({ label, score: share }))];
  for (const { label, score } of found) best.set(label, Math.max(best.get(label) ?? 0, score));
  const parts = [...best].sort((a, b) => b[1] - a[1]).slice(0, 5).map(([label, score]) => `${label} ${score.toFixed(2)}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

async function replay(address, button, outcome) {
  button.disabled = true;
  outcome.className = "quiet";
  outcome.textContent = "…";
  try {
    const { equal, stages } = await json(await fetch(`${address}/replay`, { method: "POST" }));
    outcome.textContent = equal ? "the same answer" : `differs from ${stages.find((stage) => stage.equal === false).stage} on`;
  } catch (error) {
    outcome.className = "error";
    outcome.textContent = error.message;
  }
  button.disabled = false;
}
