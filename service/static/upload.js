// @ts-check
// Uploads: files and folders that are dropped or chosen together are sent to the API as one import,
// with progress. When the connection fails they are sent again by themselves, under the same key, so
// that nothing is imported twice; what is refused is shown with its reason.

import { keys } from "./keys.js";

const WAITS_S = [2, 5, 10, 30, 60];
const MOST_FILES = 2000;
const RUBBISH = /(^|\/)(\.|Thumbs\.db$|desktop\.ini$|__MACOSX\/)/i;

const drop = /** @type {HTMLElement | null} */ (document.getElementById("drop"));

/** What the zone says of a state, in the reader's words. @param {string} state */
const says = (state) => drop?.dataset[state] ?? "";

/** @typedef {{item: HTMLLIElement, progress: HTMLProgressElement, state: HTMLElement}} Row a file on its way */

/** A refusal in words. @param {{code?: string, detail?: string, advice?: string}} problem */
function words(problem) {
  const refusals = JSON.parse(document.getElementById("refusals")?.textContent || "{}");
  const ours = (refusals[problem.code ?? ""] || "").trim();
  return ours || [problem.detail, problem.advice].filter(Boolean).join(" ") || says("failed");
}

/** @param {string} name @returns {Row} */
function row(name) {
  const item = document.createElement("li");
  const title = document.createElement("span");
  title.className = "file-name";
  title.textContent = name;
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.value = 0;
  const state = document.createElement("span");
  state.className = "small muted";
  state.textContent = says("waiting");
  item.append(title, progress, state);
  return { item, progress, state };
}

/** @param {File[]} files */
function send(files) {
  const company = /** @type {HTMLSelectElement | HTMLInputElement | null} */ (document.getElementById("upload-company"));
  if (company && !company.value) {
    company.focus();
    company.reportValidity();
    return;
  }
  // One line a file: they travel in one request, so each is as far as its share of the bytes.
  const rows = files.map((file) => row(file.webkitRelativePath || file.name));
  document.getElementById("sending")?.append(...rows.map((r) => r.item));
  attempt(files, rows, company?.value || "", crypto.randomUUID());
}

/** @param {File[]} files @param {Row[]} rows @param {string} company @param {string} key */
function attempt(files, rows, company, key, times = 0) {
  const form = new FormData();
  if (company) form.append("company_id", company);
  for (const file of files) form.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/v1/imports");
  request.setRequestHeader("X-CSRF-Token", says("csrf"));
  request.setRequestHeader("Idempotency-Key", key);
  const total = files.reduce((sum, file) => sum + file.size, 0) || 1;
  request.upload.addEventListener("progress", (event) => {
    let sent = (event.loaded / event.total) * total;
    files.forEach((file, i) => {
      rows[i].progress.value = file.size ? Math.min(1, Math.max(0, sent / file.size)) : 1;
      rows[i].state.textContent = sent > 0 ? says("sending") : says("waiting");
      sent -= file.size;
    });
  });
  request.addEventListener("load", () => {
    /** @type {{id: string, code?: string, detail?: string, advice?: string}} */
    let answer = { id: "" };
    try {
      answer = JSON.parse(request.responseText);
    } catch { /* a proxy's page: no problem details */ }
    if (request.status < 300) stored(answer, rows);
    // Of a busy or a restarting service another answer may be had soon.
    else if ([429, 502, 503, 504].includes(request.status)) again(files, rows, company, key, times);
    else failed(words(answer), files, rows, company, key);
  });
  request.addEventListener("error", () => again(files, rows, company, key, times));
  request.send(form);
}

/** @param {{id: string}} answer @param {Row[]} rows */
function stored(answer, rows) {
  for (const { item, progress, state } of rows) {
    progress.value = 1;
    state.textContent = says("stored");
    const link = document.createElement("a");
    link.href = `/imports/${encodeURIComponent(answer.id)}`;
    link.textContent = says("open");
    item.append(link);
  }
  document.dispatchEvent(new Event("imports-changed"));
  setTimeout(() => rows.forEach((r) => r.item.remove()), 8000);
}

/**
 * Send once more after a while, or as soon as the network is back.
 * @param {File[]} files @param {Row[]} rows @param {string} company @param {string} key @param {number} times
 */
function again(files, rows, company, key, times) {
  if (times >= WAITS_S.length) return failed(says("noAnswer"), files, rows, company, key);
  let left = WAITS_S[times];
  const say = () => {
    for (const { state } of rows) state.textContent = says("soon").replace("{seconds}", String(left));
  };
  const go = () => {
    clearInterval(clock);
    window.removeEventListener("online", go);
    for (const { progress } of rows) progress.value = 0;
    attempt(files, rows, company, key, times + 1);
  };
  const clock = setInterval(() => {
    left -= 1;
    if (left <= 0) go();
    else say();
  }, 1000);
  window.addEventListener("online", go);
  say();
}

/** @param {string} reason @param {File[]} files @param {Row[]} rows @param {string} company @param {string} key */
function failed(reason, files, rows, company, key) {
  for (const { state } of rows) {
    state.className = "small bad";
    state.textContent = reason;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = says("again");
  button.addEventListener("click", () => {
    button.remove();
    for (const { state } of rows) state.className = "small muted";
    attempt(files, rows, company, key);
  }, { once: true });
  rows[0].item.append(button);
}

/**
 * The files that were dropped, those inside folders as well, in the order of their names.
 * @param {DataTransfer} transfer
 */
async function dropped(transfer) {
  // Entries must be asked for before anything is waited for: the transfer is gone afterwards.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => !!entry);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry.isDirectory)) return plain;
  /** @type {File[]} */
  const files = [];
  for (const entry of entries) await gather(entry, files);
  return files;
}

/** @param {FileSystemEntry} entry @param {File[]} files */
async function gather(entry, files) {
  if (files.length >= MOST_FILES || RUBBISH.test(entry.fullPath)) return;
  if (entry.isFile) {
    const file = /** @type {FileSystemFileEntry} */ (entry);
    files.push(await new Promise((done, failed) => { file.file(done, failed); }));
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const inside = [];
  // A reader gives a folder by the hundred, and nothing at its end.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    if (!some.length) break;
    inside.push(...some);
  }
  inside.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  for (const each of inside) await gather(each, files);
}

if (drop) {
  drop.hidden = false;
  const byHand = /** @type {HTMLInputElement[]} */ (["files", "folder"].map((id) => document.getElementById(id)));
  for (const input of byHand) input.addEventListener("change", () => {
    const files = [...input.files ?? []].filter((file) => !RUBBISH.test(file.webkitRelativePath));
    if (files.length) send(files);
    input.value = "";
  });
  keys({ keys: "u", run: () => byHand[0].click() });
  // Anywhere on the page: a file that misses the zone must not replace the page.
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (event.dataTransfer?.types.includes("Files")) {
      depth += 1;
      drop.classList.add("over");
    }
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) drop.classList.remove("over");
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    drop.classList.remove("over");
    if (event.dataTransfer) dropped(event.dataTransfer).then((files) => files.length && send(files));
  });
}
