// @ts-check
// A bank statement: balances as one types, rows added and taken out with the keys, and nothing sent
// before it is saved.

import { cents, plain, written } from "./amounts.js";
import { offer } from "./choices.js";
import { keys } from "./keys.js";

const paper = document.getElementById("paper") ? import("./paper.js") : null;

const form = /** @type {HTMLFormElement} */ (document.getElementById("document"));
const editable = form.dataset.editable === "yes";
const body = /** @type {HTMLTableSectionElement} */ (document.querySelector("#rows tbody"));
const blank = /** @type {HTMLTableRowElement | null} */ (body.querySelector('tr[data-row="new"]'));
blank?.remove();

/** @returns {HTMLTableRowElement[]} */
const rows = () => [...body.rows];
/** @param {ParentNode} place @param {string} kind */
const amount = (place, kind) => cents(place.querySelector(`input[data-kind="${kind}"]`) instanceof HTMLInputElement
  ? /** @type {HTMLInputElement} */ (place.querySelector(`input[data-kind="${kind}"]`)).value : "");

// --- the proof ----------------------------------------------------------------------------------

const total = /** @type {HTMLElement} */ (document.getElementById("total"));
const difference = /** @type {HTMLOutputElement} */ (document.getElementById("difference"));

function prove() {
  const opening = amount(form, "opening");
  const closing = amount(form, "closing");
  let sum = 0n;
  let sound = true;
  for (const row of rows()) {
    const came = amount(row, "in");
    const went = amount(row, "out");
    const wrong = came === null || went === null || (came !== undefined && went !== undefined);
    row.classList.toggle("wrong", wrong);
    sound &&= !wrong;
    sum += (came ?? 0n) - (went ?? 0n);
    const running = typeof opening === "bigint" && sound ? opening + sum : null;
    const shown = /** @type {HTMLElement} */ (row.querySelector(".running span"));
    shown.textContent = running === null ? "" : written(running);
    const printed = /** @type {HTMLElement} */ (row.querySelector(".printed"));
    printed.classList.toggle("off", Boolean(printed.dataset.balance) && running !== null && printed.dataset.balance !== plain(running));
  }
  total.textContent = sound ? written(sum) : "?";
  const off = typeof opening === "bigint" && typeof closing === "bigint" && sound ? closing - opening - sum : null;
  difference.className = `balance ${off === 0n ? "even" : "off"}`;
  difference.textContent = (off === null ? difference.dataset.none : off === 0n ? difference.dataset.even
    : difference.dataset.off?.replace("{amount}", written(off))) ?? "";
}
form.addEventListener("input", prove);
prove();

// --- rows ---------------------------------------------------------------------------------------

/** @type {(() => void)[]} */
const undoing = [];
let next = rows().length;
let changed = false;
form.addEventListener("input", () => { changed = true; });
form.addEventListener("submit", () => { changed = false; });
addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

/** The row that has the focus, or the one it was in. @returns {HTMLTableRowElement | null} */
const here = () => document.activeElement?.closest("#rows tbody tr") ?? null;

/** @param {HTMLTableRowElement | undefined | null} row */
function focusOn(row) {
  row?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLTableRowElement} row */
function edit(row) {
  const first = row.querySelector("input:not([type=hidden])");
  if (first instanceof HTMLInputElement) first.focus();
}

/** Rows changed: the proof is made anew. @param {() => void} undo */
function did(undo) {
  changed = true;
  undoing.push(undo);
  prove();
}

function add() {
  if (!blank || !editable) return;
  const before = here() ?? rows().at(-1) ?? null;
  const row = /** @type {HTMLTableRowElement} */ (blank.cloneNode(true));
  row.dataset.row = String(next);
  for (const field of row.querySelectorAll("input")) field.name = field.name.replace("row.new.", `row.${next}.`);
  next += 1;
  const day = /** @type {HTMLInputElement | null} */ (row.querySelector("input[type=date]"));
  const above = before?.querySelector("input[type=date]");
  if (day && above instanceof HTMLInputElement) day.value = above.value;
  if (before) before.after(row);
  else body.append(row);
  did(() => row.remove());
  edit(row);
}

