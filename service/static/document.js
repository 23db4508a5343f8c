// The page of a document: a field and its place on the paper find each other, the proposed entry
// follows the accounts that are chosen, and the keyboard does it all.

import { keys } from "./keys.js";

const form = document.getElementById("document");
const paper = document.getElementById("paper");

// --- fields and boxes ---------------------------------------------------------------------------

function highlight(name, scroll) {
  for (const rect of paper.querySelectorAll("rect.here")) rect.classList.remove("here");
  if (!name) return;
  const rect = paper.querySelector(`rect[data-field="${CSS.escape(name)}"]`);
  if (!rect) return;
  rect.classList.add("here");
  if (!scroll) return;
  const box = rect.getBoundingClientRect();
  const frame = paper.getBoundingClientRect();
  if (box.top < frame.top + 20 || box.bottom > frame.bottom - 20) {
    paper.scrollTop += box.top - frame.top - frame.height / 3;
  }
}

form.addEventListener("focusin", (event) => highlight(event.target.dataset.field, true));
form.addEventListener("mouseover", (event) => {
  const field = event.target.closest(".field")?.querySelector("[data-field]");
  if (field) highlight(field.dataset.field, false);
});
form.addEventListener("mouseleave", () => highlight(document.activeElement?.dataset?.field, false));
paper.addEventListener("click", (event) => {
  const name = event.target.dataset?.field;
  const field = name && form.querySelector(`input[data-field="${CSS.escape(name)}"]`);
  if (!field) return;
  field.closest("details")?.setAttribute("open", "");
  field.focus();
  field.select?.();
});

// --- the proposed entry follows the choices ----------------------------------------------------

let asked = 0;
async function propose() {
  const place = document.getElementById("entry");
  if (!place) return;
  const choices = new URLSearchParams();
  for (const part of form.querySelectorAll("[data-part]")) {
    const account = part.querySelector("input").value.trim().split(/\s+/)[0];
    if (account) choices.append("choice", `${part.dataset.part}:${account}:${part.querySelector("select").value}`);
  }
  const mine = (asked += 1);
  try {
    const answer = await fetch(`/documents/${encodeURIComponent(form.dataset.document)}/entry?${choices}`, {
      headers: { "X-Fragment": "entry" },
    });
    if (answer.ok && mine === asked) place.innerHTML = await answer.text();
  } catch { /* the entry is worked out again when it is posted */ }
}

form.addEventListener("change", (event) => {
  if (event.target.id === "all-account" && event.target.value.trim()) {
    // Into each line, where it is seen and can be changed.
    for (const part of form.querySelectorAll("[data-part]")) part.querySelector("input").value = event.target.value;
    event.target.value = "";
    propose();
  } else if (event.target.closest("[data-part]")) propose();
});
form.addEventListener("click", (event) => {
  const account = event.target.dataset?.account;
  if (!account) return;
  event.target.closest("[data-part]").querySelector("input").value = account;
  changed = true;
  propose();
});

// --- lines of one's own: the balance as one types ----------------------------------------------

/** Cents of an amount as people write it; null for what is none. Whole numbers, never floats. */
function cents(text) {
  let clean = text.replace(/[\s'’€]/g, "");
  const comma = clean.lastIndexOf(",");
  const point = clean.lastIndexOf(".");
  if (comma >= 0 && point >= 0) clean = clean.replaceAll(comma > point ? "." : ",", "");
  const match = /^(-?)(\d{1,13})(?:[.,](\d{1,2}))?$/.exec(clean);
  if (!match) return clean ? null : 0n;
  const value = BigInt(match[2]) * 100n + BigInt((match[3] || "").padEnd(2, "0"));
  return match[1] ? -value : value;
}

function balance() {
  const output = document.getElementById("balance");
  if (!output) return;
  let off = 0n;
  for (const input of form.querySelectorAll("#lines [data-side]")) {
    const value = cents(input.value);
    input.setAttribute("aria-invalid", value === null ? "true" : "false");
    off += (value ?? 0n) * (input.dataset.side === "debit" ? 1n : -1n);
  }
  const size = off < 0n ? -off : off;
  const comma = document.documentElement.lang === "fr" ? "," : ".";
  const written = `${off < 0n ? "−" : ""}${size / 100n}${comma}${String(size % 100n).padStart(2, "0")}`;
  output.textContent = off === 0n ? output.dataset.even : `${output.dataset.off} ${written}`;
  output.className = `balance ${off === 0n ? "even" : "off"}`;
}
form.addEventListener("input", (event) => {
  changed = true;
  if (!event.target.closest("#lines")) return;
  form.elements.use_lines.checked = true;
  balance();
});
balance();

// --- keyboard -----------------------------------------------------------------------------------

const press = (...ids) => {
  const button = ids.map((id) => document.getElementById(id)).find(Boolean);
  button?.click();
  return Boolean(button);
};
keys(
  { keys: "Ctrl+Enter", run: () => press("post", "save") },
  { keys: "Ctrl+s", run: () => press("save") },
  { keys: "Alt+ArrowLeft", run: () => press("previous") },
  { keys: "Alt+ArrowRight", run: () => press("next") },
);
form.addEventListener("keydown", (event) => {
  // Enter in a field is for the next field, not for posting by accident.
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  if (!event.target.matches("input:not([type=checkbox])")) return;
  event.preventDefault();
  const all = [...form.querySelectorAll("input:not([type=hidden]):not(:disabled), select:not(:disabled)")]
    .filter((field) => field.offsetParent);
  all[all.indexOf(event.target) + 1]?.focus();
});

// --- nothing typed is lost ----------------------------------------------------------------------

let changed = Boolean(document.getElementById("refusal"));
form.addEventListener("submit", () => { changed = false; });
form.addEventListener("change", () => { changed = true; });
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
