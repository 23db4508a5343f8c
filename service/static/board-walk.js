// @ts-check
// What there is to check, one thing after the other, and the other ways to cut: both are asked in
// the line under the buttons, and answered with one key.

import { all, categoryName, review, rowOf, say, sheetOf, sheets } from "./board-model.js";
import { currentSheet, go } from "./board-focus.js";

/**
 * @typedef {"cut" | "no_cut" | "category" | "order" | "no_order"} About
 * @typedef {{ about: About, page: string, open: boolean, pages: string[] }} Doubt
 * @typedef {{ file_id: string, probability: number, cuts: string[], joins: string[] }} Alternative
 */

/** Every doubt, in the order of the board. @returns {Doubt[]} */
function doubts() {
  /** @type {Doubt[]} */
  const found = [];
  for (const row of all(review, ".group")) {
    all(row, "[data-page]").forEach((sheet, index) => {
      const page = sheet.dataset.page ?? "";
      const pages = [page];
      const order = aboutOrder(row, sheet);
      if (order) found.push(order);
      if (sheet.dataset.doubt) found.push({ about: index ? "no_cut" : "cut", page, pages, open: sheet.dataset.doubt === "open" });
      if (!index && row.dataset.doubt) found.push({ about: "category", page, pages, open: row.dataset.doubt === "open" });
    });
  }
  return found;
}

/** Of pages that were fed in another order: are they together as they belong? @param {HTMLElement} row @param {HTMLElement} sheet @returns {Doubt | null} */
function aboutOrder(row, sheet) {
  const pages = sheet.dataset.reordered?.split(" ") ?? [];
  if (!pages.length || !pages.every((page) => rowOf(sheetOf(page)))) return null;
  const lying = all(row, "[data-page]").map((other) => other.dataset.page);
  const at = lying.indexOf(pages[0]);
  const together = lying.slice(at, at + pages.length).join() === pages.join();
  return { about: together ? "order" : "no_order", page: pages[0], pages, open: sheet.dataset.reorderedDoubt === "open" };
}

export const left = () => doubts().filter((doubt) => doubt.open).length;

/** What is asked of the page with the focus. @returns {Doubt | undefined} */
export function asked() {
  const page = currentSheet()?.dataset.page;
  return doubts().find((doubt) => doubt.open && doubt.page === page);
}

/** Go on to the next open doubt, from the beginning again after the last; false when there is none. */
export function goOn() {
  const line = sheets();
  const here = currentSheet();
  const at = here ? line.indexOf(here) : -1;
  const open = doubts().filter((doubt) => doubt.open);
  const place = (/** @type {Doubt} */ doubt) => line.indexOf(/** @type {HTMLElement} */ (sheetOf(doubt.page)));
  const next = open.find((doubt) => place(doubt) >= at) ?? open[0];
  if (!next) return false;
  go(sheetOf(next.page));
  return true;
}

/** The change that says yes to what is asked. @param {Doubt} doubt @returns {import("./board-model.js").Change} */
export const keeping = (doubt) => ({ do: doubt.about === "category" ? "keep_category" : "keep_cut", pages: doubt.pages });

// --- the other ways ------------------------------------------------------------------------------

/** @type {Alternative | null} */
let other = null;

export const isTrying = () => other !== null;

/** @returns {Alternative[]} */
function alternatives() {
  const list = document.getElementById("groups");
  return JSON.parse(list?.dataset.alternatives || "[]");
}

/** Show another way to cut: the next one, or with -1 the one before. @param {number} step */
export function tryOther(step) {
  const every = alternatives();
  if (!every.length) return false;
  const at = every.findIndex((one) => JSON.stringify(one) === JSON.stringify(other));
  other = every[at < 0 ? (step > 0 ? 0 : every.length - 1) : (at + step + every.length) % every.length];
  const first = [...other.cuts, ...other.joins].map(sheetOf).find(Boolean);
  mark();
  if (first) go(first);
  refresh();
  return true;
}

