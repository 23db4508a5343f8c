// @ts-check
// Contracts and batches by keys. On the page of a batch a box of a contract takes all that is ready
// of it, and what the choice comes to is asked of the service while one ticks.
import { cents, written } from "./amounts.js";
import { keys } from "./keys.js";

const PAUSE = 120; // ms without a tick before the figures are asked for

/** @param {string} selector @returns {HTMLElement | null} */
const find = (selector) => document.querySelector(selector);
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("batch"));

/** The lines one goes through. @returns {HTMLElement[]} */
const lines = () => [...document.querySelectorAll(form ? "#contracts tbody.contract" : "#rows tbody tr")].filter((line) => line instanceof HTMLElement);
const here = () => lines().findIndex((line) => line.contains(document.activeElement));

/** @param {number} by */
function step(by) {
  const all = lines();
  const at = here();
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  const place = next?.querySelector(form ? ".unfold" : "td.name a, button");
  if (place instanceof HTMLElement) place.focus();
  next?.scrollIntoView({ block: "nearest" });
}

if (form) {
  const all = /** @type {HTMLInputElement} */ (document.getElementById("all"));
  const panel = /** @type {HTMLElement} */ (document.getElementById("panel"));
  let asked = 0;
  let timer = 0;

  /** What can be ticked of a contract. @param {Element} contract @returns {HTMLInputElement[]} */
  const boxes = (contract) => /** @type {HTMLInputElement[]} */ ([...contract.querySelectorAll("input[name=take]:not(:disabled)")]);

  /** The box of a contract says all, some or nothing, and its amount what is taken. @param {Element} contract */
  function show(contract) {
    const whole = /** @type {HTMLInputElement} */ (contract.querySelector(".whole"));
    const theirs = boxes(contract);
    const taken = theirs.filter((box) => box.checked);
    whole.checked = taken.length > 0 && taken.length === theirs.length;
    whole.indeterminate = taken.length > 0 && taken.length < theirs.length;
    const sum = taken.reduce((total, box) => total + (cents(box.dataset.net ?? "") ?? 0n), 0n);
    const place = contract.querySelector(".selected");
    if (place) place.textContent = written(sum);
  }

  function showAll() {
    const wholes = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll(".whole:not(:disabled)")]);
    all.checked = wholes.length > 0 && wholes.every((box) => box.checked);
    all.indeterminate = !all.checked && wholes.some((box) => box.checked || box.indeterminate);
  }

  async function count() {
    const mine = (asked += 1);
    const data = new URLSearchParams();
    for (const [key, value] of new FormData(/** @type {HTMLFormElement} */ (form))) if (typeof value === "string") data.append(key, value);
    const answer = await fetch("/sales/batches/new", {
      method: "POST", body: data, headers: { "X-Fragment": "panel", "X-CSRF-Token": data.get("csrf_token") ?? "" },
    }).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("figures"); // of our own server
    if (fresh) panel.replaceChildren(document.adoptNode(fresh));
  }

  function changed() {
    showAll();
    clearTimeout(timer);
    timer = window.setTimeout(count, PAUSE);
  }

  /** @param {Element} contract @param {boolean} on */
  function take(contract, on) {
    for (const box of boxes(contract)) box.checked = on;
    show(contract);
  }

  /** @param {Element} contract */
  function unfold(contract) {
    const button = contract.querySelector(".unfold");
    const open = button?.getAttribute("aria-expanded") !== "true";
    button?.setAttribute("aria-expanded", String(open));
    if (button) button.textContent = open ? "▾" : "▸";
    for (const row of contract.querySelectorAll("tr.item")) row.toggleAttribute("hidden", !open);
  }

  form.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement) || field.name === "name" || field.name === "issued_on") return;
    const contract = field.closest("tbody.contract");
    if (field === all) for (const each of lines()) take(each, all.checked);
    else if (contract && field.matches(".whole")) take(contract, /** @type {HTMLInputElement} */ (field).checked);
    else if (contract) show(contract);
    changed();
  });
  form.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest?.(".unfold");
    const contract = button?.closest("tbody.contract");
    if (contract) unfold(contract);
  });
  keys(
    { keys: "x", run: () => /** @type {HTMLInputElement | null} */ (lines()[here()]?.querySelector(".whole"))?.click(), when: () => here() >= 0 },
    { keys: "e", run: () => unfold(lines()[here()]), when: () => here() >= 0 },
    { keys: "a", run: () => all.click() },
    { keys: "Ctrl+Enter", run: () => find("#make")?.click() },
  );
  for (const contract of lines()) show(contract);
  showAll();
}

keys(
  { keys: "j ArrowDown", run: () => step(1), when: () => lines().length > 0 },
  { keys: "k ArrowUp", run: () => step(-1), when: () => lines().length > 0 },
  { keys: "n", run: () => find("#new")?.click(), when: () => Boolean(find("#new")) },
  { keys: "Ctrl+s", run: () => find("#save")?.click(), when: () => Boolean(find("#save")) },
);
