// @ts-check
// The form on the right: a field and its place find each other, other values are one key away, and
// the arithmetic is shown as one types.

import { cents, decimal, french, rounded, written } from "./amounts.js";
import { isOpen, leave, offer } from "./choices.js";
import { highlight, mark, pointing, preview } from "./paper.js";

/** @typedef {import("./paper.js").Box} Box */
/** @typedef {{ value: string | null, text: string, page: number, box: Box }} Found */

const form = /** @type {HTMLFormElement} */ (document.getElementById("document"));
const places = document.getElementById("places");
const address = `/api/v1/documents/${encodeURIComponent(form.dataset.document ?? "")}`;

/** @type {HTMLInputElement | null} */
let focused = null;

/** @param {EventTarget | null} target @returns {HTMLInputElement | null} */
const fieldOf = (target) =>
  target instanceof HTMLInputElement && target.dataset.kind && !target.disabled ? target : null;

/** @param {string} name @returns {HTMLInputElement | null} */
const inputOf = (name) => form.querySelector(`input[data-field="${CSS.escape(name)}"]`);

// --- fields and boxes ---------------------------------------------------------------------------

form.addEventListener("focusin", (event) => {
  const field = fieldOf(event.target);
  if (field) {
    focused = field;
    highlight(field.dataset.field, true);
  } else if (event.target instanceof HTMLInputElement) {
    focused = null;
    highlight(undefined, false);
  }
});
form.addEventListener("mouseover", (event) => {
  const field = /** @type {Element} */ (event.target).closest?.(".field")?.querySelector("[data-field]");
  if (field instanceof HTMLElement) highlight(field.dataset.field, false);
});
form.addEventListener("mouseleave", () => highlight(focused?.dataset.field, false));

/** Go to a field, and open what hides it. @param {string} name */
export function goTo(name) {
  const field = inputOf(name) ?? document.getElementById(name);
  if (!(field instanceof HTMLElement)) return false;
  for (let around = field.closest("details"); around; around = around.parentElement?.closest("details") ?? null) around.open = true;
  field.focus();
  if (field instanceof HTMLInputElement) field.select();
  field.scrollIntoView({ block: "nearest" });
  return true;
}

// --- filling ------------------------------------------------------------------------------------

/** A value as its input shows it. @param {HTMLInputElement} field @param {string} value */
function shown(field, value) {
  if (field.type === "date") return value;
  const amount = /^-?\d+\.\d{2}$/.test(value) ? cents(value) : null;
  if (typeof amount === "bigint") return written(amount);
  return field.dataset.kind === "figure" && french ? value.replace(".", ",") : value;
}

