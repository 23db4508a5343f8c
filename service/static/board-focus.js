// @ts-check
// Which page has the focus, and which are selected. One sheet of the board is in the order of Tab;
// arrows go from one to the next.

import { all, review, rowOf, say, sheetOf, sheets } from "./board-model.js";

/** @type {string | null} */
let current = null;
/** @type {string | null} */
let anchor = null;
/** @type {Set<string>} */
const selected = new Set();

export const currentSheet = () => /** @type {HTMLElement | null} */ (current && sheetOf(current));

/** The pages that a person means: the selected ones in their order, or the one with the focus. @returns {string[]} */
export function meant() {
  if (!selected.size) return currentSheet() ? [/** @type {string} */ (current)] : [];
  return sheets().map((sheet) => sheet.dataset.page ?? "").filter((page) => selected.has(page));
}

export const isSelected = (/** @type {string} */ page) => selected.has(page);

/**
 * @param {Element | null} sheet
 * @param {{ focus?: boolean, extend?: boolean, keep?: boolean }} [how] `extend` selects up to here,
 *   `keep` leaves the selection as it is
 */
export function go(sheet, { focus = true, extend = false, keep = false } = {}) {
  if (!(sheet instanceof HTMLElement)) return;
  const old = currentSheet();
  if (old && old !== sheet) {
    old.tabIndex = -1;
    old.classList.remove("current");
  }
  if (extend) reach(sheet);
  else if (!keep) clear();
  current = sheet.dataset.page ?? null;
  if (!extend) anchor = current;
  sheet.tabIndex = 0;
  sheet.classList.add("current");
  if (focus) {
    sheet.focus({ preventScroll: true });
    sheet.scrollIntoView({ block: "nearest" });
  }
  document.dispatchEvent(new CustomEvent("board-current"));
}

/** @param {HTMLElement} sheet */
function reach(sheet) {
  const line = sheets();
  const from = line.findIndex((other) => other.dataset.page === (anchor ?? current));
  const to = line.indexOf(sheet);
  const [first, last] = from < to ? [from, to] : [to, from];
  select(line.slice(Math.max(first, 0), last + 1).map((other) => other.dataset.page ?? ""));
}

/** @param {string[]} pages */
export function select(pages) {
  selected.clear();
  for (const page of pages) selected.add(page);
  showSelection();
}

/** @param {string} page */
export function toggle(page) {
  if (!selected.size && current && current !== page) selected.add(current);
  if (!selected.delete(page)) selected.add(page);
  showSelection();
}

export function clear() {
  if (!selected.size) return false;
  selected.clear();
  showSelection();
  return true;
}

export function showSelection() {
  for (const sheet of sheets()) {
    const is = selected.has(sheet.dataset.page ?? "");
    if ((sheet.getAttribute("aria-selected") === "true") !== is) sheet.setAttribute("aria-selected", String(is));
  }
  const count = document.getElementById("selected");
  if (count) count.textContent = selected.size > 1 ? say("selected", { number: selected.size }) : "";
}

export function selectGroup() {
  const row = rowOf(currentSheet());
  if (row) select(all(row, "[data-page]").map((sheet) => sheet.dataset.page ?? ""));
}

/** @param {number} steps @param {boolean} [extend] */
export function step(steps, extend = false) {
  const line = sheets();
  const now = currentSheet();
  const at = now ? line.indexOf(now) : -1;
  go(line[Math.min(Math.max(at + steps, 0), line.length - 1)], { extend });
}

/** To the group before or after this one; the pages that are set aside are the last. @param {number} steps @param {boolean} [extend] */
export function stepGroup(steps, extend = false) {
  const places = all(review, ".group .sheets, #aside").filter((place) => place.firstElementChild);
  const at = places.findIndex((place) => place.contains(currentSheet()));
  const first = places[at]?.firstElementChild;
  const target = steps < 0 && first !== currentSheet() ? first : places[at + steps]?.firstElementChild;
  if (target) go(target, { extend });
}

/** What is left of the focus after pieces of the page were replaced. @param {boolean} focus */
export function restore(focus) {
  for (const page of [...selected]) if (!sheetOf(page)) selected.delete(page);
  showSelection();
  const sheet = currentSheet() ?? sheets()[0];
  if (sheet) go(sheet, { focus, keep: true });
}
