// @ts-check
// The page board: what people do with keys, pointer and buttons. A change shows at once
// (`board-model`), is sent (`board-service`), and can be taken back.

import { all, apply, before, boardNow, categoryName, copyOf, review, rowOf, say, sheetOf, sheets, show } from "./board-model.js";
import * as focus from "./board-focus.js";
import { isIdle, isRead, send, statusNow } from "./board-service.js";
import * as walk from "./board-walk.js";
import * as preview from "./board-preview.js";
import { choose } from "./board-category.js";
import { dragging } from "./board-drag.js";
import { fetchPictures } from "./board-pictures.js";
import { keys } from "./keys.js";
import { hush, tell } from "./page.js";

/** @typedef {import("./board-model.js").Change} Change */

/** Boards to come back to at once, until others have changed something. @type {import("./board-model.js").Board[]} */
let past = [];
/** @type {import("./board-model.js").Board[]} */
let future = [];
let validateWhenRead = false;

const editable = () => statusNow() === "ready" && Boolean(document.getElementById("undo"));

/** @param {string} text */
function announce(text) {
  /** @type {HTMLElement} */ (document.getElementById("announce")).textContent = text;
}

/** What was said of the last thing done is over, and a validation that waits for reading is called off. */
function begun() {
  hush();
  validateWhenRead = false;
}

/** Do something, and go on with what there is to check if it answered what was asked. @param {Change} change @param {string} said */
function act(change, said) {
  begun();
  const asked = walk.asked();
  const old = boardNow();
  past.push(copyOf(old));
  future = [];
  walk.leaveOther();
  show(apply(old, change));
  send({ kind: "change", change });
  enable("undo", true);
  enable("redo", false);
  focus.restore(true);
  announce(said);
  if (asked && !walk.asked() && !walk.goOn()) announce(`${said} ${say("nothing_left")}`);
  walk.refresh();
}

/** @param {string} id @param {boolean} on */
function enable(id, on) {
  const button = /** @type {HTMLButtonElement | null} */ (document.getElementById(id));
  if (button) button.disabled = !on;
}

/** @param {"undo" | "redo"} kind @param {number} [which] */
function takeBack(kind, which) {
  const button = /** @type {HTMLButtonElement | null} */ (document.getElementById(kind));
  if (button?.disabled && which === undefined) return;
  begun();
  const from = kind === "undo" ? past : future;
  const board = which === undefined ? from.pop() : undefined;
  if (board) {
    (kind === "undo" ? future : past).push(copyOf(boardNow()));
    show(board);
    focus.restore(true);
  } else past = future = [];
  send({ kind, which });
  announce(say(kind === "undo" ? "undone" : "redone"));
}

// --- what can be done with pages -------------------------------------------------------------

const first = (/** @type {string[]} */ pages) => sheetOf(pages[0]);
const number = (/** @type {string} */ page) => Number(/** @type {HTMLElement} */ (sheetOf(page)).dataset.order) + 1;
const inGroups = (/** @type {string[]} */ pages) => pages.filter((page) => rowOf(sheetOf(page)));

/** @type {Record<string, (pages: string[]) => void>} */
const tools = {
  cut(pages) {
    const inside = inGroups(pages).slice(0, 1);
    if (inside.length) act({ do: "cut", pages: inside }, say("did_cut", { page: number(inside[0]) }));
  },
  join(pages) {
    const board = boardNow();
    const group = board.groups.find((one) => one.pages.includes(pages[0]));
    const target = before(board, group);
    if (group && target) act({ do: "join", pages: [group.pages[0]], onto: target.pages[0] }, say("did_join"));
  },
  new: (pages) => act({ do: "new", pages }, say("did_new")),
  aside(pages) {
    const loose = pages.filter((page) => !rowOf(sheetOf(page)));
    if (loose.length === pages.length) return bringBack(pages);
    act({ do: "aside", pages: inGroups(pages) }, say("did_aside", { number: pages.length }));
  },
  turn: (pages) => act({ do: "turn", pages, degrees: 90 }, say("did_turn")),
  category(pages) {
    const inside = inGroups(pages);
    if (!inside.length) return;
    choose(rowOf(first(inside))?.dataset.category ?? "", (category) => {
      act({ do: "category", pages: inside, category }, say("did_category", { category: categoryName(category) }));
    });
  },
  keep() {
    const doubt = walk.asked();
    if (doubt) act(walk.keeping(doubt), say("did_keep"));
    else if (!walk.goOn()) announce(say("nothing_left"));
  },
  order() {
    const doubt = walk.asked();
    if (doubt?.about === "order") act({ do: "as_fed", pages: doubt.pages }, say("did_as_fed"));
    else if (doubt?.about === "no_order") act({ do: "order", pages: doubt.pages }, say("did_order"));
    else announce(say("no_order"));
  },
  preview: () => preview.toggle(focus.currentSheet()),
  alternative: () => void tryOther(1),
  next: () => void tryOther(1),
  take() {
    const change = walk.takeOther();
    if (change) act(change, say("did_recut"));
  },
  leave: () => void walk.leaveOther(),
};

