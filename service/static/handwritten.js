// @ts-check
// An entry written by hand: accounts are found by number or by words, the balance is always there,
// and a row takes what is missing with one key. The server says the last word when it is posted.

import { cents, written } from "./amounts.js";
import { isOpen, leave, offer } from "./choices.js";
import { keys } from "./keys.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("handwritten"));
const table = /** @type {HTMLTableElement} */ (document.getElementById("lines"));
const body = table.tBodies[0];
const output = /** @type {HTMLOutputElement} */ (document.getElementById("balance"));

// The lists of a browser and ours would both open.
for (const input of form.querySelectorAll("input[data-accounts]")) input.removeAttribute("list");

/** @param {string} side @param {ParentNode} [place] @returns {HTMLInputElement[]} */
const sides = (side, place = body) => /** @type {HTMLInputElement[]} */ ([...place.querySelectorAll(`[data-side="${side}"]`)]);

// --- the balance --------------------------------------------------------------------------------

/** Debits less credits. */
function off() {
  let [debit, credit] = [0n, 0n];
  for (const input of sides("debit")) debit += cents(input.value) ?? 0n;
  for (const input of sides("credit")) credit += cents(input.value) ?? 0n;
  return { debit, credit };
}

function balance() {
  for (const row of body.rows) {
    const [debit] = sides("debit", row);
    const [credit] = sides("credit", row);
    const both = Boolean(debit.value.trim() && credit.value.trim());
    for (const input of [debit, credit]) input.setAttribute("aria-invalid", String(both || cents(input.value) === null));
  }
  const { debit, credit } = off();
  const even = debit === credit;
  // Nothing on either side is no entry yet.
  output.textContent = (!even ? `${output.dataset.off} ${written(debit - credit)}` : debit ? output.dataset.even : "") ?? "";
  output.className = `balance ${even && debit ? "even" : "off"}`;
  /** @type {HTMLElement} */ (document.getElementById("total-debit")).textContent = written(debit);
  /** @type {HTMLElement} */ (document.getElementById("total-credit")).textContent = written(credit);
}

/** Give the row what the others leave open. */
function complete() {
  const row = document.activeElement?.closest("#lines tbody tr");
  if (!(row instanceof HTMLTableRowElement)) return false;
  const [debit] = sides("debit", row);
  const [credit] = sides("credit", row);
  debit.value = credit.value = "";
  const missing = off();
  const rest = missing.credit - missing.debit;
  if (rest > 0n) debit.value = written(rest);
  if (rest < 0n) credit.value = written(-rest);
  balance();
  (rest < 0n ? credit : debit).select();
  return true;
}

// --- rows ---------------------------------------------------------------------------------------

/** @param {HTMLTableRowElement} [after] */
function add(after = body.rows[body.rows.length - 1]) {
  const row = /** @type {HTMLTableRowElement} */ (after.cloneNode(true));
  const number = String(body.rows.length);
  for (const input of row.querySelectorAll("input")) {
    input.value = "";
    input.removeAttribute("aria-invalid");
    for (const name of ["role", "aria-controls", "aria-expanded", "aria-activedescendant"]) input.removeAttribute(name);
    // The order of the rows is that of their numbers.
    input.name = input.name.replace(/\d+/, number);
    input.setAttribute("aria-label", (input.getAttribute("aria-label") ?? "").replace(/\d+$/, String(Number(number) + 1)));
  }
  body.append(row);
  row.querySelector("input")?.focus();
  return true;
}
document.getElementById("add-row")?.addEventListener("click", () => add());

/** @param {number} by */
function go(by) {
  const input = document.activeElement;
  const row = input?.closest("#lines tbody tr");
  if (!(input instanceof HTMLInputElement) || !(row instanceof HTMLTableRowElement) || isOpen(input)) return false;
  const other = body.rows[row.sectionRowIndex + by];
  const cell = /** @type {HTMLTableCellElement} */ (input.closest("td"));
  const goal = other?.cells[cell.cellIndex]?.querySelector("input");
  if (!(goal instanceof HTMLInputElement)) return false;
  goal.focus();
  goal.select();
  return true;
}

// --- accounts and papers ------------------------------------------------------------------------

let searched = 0;

/** @param {HTMLInputElement} input @param {string} where @param {string} q @param {(option: HTMLElement) => void} take */
async function search(input, where, q, take) {
  const mine = (searched += 1);
  const answer = await fetch(`/books/new/${where}?${new URLSearchParams({ q })}`, { headers: { "X-Fragment": where } }).catch(() => null);
  if (!answer?.ok || mine !== searched || document.activeElement !== input) return;
  const parsed = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html"); // of our own server
  offer({ input, take }, [...parsed.querySelectorAll("li")].map((item) => document.adoptNode(item)), q !== "");
}

/** @param {HTMLInputElement} input @param {string} q */
const accounts = (input, q) => search(input, "accounts", q, (option) => {
  input.value = `${option.dataset.value} ${option.textContent?.trim().replace(/^\S+\s+/, "") ?? ""}`.trim();
});

/** @param {EventTarget | null} target */
const accountOf = (target) => (target instanceof HTMLInputElement && target.dataset.accounts !== undefined ? target : null);

const paper = /** @type {HTMLInputElement} */ (document.getElementById("paper-search"));
const paperId = /** @type {HTMLInputElement} */ (form.elements.namedItem("document_id"));

form.addEventListener("input", (event) => {
  const input = accountOf(event.target);
  if (input && event.isTrusted) accounts(input, input.value.trim());
  if (event.target === paper) {
    paperId.value = "";
    document.getElementById("paper-link")?.remove();
    const q = paper.value.trim();
    if (q) search(paper, "papers", q, (option) => {
      paperId.value = option.dataset.value ?? "";
      paper.value = option.dataset.name ?? "";
    });
    else leave();
  }
  balance();
});
// A search that nothing was taken from is no document.
form.addEventListener("submit", () => { if (!paperId.value) paper.value = ""; });

keys(
  { keys: "Ctrl+Enter", run: () => /** @type {HTMLButtonElement} */ (document.getElementById("post")).click() },
  { keys: "Alt+n", run: () => add() },
  { keys: "Alt+s", run: complete },
  { keys: "Alt+ArrowDown", run: () => {
    const input = accountOf(document.activeElement);
    if (!input) return false;
    if (isOpen(input)) leave();
    else accounts(input, "");
    return true;
  } },
);
// A plain key does nothing in a field for `keys`; arrows are asked for here.
table.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by && go(by)) event.preventDefault();
});
balance();