/** @param {HTMLTableRowElement} row */
function takeOut(row) {
  const after = row.nextElementSibling;
  const neighbour = /** @type {HTMLTableRowElement | null} */ (after ?? row.previousElementSibling);
  row.remove();
  did(() => {
    if (after?.isConnected) after.before(row);
    else body.append(row);
    focusOn(row);
  });
  if (neighbour) focusOn(neighbour);
  else document.getElementById("add")?.focus();
}

function undo() {
  undoing.pop()?.();
  prove();
}

/** @param {number} by */
function step(by) {
  const all = rows();
  const row = here();
  focusOn(row ? all[all.indexOf(row) + by] : all[0]);
}

document.getElementById("add")?.addEventListener("click", add);

// The row that has the focus is lit where it stands on the paper.
body.addEventListener("focusin", () => {
  const { page, box } = here()?.dataset ?? {};
  void paper?.then(({ preview }) => preview(page === undefined ? null : Number(page), box ? JSON.parse(box) : null));
});

body.addEventListener("keydown", (event) => {
  const field = event.target;
  const row = here();
  if (!row || !(field instanceof HTMLInputElement) || event.ctrlKey || event.altKey) return;
  const steps = field.type === "date" ? [] : ["ArrowUp", "ArrowDown"];
  if (event.key === "Escape") focusOn(row);
  else if (event.key === "Enter") {
    const fields = [...body.querySelectorAll("input:not([type=hidden])")];
    const following = fields[fields.indexOf(field) + 1];
    if (following instanceof HTMLInputElement) {
      following.focus();
      if (following.type !== "date") following.select();
    } else focusOn(row);
  } else if (steps.includes(event.key)) {
    const all = rows();
    const other = all[all.indexOf(row) + (event.key === "ArrowUp" ? -1 : 1)];
    const same = other?.querySelector(`[name$="${field.name.slice(field.name.lastIndexOf("."))}"]`);
    if (!(same instanceof HTMLInputElement)) return;
    same.focus();
    same.select();
  } else return;
  event.preventDefault();
});

/** @param {string} id */
const press = (id) => {
  const button = document.getElementById(id);
  if (button instanceof HTMLButtonElement) button.click();
  return button !== null;
};
const onRow = () => here() !== null;
keys(
  // Once it is accepted, arrows walk what its movements are.
  { keys: "ArrowDown", run: () => (proposals && !onRow() ? stepTo(movement(), 1) : step(1)) },
  { keys: "ArrowUp", run: () => (proposals && !onRow() ? stepTo(movement(), -1) : step(-1)) },
  { keys: "m", when: () => movement() !== null, run: () => takeBest() },
  { keys: "f", when: () => movement() !== null, run: () => {
    const input = movement()?.querySelector("[data-items]");
    if (!(input instanceof HTMLInputElement)) return false;
    input.focus();
    void findItems(input);
    return true;
  } },
  { keys: "r", when: () => movement() !== null, run: () => makeRule(movement()) },
  { keys: "Enter", when: () => editable && onRow(), run: () => { const row = here(); if (row) edit(row); } },
  { keys: "+", when: () => editable, run: add },
  { keys: "Delete", when: () => editable && onRow(), run: () => { const row = here(); if (row) takeOut(row); } },
  { keys: "Ctrl+z", when: () => undoing.length > 0, run: undo },
  { keys: "Ctrl+s", run: () => press("save") },
  { keys: "Ctrl+Enter", run: () => press("onwards") || press("post") },
  {
    keys: "Alt+p",
    run: () => {
      const all = rows();
      const row = here();
      const from = row ? all.indexOf(row) + 1 : 0;
      const doubtful = [...all.slice(from), ...all.slice(0, from)].find((one) => one.classList.contains("doubtful"));
      if (doubtful) edit(doubtful);
    },
  },
);

