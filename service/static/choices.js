// @ts-check
// A list of choices under an input: arrows preview, Enter takes, Escape leaves. The pattern of a
// combobox, so that screen readers follow; one list is open at a time.

/**
 * @typedef {object} Choosing
 * @property {HTMLInputElement} input
 * @property {(option: HTMLElement) => void} take
 * @property {(option: HTMLElement | null) => void} [preview]
 */

const list = document.createElement("ul");
list.id = "choices";
list.setAttribute("role", "listbox");
list.hidden = true;
document.body.append(list);

/** @type {Choosing | null} */
let current = null;
/** @type {HTMLElement | null} */
let active = null;

const options = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);

/** @param {HTMLElement | null} option */
function activate(option) {
  active?.removeAttribute("aria-selected");
  active = option;
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) current?.input.setAttribute("aria-activedescendant", option.id);
  else current?.input.removeAttribute("aria-activedescendant");
  current?.preview?.(option);
}

function place() {
  if (!current) return;
  const box = current.input.getBoundingClientRect();
  const above = box.bottom + 260 > innerHeight && box.top > 260;
  list.style.left = `${Math.max(4, Math.min(box.left, innerWidth - 380))}px`;
  list.style.minWidth = `${box.width}px`;
  list.style.top = above ? "" : `${box.bottom + 2}px`;
  list.style.bottom = above ? `${innerHeight - box.top + 2}px` : "";
}

/**
 * Show choices under an input. `first` is whether the first is chosen already.
 * @param {Choosing} choosing @param {HTMLElement[]} items @param {boolean} first
 */
export function offer(choosing, items, first = true) {
  if (current && current.input !== choosing.input) leave();
  current = choosing;
  items.forEach((item, number) => {
    item.id = `choice-${number}`;
    item.setAttribute("role", "option");
  });
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
  choosing.input.setAttribute("role", "combobox");
  choosing.input.setAttribute("aria-controls", "choices");
  choosing.input.setAttribute("aria-expanded", String(items.length > 0));
  place();
  activate(first ? items[0] ?? null : null);
}

export function leave() {
  if (!current) return;
  current.preview?.(null);
  current.input.setAttribute("aria-expanded", "false");
  current.input.removeAttribute("aria-activedescendant");
  current = null;
  active = null;
  list.hidden = true;
}

/** Whether a list is open under this input. @param {EventTarget | null} input */
export const isOpen = (input) => current !== null && current.input === input && !list.hidden;

function take() {
  const choosing = current;
  const option = active;
  if (!choosing || !option) return false;
  leave();
  choosing.take(option);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!isOpen(event.target)) return;
  const all = options();
  const at = active ? all.indexOf(active) : -1;
  if (event.key === "ArrowDown") activate(all[(at + 1) % all.length]);
  else if (event.key === "ArrowUp") activate(all[(at - 1 + all.length) % all.length]);
  else if (event.key === "Escape") leave();
  else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && active) take();
  else {
    if (event.key === "Tab" && active) take();
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

list.addEventListener("pointerdown", (event) => {
  const option = /** @type {HTMLElement} */ (event.target).closest?.("[role=option]");
  event.preventDefault(); // the focus stays where it is
  if (!(option instanceof HTMLElement)) return;
  activate(option);
  take();
});
list.addEventListener("pointermove", (event) => {
  const option = /** @type {HTMLElement} */ (event.target).closest?.("[role=option]");
  if (option instanceof HTMLElement && option !== active) activate(option);
});
document.addEventListener("focusin", (event) => {
  if (current && event.target !== current.input) leave();
});
addEventListener("scroll", place, true);
addEventListener("resize", place);