/** Back into the group that holds the page before it in the stack. @param {string[]} pages */
function bringBack(pages) {
  const place = (/** @type {HTMLElement} */ sheet) => Number(sheet.dataset.order);
  const here = place(/** @type {HTMLElement} */ (first(pages)));
  const earlier = sheets().filter((sheet) => rowOf(sheet) && place(sheet) < here).sort((a, b) => place(b) - place(a))[0];
  if (earlier) act({ do: "move", pages, onto: earlier.dataset.page }, say("did_move", { number: pages.length }));
  else tools.new(pages);
}

/** @param {string[]} pages @param {number} wanted the number of a group that is there, another for a new one, 0 for none */
function toNumber(pages, wanted) {
  const group = boardNow().groups[wanted - 1];
  const stays = group?.pages.find((page) => !pages.includes(page));
  if (!wanted) act({ do: "aside", pages }, say("did_aside", { number: pages.length }));
  else if (!group) tools.new(pages);
  else if (stays) act({ do: "move", pages, onto: stays }, say("did_move", { number: pages.length }));
}

/** Within the group, one place on. @param {number} steps */
function shift(steps) {
  const pages = inGroups(focus.meant());
  const group = boardNow().groups.find((one) => one.pages.includes(pages[0]));
  if (!group || !pages.every((page) => group.pages.includes(page))) return;
  const rest = group.pages.filter((page) => !pages.includes(page));
  const at = group.pages.indexOf(pages[0]) + steps;
  if (at < 0 || at > rest.length) return;
  if (at < rest.length) act({ do: "move", pages, onto: rest[at], before: rest[at] }, say("did_move", { number: pages.length }));
  else {
    // Behind the last: what is behind these pages goes before them.
    const behind = group.pages.slice(group.pages.indexOf(pages[pages.length - 1]) + 1);
    act({ do: "move", pages: behind, onto: pages[0], before: pages[0] }, say("did_move", { number: pages.length }));
  }
}

/** To the group before or the next one. @param {number} steps */
function shiftGroup(steps) {
  const pages = focus.meant();
  const { groups } = boardNow();
  const target = groups[groups.findIndex((group) => group.pages.includes(pages[0])) + steps];
  const stays = target?.pages.find((page) => !pages.includes(page));
  if (inGroups(pages).length && stays) act({ do: "move", pages, onto: stays }, say("did_move", { number: pages.length }));
}

/** @param {number} step */
function tryOther(step) {
  if (!walk.tryOther(step)) announce(say("no_alternative"));
  else announce(document.getElementById("ask-words")?.textContent ?? "");
}

// --- validating ------------------------------------------------------------------------------

const sure = /** @type {HTMLDialogElement} */ (document.getElementById("sure"));

/** @param {boolean} [anyway] */
function validate(anyway = false) {
  const open = walk.left();
  if (open && !anyway) {
    /** @type {HTMLElement} */ (document.getElementById("sure-words")).textContent = document.getElementById("walk-left")?.textContent ?? "";
    sure.showModal();
    return;
  }
  validateWhenRead = !isIdle() || !isRead();
  if (validateWhenRead) tell(say("wait_validate"), "good");
  else /** @type {HTMLFormElement} */ (document.getElementById("validate-form")).requestSubmit();
}

sure.addEventListener("click", (event) => {
  const answer = event.target instanceof HTMLElement ? event.target.dataset.sure : undefined;
  if (answer || event.target === sure) sure.close();
  if (answer === "yes") validate(true);
  if (answer === "no") walk.goOn();
});

// --- history -----------------------------------------------------------------------------------

const history = /** @type {HTMLDialogElement} */ (document.getElementById("history"));