/** Take what is shown. @returns {import("./board-model.js").Change | null} */
export function takeOther() {
  const change = other && { do: "recut", pages: other.cuts, joins: other.joins };
  leaveOther();
  return change;
}

export function leaveOther() {
  const was = other !== null;
  other = null;
  mark();
  refresh();
  return was;
}

function mark() {
  for (const sheet of all(review, ".would-cut, .would-join")) sheet.classList.remove("would-cut", "would-join");
  for (const page of other?.cuts ?? []) sheetOf(page)?.classList.add("would-cut");
  for (const page of other?.joins ?? []) sheetOf(page)?.classList.add("would-join");
}

// --- the line that asks --------------------------------------------------------------------------

/** @param {string[]} pages */
const numbers = (pages) => pages.map((page) => Number(/** @type {HTMLElement} */ (sheetOf(page)).dataset.order) + 1).join(", ");

/** Say what is asked now, and how far one has come. */
export function refresh() {
  progress();
  const line = document.getElementById("ask");
  if (!line) return;
  const doubt = asked();
  line.hidden = !other && !doubt;
  const asking = other ? [] : doubt?.pages ?? [];
  for (const sheet of all(review, ".asked")) if (!asking.includes(sheet.dataset.page ?? "")) sheet.classList.remove("asked");
  if (asking.length > 1) for (const page of asking) sheetOf(page)?.classList.add("asked");
  const words = /** @type {HTMLElement} */ (document.getElementById("ask-words"));
  const why = /** @type {HTMLElement} */ (document.getElementById("ask-why"));
  const buttons = /** @type {HTMLElement} */ (document.getElementById("ask-buttons"));
  if (other) {
    const every = alternatives();
    const changes = [
      other.cuts.length ? say("would_cut", { pages: numbers(other.cuts) }) : "",
      other.joins.length ? say("would_join", { pages: numbers(other.joins) }) : "",
    ].filter(Boolean).join("; ");
    const number = every.findIndex((one) => JSON.stringify(one) === JSON.stringify(other)) + 1;
    words.textContent = say("alternative", { number, all: every.length, probability: percent(other.probability), changes });
    why.textContent = "";
    buttons.replaceChildren(button("take", "Enter"), button("next", "B"), button("leave", "Esc"));
  } else if (doubt) {
    const sheet = /** @type {HTMLElement} */ (sheetOf(doubt.page));
    const row = rowOf(sheet);
    words.textContent = say(`ask_${doubt.about}`, {
      page: Number(sheet.dataset.order) + 1,
      pages: numbers(doubt.pages),
      probability: sheet.dataset.probability,
      group: row?.querySelector(".group-no")?.textContent,
      category: categoryName(row?.dataset.category ?? ""),
    });
    why.textContent = (doubt.about === "category" ? row : doubt.pages.length > 1 ? null : sheet)?.dataset.why ?? "";
    const change = { cut: ["join", "X"], no_cut: ["cut", "S"], category: ["category", "C"], order: ["order", "O"], no_order: ["order", "O"] }[doubt.about];
    const name = doubt.pages.length > 1 ? doubt.about : change[0];
    buttons.replaceChildren(button("keep", "Space", `keep_${doubt.about}`), button(change[0], change[1], `act_${name}`));
  }
}

/** @param {number} value */
const percent = (value) => new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(value);

/** @param {string} act @param {string} key @param {string} [name] */
function button(act, key, name = `act_${act}`) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "small";
  made.dataset.tool = act;
  made.tabIndex = -1;
  const shown = document.createElement("kbd");
  shown.textContent = key === "Space" ? say("space") : key;
  made.append(say(name), " ", shown);
  return made;
}

function progress() {
  const place = document.getElementById("walk-left");
  if (!place) return;
  const every = doubts();
  const open = every.filter((doubt) => doubt.open).length;
  const settled = every.length - open;
  place.textContent = open
    ? `${say(open === 1 ? "one_left" : "many_left", { number: open })} · ${say("checked", { settled, all: every.length })}`
    : say("all_checked", { all: every.length });
  document.getElementById("walk")?.classList.toggle("done", !open);
}
