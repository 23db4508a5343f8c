// @ts-check
// The page of a document: its keys, its flow from one to the next, and that nothing typed is lost.

import { showCandidates, goTo } from "./fields.js";
import { showAccounts } from "./entry.js";
import { keys } from "./keys.js";
import { look, turnTo } from "./paper.js";
import "./lock.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("document"));

/** @param {...string} ids */
const press = (...ids) => {
  const button = ids.map((id) => document.getElementById(id)).find(Boolean);
  button?.click();
  return Boolean(button);
};

/** @param {string} selector */
const focusOn = (selector) => {
  const found = form.querySelector(selector);
  if (!(found instanceof HTMLElement)) return false;
  found.focus();
  found.scrollIntoView({ block: "nearest" });
  return true;
};

const asking = /** @type {HTMLDialogElement | null} */ (document.getElementById("asking"));
const ask = () => {
  asking?.showModal();
  return Boolean(asking);
};
document.getElementById("ask")?.addEventListener("click", ask);
document.getElementById("ask-not")?.addEventListener("click", () => asking?.close());

/** To where the document is cut and joined; its buttons are a Tab away from each other. */
function arrange() {
  const place = /** @type {HTMLDetailsElement | null} */ (document.getElementById("arranging"));
  if (!place) return false;
  place.open = true;
  const first = place.querySelector("button") ?? place.querySelector("summary");
  first?.scrollIntoView({ block: "center" });
  first?.focus();
  return true;
}

/** To the field that has this number, to be typed over. @param {number} number */
function toField(number) {
  const fields = [...form.querySelectorAll(".fields input[data-field]")].filter((field) => field instanceof HTMLElement && field.offsetParent);
  const field = fields[number - 1];
  return field instanceof HTMLElement ? goTo(field.dataset.field ?? "") : false;
}

keys(
  { keys: "Ctrl+Enter", run: () => press("post", "save") },
  { keys: "Ctrl+s", run: () => press("save") },
  { keys: "Alt+s Ctrl+Shift+Enter", run: () => press("skip") },
  { keys: "Alt+a", run: ask },
  { keys: "Alt+ArrowLeft", run: () => press("previous") },
  { keys: "Alt+ArrowRight", run: () => press("next") },
  { keys: "Alt+ArrowDown F2", run: () => showCandidates() || showAccounts() },
  { keys: "Alt+p", run: () => focusOn("#problems .ways a, #problems .ways button, #problems .ways summary") },
  { keys: "Alt+e", run: () => focusOn("#books [data-accounts]") },
  { keys: "Alt+g", run: arrange },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => ({ keys: String(number), run: () => toField(number) })),
  { keys: "Alt+r", run: () => look("turn") },
  { keys: "Ctrl++ Ctrl+=", run: () => look("larger") },
  { keys: "Ctrl+-", run: () => look("smaller") },
  { keys: "Ctrl+0", run: () => look("fit") },
  { keys: "PageDown", run: () => turnTo(1) },
  { keys: "PageUp", run: () => turnTo(-1) },
);
document.addEventListener("keydown", (event) => {
  // In a field these keys would only move the caret, which a line of text does not need them for.
  if (event.defaultPrevented || !["F2", "PageDown", "PageUp"].includes(event.key)) return;
  if (!(event.target instanceof HTMLInputElement)) return;
  if (event.key === "F2" ? showCandidates() || showAccounts() : (turnTo(event.key === "PageDown" ? 1 : -1), true)) event.preventDefault();
});

form.addEventListener("keydown", (event) => {
  // Out of a field, where a key alone means something.
  const left = event.target;
  if (event.key === "Escape" && !event.defaultPrevented && left instanceof HTMLInputElement) left.blur();
});

form.addEventListener("keydown", (event) => {
  // Enter in a field is for the next field, not for posting by accident.
  const target = event.target;
  if (event.defaultPrevented || event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!(target instanceof HTMLInputElement) || target.type === "checkbox") return;
  event.preventDefault();
  if (target.dataset.submits) {
    document.getElementById(target.dataset.submits)?.click();
    return;
  }
  const all = [...form.querySelectorAll("input:not([type=hidden]):not(:disabled), select:not(:disabled)")]
    .filter((field) => field instanceof HTMLElement && field.offsetParent);
  const next = all[all.indexOf(target) + 1];
  if (next instanceof HTMLElement) next.focus();
  if (next instanceof HTMLInputElement && next.type !== "date") next.select();
});

form.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest?.("[data-fill]");
  if (!(link instanceof HTMLElement)) return;
  const name = link.dataset.fill ?? "";
  if (name === "write-lines") {
    /** @type {HTMLDetailsElement} */ (document.getElementById(name)).open = true;
    focusOn("#lines input");
  } else if (name.startsWith("part.")) focusOn(`tr[data-part="${CSS.escape(name.slice(5))}"] [data-accounts]`) && showAccounts();
  else if (name === "document.category") goTo("category");
  else if (goTo(name)) showCandidates();
  else if (name === "vat_lines") focusOn("#vat input");
  else if (name === "line_items") focusOn("#items input");
  event.preventDefault();
});

// A reason that is asked for is typed at once.
form.addEventListener("toggle", (event) => {
  if (event.target instanceof HTMLDetailsElement && event.target.open && event.target.matches(".with-reason")) {
    event.target.querySelector("input")?.focus();
  }
}, true);

// --- nothing typed is lost ----------------------------------------------------------------------

let changed = document.getElementById("refusal") !== null;
form.addEventListener("submit", () => { changed = false; });
form.addEventListener("input", () => { changed = true; });
form.addEventListener("change", () => { changed = true; });
addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

if (form.dataset.editable === "yes" && document.activeElement === document.body) {
  // What is wrong or missing has the focus where it can be seen; nothing is scrolled away for it.
  const first = form.querySelector("[aria-invalid=true], #books [data-accounts][value='']:not(#all-account)");
  const bar = form.querySelector(".buttons")?.getBoundingClientRect().top ?? innerHeight;
  if (first instanceof HTMLElement && first.getBoundingClientRect().bottom < Math.min(bar, innerHeight)) first.focus();
}

// --- what is being read again shows itself when it has been read ---------------------------------

/** Whoever leaves, to take it back for example, asks no more. */
let leaving = false;
async function whenRead() {
  if (leaving) return;
  const answer = await fetch(`/api/v1/documents/${encodeURIComponent(form.dataset.document ?? "")}`).catch(() => null);
  const found = answer?.ok ? await answer.json() : null;
  if (found && found.status !== "being_read") window.location.reload();
  else if (answer?.status !== 404) setTimeout(whenRead, 1_000);
}
form.addEventListener("submit", () => { leaving = true; });
if (document.getElementById("being-read")) setTimeout(whenRead, 500);