async function showHistory() {
  const answer = await fetch(`/imports/${encodeURIComponent(review.dataset.import ?? "")}/board/history`, { headers: { "X-Fragment": "history" } });
  if (!answer.ok) return;
  /** @type {HTMLElement} */ (document.getElementById("history-list")).innerHTML = await answer.text();
  history.showModal();
}

history.addEventListener("click", (event) => {
  const which = event.target instanceof HTMLElement ? event.target.dataset.undo : undefined;
  if (which || event.target === history) history.close();
  if (which) takeBack("undo", Number(which));
});

// --- pointer -------------------------------------------------------------------------------------

review.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest("button");
  const tool = button?.dataset.tool;
  if (button?.id === "walk") return void (walk.goOn() || announce(say("nothing_left")));
  if (button?.id === "history-button") return void showHistory();
  if (button?.id === "validate") {
    event.preventDefault();
    return validate();
  }
  if (tool) return tools[tool](focus.meant());
  const done = button?.dataset.act;
  const sheet = /** @type {HTMLElement | null} */ (event.target.closest("[data-page]"));
  if (done && button) {
    const page = (sheet ?? rowOf(button)?.querySelector("[data-page]"))?.getAttribute("data-page") ?? "";
    focus.go(sheetOf(page), { focus: false });
    return tools[done]([page]);
  }
  if (!sheet || event.target.closest("input")) return;
  const page = sheet.dataset.page ?? "";
  const touched = event instanceof PointerEvent && event.pointerType === "touch";
  if (event.ctrlKey || event.metaKey || (touched && sheet === focus.currentSheet())) {
    focus.toggle(page);
    focus.go(sheet, { keep: true });
  } else focus.go(sheet, { extend: event.shiftKey });
});
review.addEventListener("dblclick", (event) => {
  if (event.target instanceof Element && event.target.closest(".thumb")) preview.open(focus.currentSheet());
});
// Focus that comes with Tab, or with a screen reader; what a pointer means, its click says.
let pressing = false;
review.addEventListener("pointerdown", () => (pressing = true));
document.addEventListener("pointerup", () => setTimeout(() => (pressing = false)));
document.addEventListener("dragend", () => (pressing = false));
review.addEventListener("focusin", (event) => {
  const sheet = event.target instanceof Element && event.target.matches("[data-page]") ? event.target : null;
  if (sheet && !pressing && sheet !== focus.currentSheet()) focus.go(sheet, { focus: false, keep: true });
});

// --- numbers that are typed --------------------------------------------------------------------

review.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.matches(".group-number")) return;
  const typed = input.value.trim();
  const page = input.closest("[data-page]")?.getAttribute("data-page") ?? "";
  if (!/^\d{0,6}$/.test(typed)) {
    show(boardNow());
    input.value = rowOf(input)?.querySelector(".group-no")?.textContent ?? "";
    return;
  }
  const pages = focus.meant().includes(page) ? focus.meant() : [page];
  toNumber(pages, Number(typed || 0));
});
review.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.matches(".group-number")) return;
  const sheet = input.closest("[data-page]");
  if (event.key === "Escape") input.value = rowOf(input)?.querySelector(".group-no")?.textContent ?? "";
  if (!["Enter", "Escape"].includes(event.key)) return;
  event.preventDefault();
  focus.go(sheet, { keep: true }); // leaving the field says that it was changed
});

// --- to a page by its number ----------------------------------------------------------------------

const toPage = /** @type {HTMLDialogElement} */ (document.getElementById("to-page"));
const pageNumber = /** @type {HTMLInputElement} */ (document.getElementById("to-page-number"));

function askPage() {
  pageNumber.value = "";
  toPage.showModal();
}
pageNumber.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const wanted = review.querySelector(`[data-page][data-order="${Number(pageNumber.value) - 1}"]`);
  toPage.close();
  if (wanted) focus.go(wanted); // at once, for the next key may mean this page
  else focus.restore(true);
});

function type() {
  const input = focus.currentSheet()?.querySelector("input");
  input?.focus();
  input?.select();
  return false; // the browser types it into the field
}

// --- forms that the page has for browsers without scripts ----------------------------------------

review.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const kind = form.dataset.fragment;
  if (kind !== "undo" && kind !== "redo") return;
  event.preventDefault();
  takeBack(kind);
});

// --- keys ----------------------------------------------------------------------------------------

/** @param {string} pressed @param {() => unknown} run */
const key = (pressed, run) => keys({ keys: pressed, run, when: () => focus.currentSheet() !== null });
/** @param {string} pressed @param {() => unknown} run */
const editing = (pressed, run) => keys({ keys: pressed, run, when: () => editable() && focus.currentSheet() !== null });

