// The review page: cutting, joining, moving, setting aside. Each change is sent as the whole
// regrouping with the version it was made on; the answer is the groups as they are then.

import { hush, tell } from "./page.js";

const review = document.getElementById("review");
const base = `/imports/${encodeURIComponent(review.dataset.import)}`;
let busy = false;

// --- the groups as they stand on the page ----------------------------------------------------

function state() {
  const pages = (root) => [...root.querySelectorAll("[data-page]")].map((sheet) => sheet.dataset.page);
  const order = {};
  for (const sheet of review.querySelectorAll("[data-page]")) order[sheet.dataset.page] = Number(sheet.dataset.order);
  const aside = [...review.querySelectorAll("#aside [data-page]")].map((sheet) => ({
    id: sheet.dataset.page,
    reason: sheet.dataset.reason || "person",
  }));
  return { groups: [...review.querySelectorAll("[data-group]")].map(pages), aside, order };
}

/** Groups lie as the stack does: by their first page. */
function ordered(now) {
  const first = (group) => Math.min(...group.map((page) => now.order[page]));
  return now.groups.filter((group) => group.length).sort((a, b) => first(a) - first(b));
}

function take(now, page) {
  now.groups = now.groups.map((group) => group.filter((other) => other !== page));
  now.aside = now.aside.filter((other) => other.id !== page);
}

function into(now, group, page) {
  const at = group.findIndex((other) => now.order[other] > now.order[page]);
  group.splice(at < 0 ? group.length : at, 0, page);
}

const changes = {
  cut(now, page) {
    const group = now.groups.find((pages) => pages.includes(page));
    now.groups.push(group.splice(group.indexOf(page)));
  },
  join(now, number) {
    const at = number - 1;
    if (at > 0) now.groups[at - 1].push(...now.groups.splice(at, 1)[0]);
  },
  new(now, page) {
    take(now, page);
    now.groups.push([page]);
  },
  aside(now, page) {
    take(now, page);
    now.aside.push({ id: page, reason: "person" });
  },
  back(now, page) {
    take(now, page);
    // Into the group that holds the page before it in the stack.
    const before = now.groups
      .filter((group) => group.some((other) => now.order[other] < now.order[page]))
      .sort((a, b) => nearest(now, b, page) - nearest(now, a, page))[0];
    if (before) into(now, before, page);
    else now.groups.push([page]);
  },
  number(now, page, number) {
    const target = now.groups[number - 1];
    take(now, page);
    if (!number) now.aside.push({ id: page, reason: "person" });
    else if (target) into(now, now.groups[number - 1], page);
    else now.groups.push([page]);
  },
};

function nearest(now, group, page) {
  return Math.max(...group.map((other) => now.order[other]).filter((place) => place < now.order[page]), -1);
}

// --- sending ------------------------------------------------------------------------------------

function version() {
  return Number(document.getElementById("state").dataset.version);
}

async function put(now) {
  await exchange(`${base}/groups`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      groups: ordered(now).map((pages) => ({ pages })),
      set_aside: now.aside,
      version: version(),
    }),
  });
}

async function exchange(address, options = {}) {
  if (busy) return false;
  busy = true;
  review.classList.add("busy");
  try {
    const answer = await fetch(address, {
      ...options,
      headers: { ...options.headers, "X-Fragment": "groups", "X-CSRF-Token": review.dataset.csrf },
    });
    const text = await answer.text();
    if (answer.ok) {
      show(text);
      if (options.method) hush();
      return true;
    }
    explain(text);
  } catch {
    if (options.method) tell(review.dataset.noAnswer);
  } finally {
    busy = false;
    review.classList.remove("busy");
  }
  return false;
}

function explain(text) {
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch { /* not ours */ }
  const reload = document.createElement("button");
  reload.type = "button";
  reload.className = "small";
  reload.textContent = review.dataset.stale;
  reload.addEventListener("click", () => exchange(`${base}/groups`).then((done) => done && hush()));
  tell([problem.detail, problem.advice].filter(Boolean).join(" ") || review.dataset.noAnswer, "bad", reload);
  for (const input of review.querySelectorAll(".group-number")) input.value = input.dataset.was;
}

function show(html) {
  const held = document.activeElement?.id;
  review.innerHTML = html;
  const field = held && document.getElementById(held);
  if (field && review.contains(field)) field.focus({ preventScroll: true });
  plan();
}

