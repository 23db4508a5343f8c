// @ts-check
// The board as it stands on the page: read from it, changed as the service will change it, and put
// back with the least movement, so that a change shows at once and whatever did not change stays.

/**
 * @typedef {object} Group
 * @property {HTMLElement | null} row none for a group that was just made
 * @property {string[]} pages
 * @property {string} category
 *
 * @typedef {object} Board
 * @property {Group[]} groups
 * @property {string[]} aside
 *
 * @typedef {object} Change
 * @property {string} do
 * @property {string[]} pages
 * @property {string} [onto]
 * @property {string} [before]
 * @property {string[]} [joins]
 * @property {string} [category]
 * @property {string} [reason]
 * @property {number} [degrees]
 */

export const review = /** @type {HTMLElement} */ (document.getElementById("review"));
/** @type {Record<string, string>} */
const sentences = JSON.parse(review.dataset.words ?? "{}");

/** A sentence of the page, with values in it. @param {string} name @param {Record<string, unknown>} [values] */
export function say(name, values = {}) {
  return sentences[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
}

/** @template {HTMLElement} T @param {ParentNode} root @param {string} selector @returns {T[]} */
export const all = (root, selector) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

/** @param {string} page */
export const sheetOf = (page) => review.querySelector(`[data-page="${CSS.escape(page)}"]`);

/** All sheets, in the order of the board. @returns {HTMLElement[]} */
export const sheets = () => all(review, "[data-page]");

/** @param {Element | null} sheet @returns {HTMLElement | null} */
export const rowOf = (sheet) => sheet?.closest(".group") ?? null;

/** @param {ParentNode} root */
const pagesIn = (root) => all(root, "[data-page]").map((sheet) => sheet.dataset.page ?? "");

/** Page → its place in the stack, which never changes. @type {Map<string, number>} */
const places = new Map();

/** @param {string} page */
function place(page) {
  if (!places.has(page)) for (const sheet of sheets()) places.set(sheet.dataset.page ?? "", Number(sheet.dataset.order));
  return places.get(page) ?? 0;
}

const list = () => /** @type {HTMLElement} */ (document.getElementById("groups"));

/** @returns {Board} */
export function boardNow() {
  return {
    groups: all(list(), ".group").map((row) => ({ row, pages: pagesIn(row), category: row.dataset.category ?? "" })),
    aside: pagesIn(/** @type {HTMLElement} */ (document.getElementById("aside"))),
  };
}

/** @param {Board} board @param {string | undefined} page */
const groupOf = (board, page) => board.groups.find((group) => page !== undefined && group.pages.includes(page));

/** @param {Board} board @param {string[]} pages */
function takeOut(board, pages) {
  const gone = new Set(pages);
  for (const group of board.groups) group.pages = group.pages.filter((page) => !gone.has(page));
  board.aside = board.aside.filter((page) => !gone.has(page));
}

/** @param {Board} board @param {string} page */
function cut(board, page) {
  const group = groupOf(board, page);
  const at = group?.pages.indexOf(page) ?? 0;
  if (group && at > 0) board.groups.push({ row: null, pages: group.pages.splice(at), category: group.category });
}

/** @param {Board} board @param {string} page @param {string} [onto] */
function join(board, page, onto) {
  const group = groupOf(board, page);
  const target = groupOf(board, onto) ?? before(board, group);
  if (!group || !target || target === group) return;
  target.pages.push(...group.pages);
  group.pages = [];
}

/** The group that a group would be joined with. @param {Board} board @param {Group} [group] */
export function before(board, group) {
  return group && board.groups[board.groups.indexOf(group) - 1];
}

/** @param {Board} board @param {Change} change */
function move(board, change) {
  const target = groupOf(board, change.onto);
  if (!target) return;
  takeOut(board, change.pages);
  if (change.before) target.pages.splice(target.pages.indexOf(change.before), 0, ...change.pages);
  else {
    for (const page of [...change.pages].sort((a, b) => place(a) - place(b))) {
      const at = target.pages.findIndex((other) => place(other) > place(page));
      target.pages.splice(at < 0 ? target.pages.length : at, 0, page);
    }
  }
}

/** The board after a change, in place; what is kept on sheets and rows is changed there. @param {Board} board @param {Change} change */
export function apply(board, change) {
  const { pages } = change;
  if (change.do === "cut") for (const page of pages) cut(board, page);
  if (change.do === "join") for (const page of pages) join(board, page, change.onto);
  if (change.do === "recut") {
    for (const page of pages) cut(board, page);
    for (const page of change.joins ?? []) join(sorted(board), page);
  }
  if (change.do === "move") move(board, change);
  if (change.do === "new" || change.do === "order") {
    const home = groupOf(board, pages[0]);
    if (home?.pages.join() !== pages.join()) {
      takeOut(board, pages);
      board.groups.push({ row: null, pages: [...pages], category: home?.category ?? "other" });
    }
  }
  if (change.do === "as_fed") asFed(board, pages);
  if (change.do === "aside") {
    takeOut(board, pages);
    board.aside.push(...pages);
  }
  if (change.do === "category") {
    for (const group of pages.map((page) => groupOf(board, page))) {
      if (group) group.category = change.category ?? group.category;
    }
  }
  if (change.do === "turn") for (const page of pages) turn(page, change.degrees ?? 90);
  settle(change);
  return sorted(board);
}

/** Neighbours of the stack together again. @param {Board} board @param {string[]} pages */
function asFed(board, pages) {
  const category = groupOf(board, pages[0])?.category ?? "other";
  const line = board.groups.flatMap((group) => group.pages).sort((a, b) => place(a) - place(b));
  takeOut(board, pages);
  /** @type {string | undefined} */
  let last;
  for (const page of line) {
    if (pages.includes(page)) {
      if (last && pages.includes(last)) board.groups[board.groups.length - 1].pages.push(page);
      else board.groups.push({ row: null, pages: [page], category });
    }
    last = page;
  }
}

/** What a person has decided is not asked any more. @param {Change} change */
function settle(change) {
  if (["cut", "join", "keep_cut", "order", "as_fed"].includes(change.do)) {
    for (const page of change.pages) {
      const sheet = /** @type {HTMLElement | null} */ (sheetOf(page));
      if (sheet?.dataset.doubt) sheet.dataset.doubt = "settled";
      const others = sheet?.dataset.reordered?.split(" ") ?? [];
      if (sheet && others.length && others.every((other) => change.pages.includes(other))) sheet.dataset.reorderedDoubt = "settled";
    }
  }
  if (["category", "keep_category"].includes(change.do)) {
    for (const row of change.pages.map((page) => rowOf(sheetOf(page)))) {
      if (row?.dataset.doubt) row.dataset.doubt = "settled";
      row?.querySelector(".badge.check")?.remove();
    }
  }
}

/** @param {string} page @param {number} degrees */
function turn(page, degrees) {
  const sheet = /** @type {HTMLElement} */ (sheetOf(page));
  sheet.classList.remove(`r${sheet.dataset.rotation}`);
  sheet.dataset.rotation = String((Number(sheet.dataset.rotation) + degrees) % 360);
  sheet.classList.add(`r${sheet.dataset.rotation}`);
}

/** Groups lie as the stack does: by the first of their pages. @param {Board} board */
function sorted(board) {
  board.groups = board.groups
    .filter((group) => group.pages.length)
    .map((group) => ({ group, first: Math.min(...group.pages.map(place)) }))
    .sort((a, b) => a.first - b.first)
    .map(({ group }) => group);
  return board;
}

/** A copy to come back to. @param {Board} board @returns {Board} */
export const copyOf = (board) => ({
  groups: board.groups.map((group) => ({ ...group, pages: [...group.pages] })),
  aside: [...board.aside],
});

/** Put the page into the shape of the board. @param {Board} board */
export function show(board) {
  const found = new Map(sheets().map((sheet) => [sheet.dataset.page, sheet]));
  const there = new Map(all(list(), ".group").map((row) => [pagesIn(row).join(), row]));
  const rows = board.groups.map((group) => {
    const known = group.row?.isConnected ? group.row : there.get(group.pages.join());
    const row = known ?? made();
    fill(/** @type {HTMLElement} */ (row.querySelector(".sheets")), group.pages, found);
    if (row.dataset.category !== group.category || !known) {
      row.dataset.category = group.category;
      const name = row.querySelector(".category");
      if (name) name.textContent = categoryName(group.category);
    }
    return row;
  });
  arrange(list(), rows);
  fill(/** @type {HTMLElement} */ (document.getElementById("aside")), board.aside, found);
  renumber();
}

function made() {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("new-group"));
  return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true));
}

