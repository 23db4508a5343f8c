// @ts-check
// A page large beside the board: its picture, its words to select over it, or its text alone. It
// follows the focus; under the pointer it shows for as long as the pointer rests there.

import { review, say, sheetOf } from "./board-model.js";

const SVG = "http://www.w3.org/2000/svg";
const REST_MS = 300;
const ZOOMS = [1, 1.35, 1.8, 2.4, 3.2];

const panel = /** @type {HTMLElement} */ (document.getElementById("preview"));
const paper = /** @type {HTMLElement} */ (document.getElementById("preview-paper"));
const text = /** @type {HTMLElement} */ (document.getElementById("preview-text"));
const title = /** @type {HTMLElement} */ (document.getElementById("preview-title"));

/** Opened by a person, and not only for the pointer. */
let pinned = false;
/** @type {string | null} */
let shown = null;
let zoom = 0;
let rest = 0;

/**
 * @typedef {{ width: number, height: number, words: [string, number, number, number, number][], text: string }} Words
 * @type {Map<string, Promise<Words | null>>}
 */
const read = new Map();

export const isOpen = () => pinned;

/** @param {HTMLElement | null} sheet */
export function toggle(sheet) {
  if (pinned) close();
  else open(sheet);
}

/** @param {HTMLElement | null} sheet */
export function open(sheet) {
  if (!sheet) return;
  pinned = true;
  document.documentElement.classList.add("previewing");
  put(sheet);
}

export function close() {
  const was = pinned;
  pinned = false;
  shown = null;
  panel.hidden = true;
  document.documentElement.classList.remove("previewing");
  return was;
}

/** What has the focus now. @param {HTMLElement | null} sheet */
export function follow(sheet) {
  if (pinned && sheet) put(sheet);
}

/** @param {HTMLElement} sheet */
function put(sheet) {
  panel.hidden = false;
  panel.classList.toggle("floating", !pinned);
  title.textContent = sheet.getAttribute("aria-label");
  const page = `${sheet.dataset.page} ${sheet.dataset.rotation}`;
  if (shown === page) return;
  shown = page;
  void draw(sheet, page);
}

/** @param {HTMLElement} sheet @param {string} page */
async function draw(sheet, page) {
  const { image, rotation } = sheet.dataset;
  if (!image) {
    paper.replaceChildren(say("no_picture"));
    text.textContent = "";
    return;
  }
  const turned = Number(rotation ?? 0);
  const wide = sheet.classList.contains("wide");
  const drawing = leaf(image, wide ? 842 : 595, wide ? 595 : 842, turned, []);
  paper.replaceChildren(drawing);
  paper.scrollTo(0, 0);
  scale();
  if (!pinned) return;
  const words = await wordsOf(image);
  if (shown !== page || !words) return;
  paper.replaceChildren(leaf(image, words.width, words.height, turned, words.words));
  scale();
  text.textContent = words.text || say("no_text");
}

/** @param {string} image */
function wordsOf(image) {
  const address = image.replace(/\.webp$/, "/words");
  const known = read.get(address);
  if (known) return known;
  const asked = fetch(address).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  read.set(address, asked);
  return asked;
}

/**
 * A page as a drawing, in points: the picture, and over it words that can be selected.
 * @param {string} image @param {number} width @param {number} height @param {number} turned
 * @param {Words["words"]} words
 */
function leaf(image, width, height, turned, words) {
  const drawing = document.createElementNS(SVG, "svg");
  const across = turned % 180 !== 0;
  drawing.setAttribute("viewBox", across ? `0 0 ${height} ${width}` : `0 0 ${width} ${height}`);
  const sheet = document.createElementNS(SVG, "g");
  const moved = { 90: `translate(${height} 0)`, 180: `translate(${width} ${height})`, 270: `translate(0 ${width})` }[turned];
  if (moved) sheet.setAttribute("transform", `${moved} rotate(${turned})`);
  const picture = document.createElementNS(SVG, "image");
  picture.setAttribute("href", image);
  picture.setAttribute("width", String(width));
  picture.setAttribute("height", String(height));
  picture.setAttribute("preserveAspectRatio", "none");
  sheet.append(picture);
  for (const [word, x0, y0, x1, y1] of words) {
    const place = document.createElementNS(SVG, "text");
    place.setAttribute("x", String(x0 * width));
    place.setAttribute("y", String(y1 * height - (y1 - y0) * height * 0.18));
    place.setAttribute("font-size", String(Math.max((y1 - y0) * height, 1)));
    place.setAttribute("textLength", String(Math.max((x1 - x0) * width, 1)));
    place.setAttribute("lengthAdjust", "spacingAndGlyphs");
    place.textContent = `${word} `;
    sheet.append(place);
  }
  drawing.append(sheet);
  return drawing;
}

/** @param {number} step 0 fits the page again */
export function magnify(step) {
  zoom = step ? Math.min(Math.max(zoom + step, 0), ZOOMS.length - 1) : 0;
  scale();
}

function scale() {
  const drawing = paper.querySelector("svg");
  if (drawing) drawing.style.width = `${ZOOMS[zoom] * 100}%`;
  paper.classList.toggle("zoomed", zoom > 0);
}

export function toggleText() {
  const on = text.hidden;
  text.hidden = !on;
  paper.hidden = on;
  panel.querySelector("[data-preview=text]")?.setAttribute("aria-pressed", String(on));
}

paper.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  magnify(event.deltaY < 0 ? 1 : -1);
}, { passive: false });

// The pointer rests on a page: it is shown on the other side, until the pointer leaves.
review.addEventListener("pointerover", (event) => {
  const thumb = event.target instanceof Element ? event.target.closest(".thumb") : null;
  clearTimeout(rest);
  if (pinned || event.pointerType !== "mouse" || event.buttons) return;
  if (!thumb) return leave();
  rest = window.setTimeout(() => {
    const sheet = /** @type {HTMLElement | null} */ (thumb.closest("[data-page]"));
    if (pinned || !sheet || !sheetOf(sheet.dataset.page ?? "")) return;
    panel.classList.toggle("left", event.clientX > window.innerWidth / 2);
    put(sheet);
  }, REST_MS);
});
review.addEventListener("pointerleave", () => {
  clearTimeout(rest);
  leave();
});
review.addEventListener("pointerdown", () => {
  clearTimeout(rest);
  leave();
});

function leave() {
  if (pinned || panel.hidden) return;
  panel.hidden = true;
  shown = null;
}
