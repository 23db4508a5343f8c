// @ts-check
// The list of a tab: rows are ticked and opened by keyboard, and what is ticked is dealt with at
// once. Without this file the boxes and buttons still work.

import { keys } from "./keys.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("bulk"));
const search = /** @type {HTMLInputElement} */ (document.getElementById("q"));

keys({
  keys: "/",
  run: () => {
    search.focus();
    search.select();
  },
});

if (form) {
  const ticks = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name=document]")]);
  const all = /** @type {HTMLInputElement} */ (document.getElementById("tick-all"));
  const bar = /** @type {HTMLElement} */ (document.getElementById("bulk-bar"));
  const said = /** @type {HTMLElement} */ (document.getElementById("ticked"));
  const rows = ticks.map((tick) => /** @type {HTMLTableRowElement} */ (tick.closest("tr")));
  let last = 0;

  const ticked = () => ticks.filter((tick) => tick.checked);

  function show() {
    const count = ticked().length;
    said.textContent = (count > 1 ? said.dataset.many : count ? said.dataset.one : said.dataset.none)?.replace("{number}", String(count)) ?? "";
    for (const control of bar.querySelectorAll("button, select")) control.toggleAttribute("disabled", !count);
    for (const [at, row] of rows.entries()) row.classList.toggle("ticked", ticks[at].checked);
    all.checked = count === ticks.length;
    all.indeterminate = count > 0 && count < ticks.length;
  }

  /** Tick or untick a row; with Shift every row from the last one as well. @param {number} at @param {boolean} span */
  function tick(at, span) {
    const on = ticks[at].checked;
    if (span) for (let i = Math.min(at, last); i <= Math.max(at, last); i += 1) ticks[i].checked = on;
    last = at;
    show();
  }

  const here = () => rows.findIndex((row) => row.contains(document.activeElement));

  /** @param {number} step */
  function move(step) {
    const at = here();
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[next].querySelector("a")?.focus();
    rows[next].scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} span */
  function tickHere(span) {
    const at = here();
    if (at < 0) return;
    ticks[at].checked = !ticks[at].checked;
    tick(at, span);
  }

  form.addEventListener("click", (event) => {
    const at = ticks.indexOf(/** @type {HTMLInputElement} */ (event.target));
    if (at >= 0) tick(at, event.shiftKey);
  });
  all.addEventListener("change", () => {
    for (const each of ticks) each.checked = all.checked;
    show();
  });
  document.getElementById("bulk-download")?.addEventListener("click", () => {
    const wanted = new URLSearchParams(ticked().map((each) => ["document", each.value]));
    window.location.assign(`/api/v1/documents/archive?${wanted}`);
  });
  const press = (/** @type {string} */ id) => document.getElementById(id)?.click();
  keys(
    { keys: "j ArrowDown", run: () => move(1) },
    { keys: "k ArrowUp", run: () => move(-1) },
    { keys: "x", run: () => tickHere(false) },
    { keys: "Shift+x", run: () => tickHere(true) },
    { keys: "a", run: () => all.click() },
    { keys: "Shift+p", run: () => press("bulk-post") },
    { keys: "Shift+j", run: () => press("bulk-join") },
    { keys: "Shift+d", run: () => press("bulk-delete") },
  );
  window.addEventListener("pageshow", show); // boxes that the browser ticked again on the way back
  show();
}