/** @param {HTMLElement} place @param {string[]} pages @param {Map<string | undefined, HTMLElement>} found */
function fill(place, pages, found) {
  if (pagesIn(place).join() === pages.join()) return;
  place.replaceChildren(.../** @type {HTMLElement[]} */ (pages.map((page) => found.get(page))));
  place.closest(".group")?.classList.add("pending");
}

/** Make these rows, in this order, all that the list has; rows that stay are not touched. @param {HTMLElement} place @param {HTMLElement[]} rows */
export function arrange(place, rows) {
  const kept = new Set(rows);
  for (const row of all(place, ".group")) if (!kept.has(row)) row.remove();
  let at = place.firstElementChild;
  for (const row of rows) {
    if (row === at) at = at.nextElementSibling;
    else place.insertBefore(row, at);
  }
}

/** How wide a group lies, by its number of pages; the last for all above (`board.css`). */
const WIDTHS = ["", "", "two", "three", "four", "many"];

/** Numbers, names for those who listen, and how wide each group lies. */
export function renumber() {
  all(list(), ".group").forEach((row, index) => {
    const number = String(index + 1);
    const label = /** @type {HTMLElement} */ (row.querySelector(".group-no"));
    if (label.textContent !== number) label.textContent = number;
    const category = categoryName(row.dataset.category ?? "");
    const inside = all(row, "[data-page]");
    WIDTHS.forEach((width, count) => width && row.classList.toggle(width, Math.min(inside.length, WIDTHS.length - 1) === count));
    inside.forEach((sheet, at) => {
      name(sheet, number, category);
      const order = Number(sheet.dataset.order);
      const astray = at > 0 && order < Number(inside[at - 1].dataset.order);
      if (sheet.classList.contains("astray") !== astray) sheet.classList.toggle("astray", astray);
    });
  });
  const aside = /** @type {HTMLElement} */ (document.getElementById("aside"));
  for (const sheet of all(aside, "[data-page]")) name(sheet, "", "");
  const section = /** @type {HTMLElement} */ (aside.closest("section"));
  section.hidden = !aside.childElementCount;
  /** @type {HTMLElement} */ (section.querySelector(".count")).textContent = String(aside.childElementCount);
}

/** @param {HTMLElement} sheet @param {string} group @param {string} category */
function name(sheet, group, category) {
  const known = `${group} ${category} ${sheet.dataset.rotation}`;
  if (sheet.dataset.named === known) return;
  sheet.dataset.named = known;
  const values = { number: Number(sheet.dataset.order) + 1, group, category, degrees: sheet.dataset.rotation };
  const turned = sheet.dataset.rotation !== "0" ? `, ${say("turned", values)}` : "";
  sheet.setAttribute("aria-label", say(group ? "page_of_group" : "page_aside", values) + turned);
  const input = sheet.querySelector("input");
  if (!input) return;
  input.tabIndex = -1;
  if (input !== document.activeElement) input.value = group;
}

/** @type {Map<string | undefined, string | undefined>} */
const names = new Map(all(document, "#category-list [data-category]").map((item) => [item.dataset.category, item.dataset.name]));

/** @param {string} code */
export const categoryName = (code) => names.get(code) ?? code;