// --- what people do -----------------------------------------------------------------------------

review.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || busy) return;
  if (button.classList.contains("thumb")) return enlarge(button);
  const act = button.dataset.act;
  if (!act) return;
  const now = state();
  const sheet = button.closest("[data-page]");
  if (act === "cut") changes.cut(now, button.dataset.before);
  else if (act === "join") changes.join(now, Number(button.closest("[data-group]").dataset.group));
  else changes[act](now, sheet.dataset.page);
  put(now);
});

review.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.classList.contains("group-number")) return;
  const typed = input.value.trim();
  if (!/^\d{0,6}$/.test(typed)) {
    input.value = input.dataset.was;
    return;
  }
  const now = state();
  // Numbers on the page are 1, 2, 3…; one that is not there yet asks for a new group.
  changes.number(now, input.closest("[data-page]").dataset.page, Number(typed || 0));
  put(now);
});

review.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.classList.contains("group-number")) {
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

review.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-fragment")) return;
  event.preventDefault();
  exchange(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
});

// --- dragging -----------------------------------------------------------------------------------

let dragged = null;
review.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-page]");
  if (!dragged?.draggable) return;
  dragged.classList.add("dragging");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.page);
});
review.addEventListener("dragend", () => {
  dragged?.classList.remove("dragging");
  dragged = null;
  mark(null);
});
review.addEventListener("dragover", (event) => {
  if (!dragged) return;
  const target = event.target.closest("[data-group], .aside-pages");
  mark(target);
  if (target) event.preventDefault();
});
review.addEventListener("drop", (event) => {
  const target = event.target.closest("[data-group], .aside-pages");
  if (!dragged || !target || busy) return;
  event.preventDefault();
  const page = dragged.dataset.page;
  const onto = event.target.closest("[data-page]")?.dataset.page;
  const now = state();
  if (!target.dataset.group) changes.aside(now, page);
  else {
    const group = Number(target.dataset.group) - 1;
    if (onto === page) return;
    take(now, page);
    // Onto a page: before it, in whatever order the person wants; beside the pages: in its place.
    if (onto) now.groups[group].splice(now.groups[group].indexOf(onto), 0, page);
    else into(now, now.groups[group], page);
  }
  put(now);
});

function mark(target) {
  for (const other of review.querySelectorAll(".over")) if (other !== target) other.classList.remove("over");
  target?.classList.add("over");
}

// --- a closer look ------------------------------------------------------------------------------

const dialog = document.getElementById("larger");
let shown = null;

function enlarge(button) {
  if (!button.dataset.image) return;
  shown = button;
  document.getElementById("larger-title").textContent = button.getAttribute("aria-label");
  document.getElementById("larger-image").src = button.dataset.image;
  if (!dialog.open) dialog.showModal();
}

function turn(step) {
  const all = [...review.querySelectorAll(".thumb")].filter((b) => b.dataset.image);
  const next = all[all.indexOf(shown) + step];
  if (next) enlarge(next);
}

dialog.addEventListener("click", (event) => {
  const what = event.target.closest("[data-larger]")?.dataset.larger;
  if (what === "close" || event.target === dialog) dialog.close();
  else if (what) turn(what === "next" ? 1 : -1);
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") turn(1);
  if (event.key === "ArrowLeft") turn(-1);
});

// --- live ---------------------------------------------------------------------------------------

let events = null;
let timer = 0;
function plan() {
  clearTimeout(timer);
  const now = document.getElementById("state");
  const reading = ["received", "processing"].includes(now.dataset.status);
  if (reading && !events) {
    events = new EventSource(`/api/v1${base}/events`);
    events.addEventListener("progress", () => {
      clearTimeout(timer);
      timer = setTimeout(() => exchange(`${base}/groups`), 300);
    });
    events.addEventListener("end", () => {
      events.close();
      events = null;
      exchange(`${base}/groups`);
    });
  } else if (!reading && now.hasAttribute("data-moving")) {
    timer = setTimeout(again, 1500); // groups that were changed are being read again
  }
}

function again() {
  const typing = review.contains(document.activeElement) && document.activeElement.matches("input, select");
  if (typing || dragged || dialog.open) timer = setTimeout(again, 1500);
  else exchange(`${base}/groups`).then((done) => done || plan());
}

plan();
