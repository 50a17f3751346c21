// The console of one Fovea service. Talks to the public API only; needs nothing from anywhere else.

import * as charts from "./charts.js";
import { byID, json } from "./dom.js";
import * as keys from "./keys.js";
import * as models from "./models.js";
import * as results from "./results.js";
import * as sensors from "./sensors.js";
import * as trial from "./try.js";

for (const element of document.querySelectorAll(".origin")) element.textContent = location.origin;
sensors.start();
charts.start();
results.start();
trial.start();

const status = byID("status");
let isLoaded = false;

async function refresh() {
  try {
    if (!isLoaded) {
      const { version, isa, storesResults, listsKeys } = await json(await fetch("/v2"));
      await models.load();
      results.show(storesResults);
      await keys.show(listsKeys);
      status.dataset.build = `${version}, ${isa}`;
      isLoaded = true;
    }
    await Promise.all([sensors.refresh(), charts.refresh()]);
    show("ready", `ready (${status.dataset.build})`);
  } catch (error) {
    show("away", error instanceof TypeError ? "the service does not answer" : error.message);
  }
  setTimeout(refresh, 2000);
}

// Said anew only when it changes: it is read aloud.
function show(className, text) {
  status.className = className;
  if (status.textContent !== text) status.textContent = text;
}

refresh();