/** @param {HTMLInputElement} field @param {Found} found */
function fill(field, found) {
  if (found.value === null) return;
  field.value = shown(field, found.value);
  if (!field.value) field.value = found.text;
  const name = field.dataset.field;
  if (name && places && field.name === `field.${name}`) {
    let place = /** @type {HTMLInputElement | null} */ (places.querySelector(`[name="place.${CSS.escape(name)}"]`));
    if (!place) {
      place = document.createElement("input");
      place.type = "hidden";
      place.name = `place.${name}`;
      places.append(place);
    }
    place.value = [found.page, ...found.box].join(" ");
    mark(name, found.page, found.box);
    highlight(name, false);
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

// What is typed by hand stands nowhere on the paper.
form.addEventListener("input", (event) => {
  const field = fieldOf(event.target);
  if (field && event.isTrusted) places?.querySelector(`[name="place.${CSS.escape(field.dataset.field ?? "")}"]`)?.remove();
});

pointing({
  active: () => focused !== null && form.dataset.editable === "yes",
  field: goTo,
  take: async (number, box) => {
    const field = focused;
    if (!field) return;
    const query = new URLSearchParams({ field: field.dataset.kind ?? "", number: String(number), box: box.join(",") });
    const answer = await fetch(`${address}/pointed?${query}`);
    if (!answer.ok) return;
    fill(field, await answer.json());
    field.focus();
    field.select();
  },
});

// --- candidates ---------------------------------------------------------------------------------

/** @type {Map<string, Promise<Found[]>>} */
const known = new Map();

/** @param {string} kind */
function candidatesOf(kind) {
  const asked = known.get(kind) ?? fetch(`${address}/candidates?field=${encodeURIComponent(kind)}`)
    .then(async (answer) => (answer.ok ? /** @type {{ items: Found[] }} */ (await answer.json()).items : []))
    .catch(() => /** @type {Found[]} */ ([]));
  known.set(kind, asked);
  return asked;
}

/** Other values for the field that is focused. */
export function showCandidates() {
  const field = fieldOf(document.activeElement);
  if (!field) return false;
  if (isOpen(field)) {
    leave();
    return true;
  }
  candidatesOf(field.dataset.kind ?? "").then((found) => {
    if (document.activeElement !== field) return;
    const items = found.map((candidate) => {
      const item = document.createElement("li");
      item.append(field.type === "date" ? candidate.text : shown(field, candidate.value ?? ""));
      const place = document.createElement("span");
      place.className = "why";
      const leaf = document.querySelector(`.leaf[data-page="${Number(candidate.page)}"]`);
      place.textContent = leaf instanceof HTMLElement ? `p. ${Number(leaf.dataset.number) + 1}` : "";
      item.append(place);
      return item;
    });
    if (!items.length) return;
    /** @param {HTMLElement} item */
    const of = (item) => found[items.indexOf(/** @type {HTMLLIElement} */ (item))];
    offer({
      input: field,
      preview: (item) => (item ? preview(of(item).page, of(item).box) : preview(null, null)),
      take: (item) => {
        fill(field, of(item));
        field.select();
      },
    }, items);
  });
  return true;
}

// --- the arithmetic -----------------------------------------------------------------------------

/** @param {string} name */
const amountOf = (name) => cents(inputOf(name)?.value ?? "");

/** @param {Element | null} output @param {string} said @param {bigint} off @param {bigint} allowed */
function say(output, said, off, allowed = 2n) {
  if (!output) return;
  const size = off < 0n ? -off : off;
  output.className = `sum ${size === 0n ? "even" : size <= allowed ? "near" : "off"}`;
  output.textContent = said ? `${said} ${size === 0n ? "✓" : `${size <= allowed ? "≈" : "✗"} ${off > 0n ? "+" : ""}${written(off)}`}` : "";
}

function reckon() {
  const [net, vat, gross] = ["net_total", "vat_total", "gross_total"].map(amountOf);
  const whole = typeof net === "bigint" && typeof vat === "bigint" && typeof gross === "bigint";
  say(document.getElementById("sum"), whole ? `${written(net)} + ${written(vat)} = ${written(net + vat)}` : "", whole ? gross - net - vat : 0n);
  for (const row of form.querySelectorAll("#vat tbody tr")) {
    const [rate, base, tax] = ["rate", "base", "amount"].map((c) => cell(row, c));
    if (rate && base && tax) {
      const due = rounded(base.units * rate.units * 100n, 10n ** BigInt(base.places + rate.places + 2));
      const paid = rounded(tax.units * 100n, 10n ** BigInt(tax.places));
      const expected = `${written(rounded(base.units * 100n, 10n ** BigInt(base.places)))} × ${value(row, "rate")} % = ${written(due)}`;
      say(row.querySelector("output"), expected, paid - due);
    } else say(row.querySelector("output"), "", 0n);
  }
  for (const row of form.querySelectorAll("#items tbody tr")) {
    const [count, price, amount] = ["quantity", "unit_price", "net_amount"].map((c) => cell(row, c));
    if (count && price && amount) {
      const product = rounded(count.units * price.units * 100n, 10n ** BigInt(count.places + price.places));
      say(row.querySelector("output"), " ", rounded(amount.units * 100n, 10n ** BigInt(amount.places)) - product);
    } else say(row.querySelector("output"), "", 0n);
  }
}

/** @param {Element} row @param {string} column */
const value = (row, column) => /** @type {HTMLInputElement | null} */ (row.querySelector(`[data-column="${column}"]`))?.value ?? "";
/** @param {Element} row @param {string} column */
const cell = (row, column) => decimal(value(row, column));

form.addEventListener("input", reckon);
reckon();
