// @ts-check
// The wizard of spreadsheets: progress while a file is sent and drafts are made, and the way from
// one cell to fix to the next by keys. Without it the pages work all the same.
import { keys } from "./keys.js";
import { tell } from "./page.js";

const send = /** @type {HTMLFormElement | null} */ (document.getElementById("send"));
const file = /** @type {HTMLInputElement | null} */ (document.getElementById("file"));
const progress = document.getElementById("progress");
const bar = progress?.querySelector("progress");

/** @param {string} words */
function working(words) {
  const said = document.getElementById("progress-words");
  if (progress) progress.hidden = false;
  if (said) said.textContent = words;
}

/** Send the file with its progress; the service answers with the page that comes next. @param {HTMLFormElement} form */
function upload(form) {
  const says = form.dataset;
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-Fragment", "upload");
  request.upload.addEventListener("progress", (event) => {
    if (bar) bar.value = event.loaded / event.total;
    working(says.sending ?? "");
  });
  request.upload.addEventListener("load", () => {
    bar?.removeAttribute("value");
    working(says.reading ?? "");
  });
  const failed = (/** @type {string} */ words) => {
    if (progress) progress.hidden = true;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    tell(words);
    file?.focus();
  };
  request.addEventListener("load", () => {
    if (request.status < 300) {
      location.assign(request.responseURL);
      return;
    }
    let words = says.failed ?? "";
    try {
      const problem = JSON.parse(request.responseText);
      words = [problem.detail, problem.advice].filter(Boolean).join(" ") || words;
    } catch { /* a proxy's page: no problem details */ }
    failed(words);
  });
  request.addEventListener("error", () => failed(says.failed ?? ""));
  const body = new FormData(form); // before its fields are disabled, or they are not sent
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  working(says.sending ?? "");
  request.send(body);
}

send?.addEventListener("submit", (event) => {
  event.preventDefault();
  upload(send);
});

// A file that is dropped anywhere is the one to send, and does not replace the page.
if (send && file && !file.disabled) {
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer?.files.length) return;
    file.files = event.dataTransfer.files;
    send.requestSubmit();
  });
}

for (const form of document.querySelectorAll("form[data-working]")) {
  form.addEventListener("submit", () => working(/** @type {HTMLElement} */ (form).dataset.working ?? ""));
}

/** The cells that are to be fixed. @returns {HTMLInputElement[]} */
const faults = () => [...document.querySelectorAll("input[data-fault]")].filter((field) => field instanceof HTMLInputElement);

/** To another cell from where the focus is; whether there was one. @param {number} by */
function step(by) {
  const all = faults();
  const here = all.findIndex((field) => field === document.activeElement);
  const next = all[here < 0 ? 0 : here + by];
  next?.focus();
  next?.select();
  return Boolean(next);
}

/** The names of the list of imports, as links. @param {number} by */
function walk(by) {
  const all = [...document.querySelectorAll("#imports td.name > a")].filter((a) => a instanceof HTMLAnchorElement);
  const here = all.findIndex((a) => a === document.activeElement);
  all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + by))]?.focus();
}

const next = /** @type {HTMLElement | null} */ (document.querySelector("[data-next]"));
const save = document.getElementById("save");
keys(
  { keys: "u", run: () => file?.click(), when: () => Boolean(file && !file.disabled) },
  { keys: "j ArrowDown", run: () => walk(1), when: () => Boolean(document.getElementById("imports")) },
  { keys: "k ArrowUp", run: () => walk(-1), when: () => Boolean(document.getElementById("imports")) },
  { keys: "n", run: () => step(1), when: () => faults().length > 0 },
  { keys: "p", run: () => step(-1), when: () => faults().length > 0 },
  { keys: "Ctrl+s", run: () => save?.click(), when: () => Boolean(save) },
  { keys: "Ctrl+Enter", run: () => (next ?? save)?.click(), when: () => Boolean(next ?? save) },
);

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (!(field instanceof HTMLInputElement) || !("fault" in field.dataset)) return;
  event.preventDefault();
  if (!step(1)) save?.click();
});

if (!document.querySelector("[role=alert]")) step(0);
else faults()[0]?.focus();
