// @ts-check
// While a rule is written, what it would have said of the last documents stands beside it.

import { keys } from "./keys.js";

const PAUSE = 250; // ms without typing before the preview is asked for

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("rule"));
const save = /** @type {HTMLButtonElement | null} */ (document.getElementById("save"));
const add = document.getElementById("new-rule");

let asked = 0;
let timer = 0;

/** @param {HTMLFormElement} rule */
async function preview(rule) {
  const mine = (asked += 1);
  const data = new URLSearchParams();
  for (const [key, value] of new FormData(rule)) if (typeof value === "string") data.append(key, value);
  const answer = await fetch("/books/rules/preview", {
    method: "POST", body: data, headers: { "X-Fragment": "preview", "X-CSRF-Token": data.get("csrf_token") ?? "" },
  }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html"); // of our own server
  const fresh = parsed.getElementById("preview");
  // Its place stays, so that what changes in it is read out.
  if (fresh) document.getElementById("preview")?.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
}

if (form && document.getElementById("preview")) {
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => preview(form), PAUSE);
  });
}

/** What each place of the dial would have done takes seconds: the page does not wait for it. */
async function replay() {
  const wanted = document.getElementById("replay")?.dataset.wanted;
  const answer = wanted ? await fetch(wanted).catch(() => null) : null;
  if (!answer?.ok) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html"); // of our own server
  for (const place of document.querySelectorAll("#replay, .would")) {
    const fresh = parsed.getElementById(place.id);
    if (fresh) place.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
  }
}
replay();

keys(  { keys: "Ctrl+s", run: () => save?.click(), when: () => save !== null },
  { keys: "n", run: () => add?.click(), when: () => add !== null },
);
