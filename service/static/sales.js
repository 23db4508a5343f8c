// @ts-check
// Sales by keys: through the lists, choosing drafts, to what is done with them.
import { keys } from "./keys.js";

/** @param {string} selector @returns {HTMLElement | null} */
const find = (selector) => document.querySelector(selector);

/** The rows of the list. @returns {HTMLTableRowElement[]} */
const rows = () => [...document.querySelectorAll("#rows tbody tr")].filter((row) => row instanceof HTMLTableRowElement);

/** The boxes of the rows. @returns {HTMLInputElement[]} */
const boxes = () => rows().map((row) => row.querySelector("input[type=checkbox]")).filter((box) => box instanceof HTMLInputElement);

/** Where the focus is among the rows; -1 for nowhere. */
const here = () => rows().findIndex((row) => row.contains(document.activeElement));

/** @param {number} by */
function step(by) {
  const all = rows();
  const at = here();
  const link = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]?.querySelector("td.name a");
  if (link instanceof HTMLElement) link.focus();
}

function choose() {
  const box = boxes()[here()];
  if (box) box.checked = !box.checked;
}

function chooseAll() {
  const every = boxes().every((box) => box.checked);
  for (const box of boxes()) box.checked = !every;
  const all = find("#all");
  if (all instanceof HTMLInputElement) all.checked = !every;
}

keys(
  { keys: "/", run: () => find("#q")?.focus(), when: () => Boolean(find("#q")) },
  { keys: "j ArrowDown", run: () => step(1), when: () => rows().length > 0 },
  { keys: "k ArrowUp", run: () => step(-1), when: () => rows().length > 0 },
  { keys: "x", run: choose, when: () => boxes().length > 0 },
  { keys: "a", run: chooseAll, when: () => boxes().length > 0 },
  { keys: "n", run: () => find("#new")?.click(), when: () => Boolean(find("#new")) },
  { keys: "m", run: () => find("#chosen #merge")?.click(), when: () => Boolean(find("#chosen #merge")) },
  { keys: "Ctrl+s", run: () => find("#save")?.click(), when: () => Boolean(find("#save")) },
  { keys: "Ctrl+Enter", run: () => find("#result #merge")?.click(), when: () => Boolean(find("#result #merge")) },
  { keys: "Ctrl+Enter", run: () => find("#email #send")?.click(), when: () => Boolean(find("#email #send")) },
  { keys: "e", run: () => find("#to-send, #send-many")?.click(), when: () => Boolean(find("#to-send, #send-many")) },
);

find("#all")?.addEventListener("click", (event) => {
  const all = event.target;
  if (all instanceof HTMLInputElement) for (const box of boxes()) box.checked = all.checked;
});
