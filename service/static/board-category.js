// @ts-check
// Choosing a category: a few letters of its name, or its number.

import { all } from "./board-model.js";

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("categories"));
const input = /** @type {HTMLInputElement} */ (document.getElementById("category-search"));
const list = /** @type {HTMLElement} */ (document.getElementById("category-list"));
const items = all(list, "[role=option]");

/** @type {((category: string) => void) | null} */
let chosen = null;

/** Ask for a category. @param {string} now @param {(category: string) => void} then */
export function choose(now, then) {
  chosen = then;
  input.value = "";
  narrow();
  point(items.find((item) => item.dataset.category === now) ?? items[0]);
  dialog.showModal();
  input.focus();
}

/** Without case and accents. @param {string} text */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function shown() {
  return items.filter((item) => !item.hidden);
}

function narrow() {
  const words = plain(input.value).split(/\s+/).filter(Boolean);
  for (const item of items) {
    const name = plain(item.dataset.name ?? "");
    item.hidden = !words.every((word) => name.split(/[\s’'-]+/).some((part) => part.startsWith(word)) || name.includes(word));
  }
  // Names that begin with what was typed come before those that only contain it.
  const first = shown().find((item) => plain(item.dataset.name ?? "").startsWith(words[0] ?? "")) ?? shown()[0];
  if (words.length) point(first);
}

/** @param {HTMLElement | undefined} item */
function point(item) {
  for (const other of items) other.setAttribute("aria-selected", String(other === item));
  input.setAttribute("aria-activedescendant", item?.id ?? "");
  item?.scrollIntoView({ block: "nearest" });
}

const pointed = () => items.find((item) => item.getAttribute("aria-selected") === "true" && !item.hidden);

/** @param {HTMLElement | undefined} item */
function take(item) {
  if (!item) return;
  dialog.close();
  chosen?.(item.dataset.category ?? "");
}

input.addEventListener("input", narrow);
input.addEventListener("keydown", (event) => {
  const every = shown();
  const now = pointed();
  const at = now ? every.indexOf(now) : -1;
  if (event.key === "ArrowDown") point(every[Math.min(at + 1, every.length - 1)]);
  else if (event.key === "ArrowUp") point(every[Math.max(at - 1, 0)]);
  else if (event.key === "Enter") take(now);
  else if (/^[1-9]$/.test(event.key)) take(items[Number(event.key) - 1]);
  else return;
  event.preventDefault();
});
list.addEventListener("click", (event) => {
  take(/** @type {HTMLElement | undefined} */ (event.target instanceof Element ? event.target.closest("[role=option]") ?? undefined : undefined));
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
