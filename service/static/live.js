// @ts-check
// The list of imports, live: while something moves it is asked for again, and only then.

import { keys } from "./keys.js";

const rows = /** @type {HTMLElement} */ (document.getElementById("rows"));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

async function refresh() {
  clearTimeout(timer);
  const held = rows.contains(document.activeElement) && document.activeElement !== document.body;
  try {
    const cursor = rows.dataset.cursor;
    const address = "/imports/rows" + (cursor ? `?cursor=${encodeURIComponent(cursor)}` : "");
    const answer = await fetch(address, { headers: { "X-Fragment": "rows" } });
    // Not under somebody's fingers: a row that is focused stays until they leave it.
    if (answer.ok && !held) {
      rows.innerHTML = await answer.text();
      if (rows.querySelector("tr")) document.querySelector(".teach")?.remove();
    }
  } catch { /* it will be asked again */ }
  plan();
}

function plan() {
  clearTimeout(timer);
  const soon = rows.querySelector("[data-moving]") && !document.hidden;
  timer = setTimeout(refresh, soon ? 1500 : 15000);
}

// Rows are walked by keyboard; Enter opens the one that has the focus.
/** @param {number} step */
function move(step) {
  const links = [.../** @type {NodeListOf<HTMLAnchorElement>} */ (rows.querySelectorAll("td.name a"))];
  const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  const next = links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)];
  next?.focus();
}
keys({ keys: "j ArrowDown", run: () => move(1) }, { keys: "k ArrowUp", run: () => move(-1) });

document.addEventListener("imports-changed", refresh);
document.addEventListener("visibilitychange", () => !document.hidden && refresh());
plan();
