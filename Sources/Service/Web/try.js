// "Try a frame": sends a file to /v1/analyze and shows all of the answer.

import { byID, describe, fillDetections, json, make } from "./dom.js";
import { parts } from "./multipart.js";
import * as region from "./region.js";

const imageTypes = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", dng: "image/x-adobe-dng", tif: "image/tiff", tiff: "image/tiff" };
const contentType = (file) => imageTypes[file.name.split(".").pop().toLowerCase()] ?? "application/octet-stream";

export function start() {
  const file = byID("file");
  const drop = byID("drop");
  region.start();
  byID("options-clear").addEventListener("click", clearOptions);
  file.addEventListener("change", showRawFields);
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    file.files = event.dataTransfer.files;
    showRawFields();
    if (byID("raw").hidden) byID("try-form").requestSubmit();
  });
  byID("try-form").addEventListener("submit", (event) => {
    event.preventDefault();
    analyze(event.submitter ?? event.target.querySelector("button"));
  });
}

function showRawFields() {
  const file = byID("file").files[0];
  byID("raw").hidden = !file || contentType(file) !== "application/octet-stream";
}

function clearOptions() {
  for (const input of byID("options").querySelectorAll("input")) input.value = "";
  for (const option of byID("options").querySelectorAll("option")) option.selected = option.defaultSelected;
}

/** What the form asks for, by the names that the API gives it. */
function options() {
  const query = new URLSearchParams();
  const further = [...byID("further").selectedOptions].map((option) => option.value).filter((name) => name !== byID("model").value);
  query.set("model", [byID("model").value, ...further].join(","));
  const fields = [byID("confidence"), byID("privacy"), ...byID("options").querySelectorAll("input")];
  if (byID("then").value !== "") query.set("then", byID("then").value);
  for (const { name, value } of fields) {
    if (value !== "" && (!name.startsWith("then_") || query.has("then"))) query.set(name, value);
  }
  return query;
}

/** Below `masked` no picture leaves, so none is asked for. */
const wantsPicture = (query) => !["metadata", "tensor"].includes(query.get("privacy"));

async function analyze(button) {
  const file = byID("file").files[0];
  const message = byID("try-message");
  const query = options();
  query.set("output", wantsPicture(query) ? "both" : "json");
  const headers = { "Content-Type": contentType(file) };
  if (!byID("raw").hidden) {
    for (const input of byID("raw").querySelectorAll("input")) if (input.value !== "") headers[input.name] = input.value;
  }
  button.disabled = true;
  message.className = "";
  message.textContent = `Analyzing ${file.name}…`;
  try {
    const response = await fetch(`/v1/analyze?${query}`, { method: "POST", headers, body: file });
    if (!response.ok) await json(response);
    if (wantsPicture(query)) {
      const [result, picture] = parts(response.headers.get("Content-Type"), await response.arrayBuffer());
      show(JSON.parse(new TextDecoder().decode(result.bytes)), new Blob([picture.bytes], { type: picture.type }));
    } else {
      show(await response.json());
    }
    showShell(file, headers, query);
    message.textContent = "";
  } catch (error) {
    message.className = "error";
    message.textContent = error.message;
    byID("answer").hidden = true;
  }
  button.disabled = false;
}

function show(result, picture) {
  const count = fillDetections(byID("detections"), result);
  byID("found").textContent = count === 0 ? "Nothing found" : `${count} found`;
  byID("canvas").hidden = !picture;
  region.clear();
  if (picture) replaceURL(byID("picture"), "src", picture);
  byID("picture").alt = count === 0
    ? "the frame, with nothing found in it"
    : `the frame with ${[...byID("detections").rows].map((row) => row.cells[0].textContent).join(", ")} marked`;
  const { frame, model, isp, build, timings } = result;
  byID("caption").textContent =
    `${frame.width} × ${frame.height}, ${frame.kind}${frame.pixelFormat ? ` ${frame.pixelFormat}` : ""}, upright from orientation ${frame.orientation}`;
  showStages(timings);
  describe(byID("provenance"), [
    ["frame", frame.sha256], ["ISP", isp && `${isp.profile} ${isp.demosaic}, ${isp.sha256}`],
    ["model", `${model.name} ${model.version}, ${model.sha256}`], ["licence", model.license],
    ["second look", result.secondModel && `${result.secondModel.name} ${result.secondModel.version}`],
    ["further", (result.further ?? []).map((answer) => `${answer.model.name} ${answer.model.version}`).join(", ")],
    ["privacy", result.privacy.level],
    ["numerics", `${model.precision} ${model.numerics}`], ["build", `${build.version} ${build.isa}`],
  ]);
  replaceURL(byID("download"), "href", new Blob([JSON.stringify(result, null, 2)], { type: "application/json" }));
  byID("answer").hidden = false;
}

function showStages({ total, ...stages }) {
  const entries = Object.entries(stages).sort((a, b) => b[1] - a[1]);
  const longest = Math.max(...entries.map(([, milliseconds]) => milliseconds), 1e-3);
  const row = (name, milliseconds, isTotal) => {
    const bar = make("i");
    bar.style.width = isTotal ? "0" : `${(100 * milliseconds) / longest}%`;
    return make("div", { class: "stage" }, make("span", { text: name }), bar, make("span", { text: `${milliseconds.toFixed(1)} ms` }));
  };
  byID("stages").replaceChildren(...entries.map(([name, value]) => row(name, value, false)), row("total", total ?? 0, true));
}

function showShell(file, headers, query) {
  query.delete("output");
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const fields = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`).join("");
  const address = `${location.origin}/v1/analyze${query.size > 0 ? `?${query}` : ""}`;
  byID("shell").textContent = `curl --data-binary @${quoted(file.name)}${fields} ${quoted(address)}`;
}

function replaceURL(element, attribute, blob) {
  if (element[attribute].startsWith("blob:")) URL.revokeObjectURL(element[attribute]);
  element[attribute] = URL.createObjectURL(blob);
}
