// @ts-check
// Talking with the service: changes are sent one after the other, and what is different then comes
// back in pieces. While something waits to be sent the page is ahead of the service; pieces are put
// in when it is not.

import { all, arrange, renumber, review, say } from "./board-model.js";
import { isDragging } from "./board-drag.js";
import { restore } from "./board-focus.js";
import { hush, tell } from "./page.js";

/**
 * @typedef {import("./board-model.js").Change} Change
 * @typedef {{ kind: "change", change: Change } | { kind: "undo" | "redo", which?: number }} Wish
 * @typedef {object} Answer
 * @property {number} version
 * @property {string} status
 * @property {string} state
 * @property {unknown[]} alternatives
 * @property {string} [whole]
 * @property {string[]} [order]
 * @property {Record<string, string>} [groups]
 * @property {string} [aside]
 * @property {string[]} [others]
 */

const base = `/imports/${encodeURIComponent(review.dataset.import ?? "")}`;
const POLL_MS = 2500;
const SOON_MS = 900;
const RETRY_MS = 3000;

/** @type {Wish[]} */
const waiting = [];
/** @type {Wish[]} */
let sending = [];
let asking = false;
/** What the page shows, apart from what waits. */
let { version: shown, status } = head();
let version = shown;

function head() {
  const row = /** @type {HTMLElement} */ (document.querySelector("#state [data-version]"));
  return { version: Number(row.dataset.version), status: row.dataset.status ?? "" };
}

export const isIdle = () => !waiting.length && !sending.length;
export const isRead = () => !review.querySelector(".group[data-reading], .group.pending");
export const statusNow = () => status;

/** @param {Wish} wish */
export function send(wish) {
  waiting.push(wish);
  void next();
}

async function next() {
  if (sending.length || !waiting.length) return;
  const count = waiting.findIndex((wish) => wish.kind !== "change");
  sending = waiting.splice(0, count < 0 ? waiting.length : Math.max(count, 1));
  const first = sending[0];
  const changes = sending.flatMap((wish) => (wish.kind === "change" ? [wish.change] : []));
  const asked =
    first.kind === "change" ? post("/board/changes", { changes, version })
    : first.kind === "undo" ? post("/board/undo", first.which === undefined ? {} : { change: first.which })
    : post("/board/redo", {});
  /** @type {Response} */
  let answer;
  let text = "";
  try {
    answer = await asked;
    text = await answer.text();
  } catch {
    tell(say("no_answer"));
    setTimeout(() => void recover(), RETRY_MS);
    return;
  }
  // What is done meanwhile waits until the page has taken the answer, and goes on from there.
  if (!answer.ok) await refused(text, changes);
  sending = [];
  if (answer.ok) took(JSON.parse(text));
  void next();
}

/** After the network failed: has what was sent arrived? Then nothing is sent twice; else it is sent again. */
async function recover() {
  try {
    const answer = await post("/board", {});
    const told = /** @type {Answer | null} */ (answer.status === 200 ? await answer.json() : null);
    const arrived = told !== null && told.version > version && !told.others?.length;
    if (!arrived) waiting.unshift(...sending);
    sending = [];
    hush();
    if (told) took(told);
    void next();
  } catch {
    setTimeout(() => void recover(), RETRY_MS);
  }
}

/** @param {string} path @param {object} body */
function post(path, body) {
  const reading = all(review, ".group[data-reading]").map((row) => row.dataset.group);
  return fetch(base + path, {
    method: "POST",
    keepalive: true, // whoever leaves the page has done what they did
    headers: { "Content-Type": "application/json", "X-Fragment": "board", "X-CSRF-Token": review.dataset.csrf ?? "" },
    body: JSON.stringify({ since: shown, status, reading, ...body }),
  });
}

