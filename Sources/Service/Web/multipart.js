// multipart/mixed, as /v1/analyze answers `output=both`: a result and its picture in one body.

/** The parts of a body: `[{ type, bytes }]`. */
export function parts(contentType, buffer) {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1];
  if (!boundary) throw new Error("the answer has no boundary");
  const bytes = new Uint8Array(buffer);
  const mark = new TextEncoder().encode(`--${boundary}`);
  const found = [];
  let start = -1;
  for (let at = indexOf(bytes, mark, 0); at >= 0; at = indexOf(bytes, mark, at + mark.length)) {
    if (start >= 0) found.push(part(bytes.subarray(start, at - 2)));
    start = at + mark.length + 2;
  }
  return found;
}

function part(bytes) {
  const end = indexOf(bytes, new Uint8Array([13, 10, 13, 10]), 0);
  const header = new TextDecoder().decode(bytes.subarray(0, end));
  return { type: /content-type:\s*([^\r\n;]+)/i.exec(header)?.[1] ?? "", bytes: bytes.subarray(end + 4) };
}

function indexOf(bytes, needle, from) {
  for (let at = bytes.indexOf(needle[0], from); at >= 0; at = bytes.indexOf(needle[0], at + 1)) {
    if (needle.every((value, index) => bytes[at + index] === value)) return at;
  }
  return -1;
}
