// Small steps on the page's tree. Text from outside only ever becomes text, never markup.

export const byID = (id) => document.getElementById(id);

/** An element with attributes and children; `class` and `text` are the usual ones. */
export function make(tag, { text, class: name, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Fills a `dl` with terms and what they are; leaves out what is not known. */
export function describe(list, entries) {
  list.replaceChildren(
    ...entries
      .filter(([, value]) => value !== undefined && value !== null && value !== "")
      .flatMap(([term, value]) => [make("dt", { text: term }), make("dd", { text: String(value) })]),
  );
}

/** Everything found, by the first model and by further ones, each with what a second look said of it. */
function finds(result) {
  return [result, ...(result.further ?? [])].flatMap(({ detections, classifications, segmentation, model }, index) =>
    [...(detections ?? []), ...(classifications ?? []), ...(segmentation?.masks ?? []).map(({ label, share }) => ({ label, score: share }))].map((item) => {
      const closer = item.classifications?.[0];
      const label = item.label ?? `class ${item.classID}`;
      return { label: `${label}${closer ? `: ${closer.label} ${closer.score.toFixed(2)}` : ""}${index > 0 ? ` (${model.name})` : ""}`, score: item.score };
    }));
}

/** Rows of what a frame was found to hold, the surest first. */
export function fillDetections(body, result) {
  const found = finds(result);
  body.replaceChildren(
    ...found.slice(0, 20).map((item) =>
      make(
        "tr", {},
        make("td", { text: item.label }),
        make("td", {}, make("meter", { value: item.score, min: 0, max: 1, "aria-label": "score" })),
        make("td", { text: item.score.toFixed(2), class: "number" }),
      )),
  );
  return found.length;
}

/** The JSON of an answer; throws its problem's words when there was an error. */
export async function json(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `${response.status} ${response.statusText}`);
  return body;
}
