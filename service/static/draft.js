// @ts-check
// A draft as one types: lines added and taken out, and totals that the server counts.
import { keys } from "./keys.js";

/** @param {string} selector @returns {HTMLElement | null} */
const find = (selector) => document.querySelector(selector);
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("draft"));
const body = /** @type {HTMLTableSectionElement | null} */ (document.querySelector("#lines tbody"));
const totals = document.getElementById("totals");
// The last row is empty: it is what another line begins as.
const blank = body?.rows[body.rows.length - 1]?.cloneNode(true);
let next = body?.rows.length ?? 0;

function another() {
  if (!body || !(blank instanceof HTMLTableRowElement)) return;
  const row = /** @type {HTMLTableRowElement} */ (blank.cloneNode(true));
  for (const field of row.querySelectorAll("[name^='line.']")) {
    field.setAttribute("name", (field.getAttribute("name") ?? "").replace(/^line\.\d+/, `line.${next}`));
  }
  next += 1;
  body.append(row);
  const first = row.querySelector("input[name$='.text']");
  if (first instanceof HTMLElement) first.focus();
}

/** @param {Element} button */
function takeOut(button) {
  const row = button.closest("tr");
  const beside = row?.nextElementSibling ?? row?.previousElementSibling;
  row?.remove();
  const field = beside?.querySelector("input[name$='.text']");
  if (field instanceof HTMLElement) field.focus();
  else another();
  later();
}

let asked = 0;
let waiting = 0;

function later() {
  window.clearTimeout(waiting);
  waiting = window.setTimeout(count, 200);
}

async function count() {
  if (!form || !totals || !form.dataset.totals) return;
  const data = new FormData(form);
  if (!data.get("customer_id")) return;
  const mine = ++asked;
  const answer = await fetch(form.dataset.totals, {
    method: "POST",
    body: new URLSearchParams([...data].map(([name, value]) => [name, String(value)])),
    headers: { "X-Fragment": "totals", "X-CSRF-Token": String(data.get("csrf_token") ?? "") },
  }).catch(() => null);
  if (!answer?.ok || mine !== asked || !body) return; // what cannot be counted yet is said on saving
  totals.innerHTML = await answer.text(); // our own server's piece, escaped there
  const nets = [...totals.querySelectorAll("[data-net]")].map((one) => one.getAttribute("data-net") ?? "");
  for (const row of body.rows) {
    const text = row.querySelector("input[name$='.text']");
    const shown = row.querySelector("[data-row-net]");
    if (shown) shown.textContent = text instanceof HTMLInputElement && text.value.trim() ? (nets.shift() ?? "") : "";
  }
}

form?.addEventListener("input", later);
form?.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-remove]") : null;
  if (button) takeOut(button);
});
document.getElementById("another")?.addEventListener("click", another);

keys(
  { keys: "Ctrl+s", run: () => find("#save")?.click(), when: () => Boolean(find("#save")) },
  { keys: "Alt+Enter", run: another, when: () => Boolean(find("#another")) },
  { keys: "Ctrl+Enter", run: () => find("#finalise")?.click(), when: () => Boolean(find("#finalise")) },
);

// Enter in a line saves, and never presses the first button of it.
form?.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!(field instanceof HTMLInputElement)) return;
  event.preventDefault();
  find("#save")?.click();
});
