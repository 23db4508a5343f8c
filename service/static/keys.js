// @ts-check
// Keys: a script says which keys do what; the page's template says them in words, in the dialog
// that "?" opens. A key alone does nothing while somebody is typing; held with Ctrl or Alt it does.

/**
 * @typedef {object} Binding
 * @property {string} keys such as "j", "Space", "Shift+ArrowDown", "Ctrl+Enter"; several with spaces between
 * @property {(event: KeyboardEvent) => unknown} run `false` leaves the key to the browser
 * @property {() => boolean} [when] whether it means anything now
 */

/** @type {Binding[]} */
const bound = [];

/** The first that fits and may run is run. @param {...Binding} bindings */
export function keys(...bindings) {
  bound.push(...bindings);
}

/** "Ctrl+Shift+z" for what was pressed. @param {KeyboardEvent} event */
function named(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Shift belongs to the sign itself in "?", and is said of letters and named keys.
  const shift = event.shiftKey && (key.length > 1 || /\p{L}/u.test(key));
  return [(event.ctrlKey || event.metaKey) && "Ctrl", event.altKey && "Alt", shift && "Shift", key].filter(Boolean).join("+");
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
}

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.defaultPrevented || event.isComposing || !(target instanceof Element)) return;
  if (!(event.ctrlKey || event.metaKey || event.altKey) && isTyping(target)) return;
  if (document.querySelector("dialog[open]")) return; // a dialog minds its own keys
  const pressed = named(event);
  // A button or link that has the focus keeps the keys that press it.
  if (["Enter", "Space"].includes(pressed) && target.matches("button, a[href], summary")) return;
  const binding = bound.find((b) => b.keys.split(" ").includes(pressed) && (b.when?.() ?? true));
  if (binding && binding.run(event) !== false) event.preventDefault();
});

const help = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
if (help) {
  keys({ keys: "?", run: () => help.showModal() });
  document.getElementById("keys-button")?.addEventListener("click", () => help.showModal());
  help.addEventListener("click", (event) => event.target === help && help.close());
}
