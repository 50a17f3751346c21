// A part of the picture, drawn on it with the mouse, a finger or a pen, as the option `roi`.

import { byID } from "./dom.js";

let from;

export function start() {
  const canvas = byID("canvas");
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    from = place(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from) draw(from, place(event));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!from) return;
    const [left, top, right, bottom] = draw(from, place(event));
    from = undefined;
    // A click is no part of a picture: it takes the part back.
    const isPart = right - left > 0.01 && bottom - top > 0.01;
    byID("roi").value = isPart ? [left, top, right, bottom].map((part) => part.toFixed(3)).join(",") : "";
    if (isPart) byID("options").open = true;
    else clear();
  });
  canvas.addEventListener("pointercancel", clear);
}

export function clear() {
  from = undefined;
  byID("region").hidden = true;
}

/** Where the pointer is, as parts of the picture's width and height. */
function place(event) {
  const { left, top, width, height } = byID("picture").getBoundingClientRect();
  const within = (value) => Math.min(1, Math.max(0, value));
  return [within((event.clientX - left) / width), within((event.clientY - top) / height)];
}

function draw([x0, y0], [x1, y1]) {
  const corners = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
  const [left, top, right, bottom] = corners;
  const { style } = byID("region");
  [style.left, style.top, style.width, style.height] = [left, top, right - left, bottom - top].map((part) => `${100 * part}%`);
  byID("region").hidden = false;
  return corners;
}
