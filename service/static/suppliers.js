// @ts-check
// Suppliers by keys: through the list, to the twins, to the account that waits; Enter in a small
// field presses its button.
import { keys } from "./keys.js";

/** @param {string} selector @returns {HTMLElement | null} */
const find = (selector) => document.querySelector(selector);

/** The names of the list, as links. @returns {HTMLAnchorElement[]} */
const names = () => [...document.querySelectorAll("#suppliers td.name > a")].filter((a) => a instanceof HTMLAnchorElement);

/** @param {number} by */
function step(by) {
  const all = names();
  const here = all.findIndex((a) => a === document.activeElement);
  all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + by))]?.focus();
}

keys(
  { keys: "/", run: () => find("#q")?.focus(), when: () => Boolean(find("#q")) },
  { keys: "j ArrowDown", run: () => step(1), when: () => names().length > 0 },
  { keys: "k ArrowUp", run: () => step(-1), when: () => names().length > 0 },
  { keys: "t", run: () => find("#twins a.button")?.focus(), when: () => Boolean(find("#twins")) },
  { keys: "v", run: () => find("#ibans [name^='how.']")?.focus(), when: () => Boolean(find("#ibans [name^='how.']")) },
  { keys: "Ctrl+s", run: () => find("#save")?.click(), when: () => Boolean(find("#save")) },
  { keys: "Ctrl+Enter", run: () => find("#merge")?.click(), when: () => Boolean(find("#merge")) },
);

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement) || !field.dataset.submits) return;
  event.preventDefault();
  document.getElementById(field.dataset.submits)?.click();
});
