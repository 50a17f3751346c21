// The API keys of a service that asks for them, for those who may manage it. Keys themselves are nowhere here.

import { byID, json, make } from "./dom.js";

/** Shows the section to those who may see it. */
export async function show(areListed) {
  byID("keys").hidden = !areListed;
  byID("keys-link").hidden = !areListed;
  if (!areListed) return;
  const { keys } = await json(await fetch("/v1/keys"));
  byID("key-list").replaceChildren(...keys.map(row));
}

function row({ id, scopes, created, expires, hasExpired, perSecond, perDay, usedToday }) {
  const day = (time) => make("time", { datetime: time, text: new Date(time).toLocaleDateString() });
  const end = expires ? make("td", hasExpired ? { class: "error" } : {}, hasExpired ? "expired " : "", day(expires)) : make("td", { text: "never" });
  return make("tr", {},
    make("td", { text: id }), make("td", { text: scopes.join(", ") }), make("td", {}, day(created)), end,
    make("td", { text: perSecond ?? "any" }), make("td", { text: perDay === undefined ? "any" : `${usedToday ?? 0} of ${perDay}` }));
}