keys({ keys: "Enter", run: () => tools.take([]), when: walk.isTrying });
keys({ keys: "Escape", run: () => walk.leaveOther() || preview.close() || focus.clear() });
key("ArrowRight j", () => focus.step(1));
key("ArrowLeft k", () => focus.step(-1));
key("ArrowDown", () => focus.stepGroup(1));
key("ArrowUp", () => focus.stepGroup(-1));
key("Shift+ArrowRight Shift+j", () => focus.step(1, true));
key("Shift+ArrowLeft Shift+k", () => focus.step(-1, true));
key("Shift+ArrowDown", () => focus.stepGroup(1, true));
key("Shift+ArrowUp", () => focus.stepGroup(-1, true));
key("Home", () => focus.go(sheets()[0]));
key("End", () => focus.go(sheets().at(-1) ?? null));
key("Ctrl+a", () => focus.selectGroup());
key("Enter p", () => tools.preview([]));
for (const [pressed, tool] of [["s", "cut"], ["x", "join"], ["n", "new"], ["o", "order"], ["a", "aside"], ["r", "turn"], ["c", "category"], ["Space", "keep"]]) {
  editing(pressed, () => tools[tool](focus.meant()));
}
editing("Alt+ArrowLeft", () => shift(-1));
editing("Alt+ArrowRight", () => shift(1));
editing("Alt+ArrowUp", () => shiftGroup(-1));
editing("Alt+ArrowDown", () => shiftGroup(1));
editing("b", () => tryOther(1));
editing("Shift+b", () => tryOther(-1));
editing("v", () => validate());
keys({ keys: "z Ctrl+z", run: () => takeBack("undo"), when: editable });
keys({ keys: "Shift+z y Ctrl+y Ctrl+Shift+z", run: () => takeBack("redo"), when: editable });
keys({ keys: "z", run: () => document.getElementById("reopen")?.click(), when: () => statusNow() === "validated" });
key("g", askPage);
keys({ keys: "h", run: () => void showHistory() });
keys({ keys: "+ =", run: () => preview.magnify(1), when: preview.isOpen });
keys({ keys: "-", run: () => preview.magnify(-1), when: preview.isOpen });
keys({ keys: "f", run: () => preview.magnify(0), when: preview.isOpen });
keys({ keys: "t", run: () => preview.toggleText(), when: preview.isOpen });
for (const digit of "0123456789") {
  keys({ keys: digit, run: type, when: () => editable() && focus.currentSheet() !== null });
}

document.getElementById("preview")?.addEventListener("click", (event) => {
  const what = event.target instanceof HTMLElement ? event.target.dataset.preview : undefined;
  if (what === "in" || what === "out") preview.magnify(what === "in" ? 1 : -1);
  if (what === "fit") preview.magnify(0);
  if (what === "next" || what === "previous") focus.step(what === "next" ? 1 : -1);
  if (what === "text") preview.toggleText();
  if (what === "close") {
    preview.close();
    focus.restore(true);
  }
});

// --- what happens around -------------------------------------------------------------------------

document.addEventListener("board-current", () => {
  preview.follow(focus.currentSheet());
  walk.refresh();
});
document.addEventListener("board-put", (event) => {
  const { others, before: was } = /** @type {CustomEvent<{ others: string[], before: string }>} */ (event).detail;
  if (others.length) {
    past = future = [];
    tell(others.join(" · "), "good");
  }
  walk.refresh();
  if (was !== "ready" && editable()) begin();
  if (validateWhenRead && isIdle() && isRead()) validate(true);
});
document.addEventListener("board-again", (event) => {
  for (const change of /** @type {CustomEvent<Change[]>} */ (event).detail) act(change, "");
});

/** At the first thing to check, or at the first page. */
function begin() {
  focus.restore(false);
  if (editable() && walk.left()) walk.goOn();
  else if (editable()) focus.go(sheets()[0] ?? null);
  else document.getElementById("start-posting")?.focus();
  walk.refresh();
}

show(boardNow());
begin();
if (document.getElementById("undo")) {
  dragging((change) => {
    const said = { new: say("did_new"), aside: say("did_aside", { number: change.pages.length }) }[change.do];
    act(change, said ?? say("did_move", { number: change.pages.length }));
  });
}
document.addEventListener("board-put", fetchPictures);
fetchPictures();
