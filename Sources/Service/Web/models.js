// What runs here.

import { byID, describe, json, make } from "./dom.js";

export async function load() {
  const { details } = await json(await fetch("/v1/models"));
  byID("model").replaceChildren(...details.map((model) => {
    const option = make("option", { text: `${model.name} (${model.task})`, value: model.name });
    option.selected = model.isDefault;
    return option;
  }));
  const named = ({ name, task }) => make("option", { text: `${name} (${task})`, value: name });
  const seeing = details.filter(({ task }) => task !== "tensors");
  byID("further").replaceChildren(...seeing.map(named));
  byID("then").replaceChildren(make("option", { text: "no model", value: "" }), ...seeing.map(named));
  byID("labels").replaceChildren(...[...new Set(details.flatMap(({ labels }) => (labels.length <= 200 ? labels : [])))].map((text) => make("option", { text })));
  byID("model-list").replaceChildren(...details.map((model) => {
    const facts = make("dl");
    const tensors = (list) => list.map((tensor) => `${tensor.name} ${tensor.dataType}[${tensor.shape.map((n) => (n < 0 ? "?" : n)).join(", ")}]`).join("; ");
    describe(facts, [
      ["task", model.task], ["version", model.version], ["input", tensors(model.inputs)], ["output", tensors(model.outputs)],
      ["classes", model.labels.length], ["licence", model.license], ["source", model.source], ["SHA-256", model.sha256],
    ]);
    return make("li", {}, make("div", { text: model.isDefault ? `${model.name} (default)` : model.name, class: "name" }), facts);
  }));
}
