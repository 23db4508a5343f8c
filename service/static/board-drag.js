// @ts-check
// Dragging pages: onto a page, before it; beside the pages of a group, in their place there; onto
// the places at the edge that show while dragging, a new group or set aside.

import { all, review, rowOf } from "./board-model.js";
import { go, isSelected, meant } from "./board-focus.js";

/** @type {string[]} */
let dragged = [];

export const isDragging = () => dragged.length > 0;

/** @param {(change: import("./board-model.js").Change) => void} act */
export function dragging(act) {
  const places = document.createElement("div");
  places.className = "drop-places";
  places.hidden = true;
  for (const what of ["new", "aside"]) {
    const place = document.createElement("div");
    place.dataset.place = what;
    place.textContent = document.querySelector(`[data-tool=${what}]`)?.firstChild?.textContent ?? "";
    places.append(place);
  }
  document.body.append(places);

  document.addEventListener("dragstart", (event) => {
    const sheet = event.target instanceof Element ? event.target.closest("[data-page]") : null;
    if (!(sheet instanceof HTMLElement) || !event.dataTransfer) return;
    const page = sheet.dataset.page ?? "";
    if (!isSelected(page)) go(sheet, { focus: false });
    dragged = meant();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.join(" "));
    for (const other of all(review, "[data-page]")) other.classList.toggle("dragging", dragged.includes(other.dataset.page ?? ""));
    // Not at once: the browser takes its picture of the sheet first.
    setTimeout(() => (places.hidden = !dragged.length));
  });
  document.addEventListener("dragend", end);
  document.addEventListener("dragover", (event) => {
    if (!dragged.length) return;
    const target = targetOf(event);
    mark(target);
    if (target) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const target = targetOf(event);
    if (!dragged.length || !target) return;
    event.preventDefault();
    const pages = dragged;
    end();
    const change = changeOf(target, pages);
    if (change) act(change);
  });

  function end() {
    dragged = [];
    places.hidden = true;
    mark(null);
    for (const sheet of all(review, ".dragging")) sheet.classList.remove("dragging");
  }
}

/** @param {DragEvent} event @returns {HTMLElement | null} */
function targetOf(event) {
  return event.target instanceof Element ? event.target.closest(".group [data-page], .group, .aside-pages, [data-place]") : null;
}

/** @param {HTMLElement} target @param {string[]} pages @returns {import("./board-model.js").Change | null} */
function changeOf(target, pages) {
  if (target.dataset.place === "new") return { do: "new", pages };
  if (target.dataset.place === "aside" || target.matches(".aside-pages")) return { do: "aside", pages };
  const onto = target.dataset.page;
  if (onto && pages.includes(onto)) return null;
  const inside = rowOf(target)?.querySelectorAll("[data-page]") ?? [];
  const home = /** @type {HTMLElement[]} */ ([...inside]).find((sheet) => !pages.includes(sheet.dataset.page ?? ""));
  if (!home?.dataset.page) return null;
  return onto ? { do: "move", pages, onto, before: onto } : { do: "move", pages, onto: home.dataset.page };
}

/** @param {HTMLElement | null} target */
function mark(target) {
  for (const other of all(document, ".over")) if (other !== target) other.classList.remove("over");
  target?.classList.add("over");
}