/** @param {string} text @param {Change[]} changes */
async function refused(text, changes) {
  waiting.length = 0;
  /** @type {{ code?: string, detail?: string, advice?: string, changes?: string[] }} */
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch { /* not ours */ }
  await reload();
  /** @type {HTMLButtonElement | null} */
  let again = null;
  if (problem.code === "stale" && changes.length) {
    again = document.createElement("button");
    again.type = "button";
    again.className = "small";
    again.textContent = say("again");
    again.addEventListener("click", () => {
      hush();
      document.dispatchEvent(new CustomEvent("board-again", { detail: changes }));
    });
  }
  const said = [problem.detail, ...(problem.changes ?? []), say("refused"), again ? "" : problem.advice];
  tell(said.filter(Boolean).join(" "), "bad", again);
}

/** The whole board, as the service has it. */
async function reload() {
  try {
    const answer = await post("/board", { since: -1, status: "", reading: [] });
    if (answer.ok) put(await answer.json());
  } catch {
    tell(say("no_answer"));
  }
}

/** @param {Answer} answer */
function took(answer) {
  version = answer.version;
  if (isIdle()) put(answer);
}

/** Put what came into the page. @param {Answer} answer */
function put(answer) {
  const typing = document.activeElement?.matches(".group-number");
  if (typing && !answer.whole) {
    // Not under somebody's fingers.
    document.activeElement?.addEventListener("blur", () => isIdle() && put(answer), { once: true });
    return;
  }
  const held = document.activeElement;
  const inside = !held || held === document.body || Boolean(held.closest(".sheet"));
  const id = held?.id;
  const pictures = new Map(all(review, "[data-page] img").map((image) => [pageOf(image), image]));
  if (answer.whole !== undefined) review.replaceChildren(piece(answer.whole, pictures));
  else {
    replace("state", piece(answer.state, new Map()));
    replace("aside-place", piece(answer.aside ?? "", pictures));
    const list = /** @type {HTMLElement} */ (document.getElementById("groups"));
    const rows = new Map(all(list, ".group[data-group]").map((row) => [row.dataset.group, row]));
    for (const [group, html] of Object.entries(answer.groups ?? {})) {
      rows.set(group, /** @type {HTMLElement} */ (piece(html, pictures).firstElementChild));
    }
    const wanted = (answer.order ?? []).map((group) => rows.get(group));
    if (wanted.some((row) => row === undefined)) return void reload();
    arrange(list, /** @type {HTMLElement[]} */ (wanted));
    list.dataset.alternatives = JSON.stringify(answer.alternatives);
  }
  shown = version = answer.version;
  const before = status;
  ({ status } = head());
  renumber();
  if (inside) restore(true);
  else {
    restore(false);
    if (id && held && !held.isConnected) document.getElementById(id)?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent("board-put", { detail: { others: answer.others ?? [], before } }));
}

/** @param {string} id @param {Node} content */
function replace(id, content) {
  /** @type {HTMLElement} */ (document.getElementById(id)).replaceChildren(content);
}

/** @param {Element} image */
const pageOf = (image) => image.closest("[data-page]")?.getAttribute("data-page") ?? "";

/** Our server's own piece of a page, with the pictures that are there already. @param {string} html @param {Map<string, Element>} pictures */
function piece(html, pictures) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const image of all(template.content, "[data-page] img")) {
    const known = pictures.get(pageOf(image));
    if (known) image.replaceWith(known);
  }
  return template.content;
}

// Somebody leaves while changes wait for the answer to the one before: they go now.
window.addEventListener("pagehide", () => {
  const changes = waiting.splice(0).flatMap((wish) => (wish.kind === "change" ? [wish.change] : []));
  if (changes.length) void post("/board/changes", { changes, version }).catch(() => undefined);
});

async function look() {
  if (isIdle() && !asking && !document.hidden && !isDragging()) {
    asking = true;
    try {
      const answer = await post("/board", {});
      if (answer.status === 200) {
        const told = await answer.json();
        if (isIdle() && told.version >= version) put(told);
      }
    } catch { /* it is asked again */ }
    asking = false;
  }
  plan();
}

function plan() {
  const soon = ["received", "processing"].includes(status) || !isRead();
  setTimeout(() => void look(), soon ? SOON_MS : POLL_MS);
}

plan();
