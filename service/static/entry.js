// @ts-check
// The entry follows the accounts that are chosen in it; a line may be shared, and an account is found
// by its number or by words. The server works the entry out; this sends what is chosen and shows it.

import { cents, plain, rounded, written } from "./amounts.js";
import { isOpen, leave, offer } from "./choices.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("document"));
const address = `/documents/${encodeURIComponent(form.dataset.document ?? "")}`;

let asked = 0;

/** The proposed entry again, with what is chosen in the form. @param {string} [focus] the input to go to */
async function propose(focus) {
  if (!document.getElementById("books")) return;
  const mine = (asked += 1);
  const data = new URLSearchParams();
  for (const [key, value] of new FormData(form)) {
    if (typeof value === "string" && (/^(row|entry|all|line)\./.test(key) || ["detail", "use_lines", "override_reason"].includes(key))) data.append(key, value);
  }
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value;
  try {
    const answer = await fetch(`${address}/entry`, {
      method: "POST", body: data, headers: { "X-Fragment": "entry", "X-CSRF-Token": token },
    });
    if (!answer.ok || mine !== asked) return;
    show(await answer.text(), focus);
  } catch { /* the entry is worked out again when it is posted */ }
}

/** @param {string} content @param {string} [focus] */
function show(content, focus) {
  const held = document.activeElement;
  const name = focus ?? (held instanceof HTMLElement && held.closest("#books, #problems") ? held.getAttribute("name") : null);
  const parsed = new DOMParser().parseFromString(content, "text/html"); // of our own server
  for (const id of ["problems", "books"]) {
    const fresh = parsed.getElementById(id);
    if (fresh) document.getElementById(id)?.replaceWith(document.adoptNode(fresh));
  }
  const again = name ? form.querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden])`) : null;
  if (again instanceof HTMLElement) {
    again.focus();
    if (again instanceof HTMLInputElement && again.type === "text") again.select();
  }
  balance();
}

// --- accounts -----------------------------------------------------------------------------------

const MOST_CODES = 50;
let searched = 0;

/** @param {HTMLInputElement} input @param {string} q */
async function accounts(input, q) {
  const mine = (searched += 1);
  const answer = await fetch(`${address}/accounts?${new URLSearchParams({ part: input.dataset.accounts ?? "0", q })}`, {
    headers: { "X-Fragment": "accounts" },
  }).catch(() => null);
  if (!answer?.ok || mine !== searched || document.activeElement !== input) return;
  const parsed = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
  const items = [...parsed.querySelectorAll("li")].map((item) => document.adoptNode(item));
  offer({ input, take: (option) => choose(input, option.dataset.value ?? "") }, items, q !== "");
}

/** @param {HTMLInputElement} input @param {string} account */
function choose(input, account) {
  input.value = account;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {EventTarget | null} target @returns {HTMLInputElement | null} */
const accountOf = (target) => (target instanceof HTMLInputElement && target.dataset.accounts !== undefined ? target : null);

/** Analytic codes are few enough to be on the page: those whose code begins so, or with such words. @param {HTMLInputElement} input @param {string} q */
function codes(input, q) {
  const wanted = q.toLowerCase();
  const all = /** @type {NodeListOf<HTMLOptionElement>} */ (document.querySelectorAll("#every-code option"));
  const found = [...all].filter((one) => !wanted || one.value.toLowerCase().startsWith(wanted) || ` ${one.label.toLowerCase()}`.includes(` ${wanted}`));
  const items = found.slice(0, MOST_CODES).map((one) => {
    const item = document.createElement("li");
    const code = document.createElement("b");
    code.textContent = one.value;
    item.dataset.value = one.value;
    item.append(code, ` ${one.label}`);
    return item;
  });
  offer({ input, take: (option) => choose(input, option.dataset.value ?? "") }, items, q !== "");
}

/** @param {EventTarget | null} target @returns {HTMLInputElement | null} */
const codeOf = (target) => (target instanceof HTMLInputElement && target.dataset.codes !== undefined ? target : null);

form.addEventListener("input", (event) => {
  const input = accountOf(event.target);
  const code = codeOf(event.target);
  if (input && event.isTrusted) accounts(input, input.value.trim());
  if (code && event.isTrusted) codes(code, code.value.trim());
});

/** The accounts, or the analytic codes, for the line one is in. */
export function showAccounts() {
  const input = accountOf(document.activeElement);
  const code = codeOf(document.activeElement);
  const held = input ?? code;
  if (!held) return false;
  if (isOpen(held)) leave();
  else if (input) accounts(input, "");
  else codes(held, "");
  return true;
}

form.addEventListener("change", (event) => {
  const target = event.target;
  if (target instanceof HTMLInputElement && target.dataset.net !== undefined) share(target);
  else if (target instanceof HTMLInputElement && target.name.startsWith("row.") && !codeOf(target) && /[a-zà-ÿ]/i.test(target.value.split(" ")[0])) return; // words, not yet an account
  else if (target instanceof Element && target.matches("[name^='row.'], [name='all.account']")) propose();
});

form.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const row = target.closest?.("tr[data-row]");
  if (!row) return;
  const input = /** @type {HTMLInputElement} */ (row.querySelector("[data-accounts]"));
  if (target.dataset.account) choose(input, target.dataset.account);
  else if (target.closest("[data-split]")) {
    const net = /** @type {HTMLInputElement} */ (row.querySelector("[data-net]"));
    net.value = "50 %";
    net.focus();
    net.select();
  } else if (target.closest("[data-detail]")) {
    /** @type {HTMLInputElement} */ (form.elements.namedItem("detail")).value = "yes";
    propose(input.name);
  }
});

// --- sharing a line -----------------------------------------------------------------------------

/** Give a line so much, and the rest a line of its own. @param {HTMLInputElement} input */
function share(input) {
  const row = /** @type {HTMLTableRowElement} */ (input.closest("tr"));
  const whole = cents(input.dataset.net ?? "") ?? 0n;
  const typed = cents(input.value);
  const wanted = typeof typed !== "bigint" ? null : input.value.includes("%") ? rounded(whole * typed, 10_000n) : typed;
  const inside = wanted !== null && wanted !== 0n && wanted !== whole && (wanted < 0n) === (whole < 0n) && (whole < 0n ? wanted > whole : wanted < whole);
  input.setAttribute("aria-invalid", String(wanted === null || (!inside && wanted !== whole)));
  if (!inside || wanted === null) {
    if (wanted === whole) input.value = written(whole);
    return;
  }
  /** @param {string} name */
  const hidden = (name) => /** @type {HTMLInputElement} */ (row.querySelector(`[name$=".${name}"]`));
  // Each part gives its share; running totals, so that the cents add up exactly.
  const members = hidden("members").value.split(" ").map((member) => member.split(":"));
  let [run, given] = [0n, 0n];
  /** @type {string[]} */
  const mine = [];
  /** @type {string[]} */
  const left = [];
  for (const [part, net] of members) {
    const amount = cents(net) ?? 0n;
    run += amount;
    const now = (run * wanted) / whole - given;
    given += now;
    if (now) mine.push(`${part}:${plain(now)}`);
    if (amount - now) left.push(`${part}:${plain(amount - now)}`);
  }
  const number = form.querySelectorAll("tr[data-row]").length;
  hidden("members").value = mine.join(" ");
  hidden("chosen").value = "yes";
  const treatment = /** @type {HTMLSelectElement} */ (row.querySelector("select")).value;
  const fresh = document.createElement("tr");
  fresh.hidden = true;
  for (const [name, value] of [["account", ""], ["treatment", treatment], ["members", left.join(" ")], ["was", ""], ["chosen", "yes"]]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = `row.${number}.${name}`;
    field.value = value;
    fresh.append(field);
  }
  row.after(fresh);
  propose().then(() => {
    // The rest stands under what it was taken from.
    const rest = form.querySelector(`[name="row.${Number(row.dataset.row) + 1}.account"]`);
    if (!(rest instanceof HTMLInputElement)) return;
    rest.focus();
    rest.scrollIntoView({ block: "center" });
    accounts(rest, "");
  });
}

// --- the balance, also of lines of one's own ----------------------------------------------------

function balance() {
  const bar = document.getElementById("bar-balance");
  const shown = form.querySelector("[data-balance]");
  if (bar && shown) {
    bar.textContent = shown.textContent;
    bar.className = shown.className;
  }
  const output = document.getElementById("balance");
  if (!output) return;
  let off = 0n;
  for (const input of form.querySelectorAll("#lines [data-side]")) {
    if (!(input instanceof HTMLInputElement)) continue;
    const value = cents(input.value);
    input.setAttribute("aria-invalid", String(value === null));
    off += (value ?? 0n) * (input.dataset.side === "debit" ? 1n : -1n);
  }
  output.textContent = (off === 0n ? output.dataset.even : `${output.dataset.off} ${written(off)}`) ?? "";
  output.className = `balance ${off === 0n ? "even" : "off"}`;
  const own = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("use_lines"));
  if (bar && own?.checked) {
    bar.textContent = output.textContent;
    bar.className = output.className;
  }
}
form.addEventListener("input", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("#lines")) return;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("use_lines")).checked = true;
  balance();
});
balance();