// --- what each movement is ----------------------------------------------------------------------

const proposals = document.getElementById("proposals");
/** @returns {HTMLTableRowElement[]} */
const moved = () => [...(proposals?.querySelectorAll("tr") ?? [])];
/** The movement that has the focus. @returns {HTMLTableRowElement | null} */
const movement = () => document.activeElement?.closest("#proposals tr") ?? null;

proposals?.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement)) return;
  if (field.dataset.items !== undefined) {
    if (event.isTrusted) void findItems(field);
    return;
  }
  const choice = field.closest("tr")?.querySelector("select");
  if (choice) choice.value = field.value ? "account" : /** @type {HTMLOptionElement} */ (choice.options[0]).value;
});

let asked = 0;

/** Open documents by number, name or amount. @param {HTMLInputElement} input */
async function findItems(input) {
  const row = /** @type {HTMLTableRowElement} */ (input.closest("tr"));
  const mine = (asked += 1);
  const said = new URLSearchParams({ q: input.value.trim(), amount: row.dataset.amount ?? "" });
  const answer = await fetch(`${location.pathname}/open-items?${said}`, { headers: { "X-Fragment": "items" } }).catch(() => null);
  if (!answer?.ok || mine !== asked || document.activeElement !== input) return;
  const parsed = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html"); // of our own server
  offer({ input, take: (option) => pay(row, option) }, [...parsed.querySelectorAll("li")].map((item) => document.adoptNode(item)));
}

/** Let a movement pay a document. @param {HTMLTableRowElement} row @param {HTMLElement} option */
function pay(row, option) {
  const select = /** @type {HTMLSelectElement} */ (row.querySelector("select"));
  const value = `match ${option.dataset.value}`;
  const there = [...select.options].find((one) => one.value === value);
  if (!there) select.add(new Option(option.textContent?.replace(/\s+/g, " ").trim() ?? "", value));
  select.value = value;
  const input = /** @type {HTMLInputElement} */ (row.querySelector("[data-items]"));
  input.value = option.querySelector("b")?.textContent ?? "";
  stepTo(row, 1);
}

/** @param {HTMLTableRowElement | null} row @param {number} by */
function stepTo(row, by) {
  const all = moved();
  focusOn(row ? all[all.indexOf(row) + by] ?? row : all[0]);
}

function takeBest() {
  const row = movement();
  const select = row?.querySelector("select");
  const best = [...(select?.options ?? [])].find((one) => one.value.startsWith("match "));
  if (!row || !select || !best) return false;
  select.value = best.value;
  stepTo(row, 1);
  return true;
}

const ruleDialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("rule"));

/** @param {HTMLTableRowElement | null} row */
function makeRule(row) {
  const form = ruleDialog?.querySelector("form");
  if (!row || !ruleDialog || !form) return;
  const words = /** @type {HTMLInputElement} */ (form.elements.namedItem("rule.words"));
  const side = /** @type {HTMLSelectElement} */ (form.elements.namedItem("rule.side"));
  const account = /** @type {HTMLInputElement} */ (form.elements.namedItem("rule.account"));
  // What changes each month, numbers and days, makes no rule.
  words.value = (row.dataset.label ?? "").split(/\s+/).filter((word) => !/\d/.test(word)).join(" ");
  side.value = row.dataset.amount?.startsWith("-") ? "out" : "in";
  account.value = /** @type {HTMLInputElement} */ (row.querySelector("[name^='account.']")).value;
  ruleDialog.showModal();
  (account.value ? words : account).focus();
}
ruleDialog?.querySelector("[data-leave]")?.addEventListener("click", () => ruleDialog.close());
proposals?.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-rule]") : null;
  if (button) makeRule(button.closest("tr"));
});
