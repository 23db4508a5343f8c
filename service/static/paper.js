// @ts-check
// The paper on the left: as large as one wants, turned, and every word of it can be pointed at.

/** @typedef {[number, number, number, number]} Box fractions of the page */
/** @typedef {{ text: string, box: Box, line: number }} Word */

const paper = /** @type {HTMLElement} */ (document.getElementById("paper"));
const shownZoom = document.getElementById("zoom");
const form = /** @type {HTMLFormElement} */ (document.getElementById("document"));
const address = `/api/v1/documents/${encodeURIComponent(form.dataset.document ?? "")}`;
const SVG = "http://www.w3.org/2000/svg";

/** @returns {HTMLElement[]} */
const leaves = () => [...paper.querySelectorAll(".leaf")].filter((leaf) => leaf instanceof HTMLElement);

// --- size and turn ------------------------------------------------------------------------------

let zoom = 100;
let turn = 0;

function lay() {
  const above = paper.scrollTop;
  const middle = (above + paper.clientHeight / 2) / Math.max(1, paper.scrollHeight);
  for (const leaf of leaves()) {
    const [width, height] = [Number(leaf.dataset.width) || 1, Number(leaf.dataset.height) || 1];
    const sideways = turn % 180 !== 0;
    leaf.style.width = `${zoom}%`;
    leaf.style.aspectRatio = sideways ? `${height} / ${width}` : `${width} / ${height}`;
    const sheet = /** @type {HTMLElement} */ (leaf.firstElementChild);
    sheet.style.aspectRatio = `${width} / ${height}`;
    sheet.style.width = sideways ? `${(100 * width) / height}%` : "100%";
    sheet.style.transform = `translate(-50%, -50%) rotate(${turn}deg)`;
  }
  if (shownZoom) shownZoom.textContent = `${zoom} %`;
  if (above > 0) paper.scrollTop = middle * paper.scrollHeight - paper.clientHeight / 2;
}

/** @param {"larger" | "smaller" | "fit" | "turn"} what */
export function look(what) {
  if (what === "turn") turn = (turn + 90) % 360;
  else zoom = what === "fit" ? 100 : Math.round(Math.min(400, Math.max(30, what === "larger" ? zoom * 1.25 : zoom / 1.25)));
  lay();
}
lay();

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest?.("[data-paper]");
  if (button instanceof HTMLElement) look(/** @type {"fit"} */ (button.dataset.paper));
});
paper.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  look(event.deltaY < 0 ? "larger" : "smaller");
}, { passive: false });

/** Another page of the paper. @param {number} step */
export function turnTo(step) {
  const all = leaves();
  const at = all.findIndex((leaf) => leaf.offsetTop + leaf.offsetHeight / 2 > paper.scrollTop);
  const wanted = all[Math.min(all.length - 1, Math.max(0, at + step))];
  if (wanted) paper.scrollTop = wanted.offsetTop - 8;
}
for (const link of document.querySelectorAll("[data-leaf]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const leaf = document.getElementById(`leaf-${/** @type {HTMLElement} */ (link).dataset.leaf}`);
    if (leaf) paper.scrollTop = leaf.offsetTop - 8;
  });
}

// --- boxes --------------------------------------------------------------------------------------

/** @param {SVGElement} svg @param {Box} box @param {string} kind @returns {SVGRectElement} */
function drawn(svg, box, kind) {
  const rect = /** @type {SVGRectElement} */ (document.createElementNS(SVG, "rect"));
  rect.setAttribute("class", kind);
  rect.setAttribute("x", String(box[0] * 1000));
  rect.setAttribute("y", String(box[1] * 1000));
  rect.setAttribute("width", String((box[2] - box[0]) * 1000));
  rect.setAttribute("height", String((box[3] - box[1]) * 1000));
  svg.append(rect);
  return rect;
}

/** @param {Element} rect */
function scrollTo(rect) {
  const box = rect.getBoundingClientRect();
  const frame = paper.getBoundingClientRect();
  if (box.top < frame.top + 20 || box.bottom > frame.bottom - 20) {
    paper.scrollTop += box.top - frame.top - frame.height / 3;
  }
  if (box.left < frame.left || box.right > frame.right) {
    paper.scrollLeft += box.left - frame.left - frame.width / 3;
  }
}

/** Light the box of a field. @param {string | undefined} name @param {boolean} scroll */
export function highlight(name, scroll) {
  for (const rect of paper.querySelectorAll("rect.here")) rect.classList.remove("here");
  const rect = name ? paper.querySelector(`rect[data-field="${CSS.escape(name)}"]`) : null;
  rect?.classList.add("here");
  if (rect && scroll) scrollTo(rect);
  return rect !== null;
}

/** Show where a value stands that is not in the form. @param {number | null} page of the file @param {Box | null} box */
export function preview(page, box) {
  for (const rect of paper.querySelectorAll("rect.preview")) rect.remove();
  if (page === null || !box) return;
  const leaf = leaves().find((one) => Number(one.dataset.page) === page);
  const svg = leaf?.querySelector("svg");
  if (svg) scrollTo(drawn(svg, box, "preview"));
}

/** The box of a field is where somebody pointed. @param {string} name @param {number} page @param {Box} box */
export function mark(name, page, box) {
  paper.querySelector(`rect[data-field="${CSS.escape(name)}"]`)?.remove();
  const svg = leaves().find((one) => Number(one.dataset.page) === page)?.querySelector("svg");
  if (svg) drawn(svg, box, "corrected").setAttribute("data-field", name);
}

// --- words --------------------------------------------------------------------------------------

/** @type {Map<number, Promise<Word[]>>} */
const words = new Map();

/** The words of a page of the document. @param {number} number */
export function wordsOf(number) {
  const known = words.get(number);
  if (known) return known;
  const asked = fetch(`${address}/words/${number}`)
    .then(async (answer) => (answer.ok ? /** @type {{ words: Word[] }} */ (await answer.json()).words : []))
    .catch(() => []);
  words.set(number, asked);
  return asked;
}

/** @param {SVGSVGElement} svg @param {MouseEvent} event @returns {[number, number]} */
function pointOf(svg, event) {
  const matrix = svg.getScreenCTM();
  if (!matrix) return [0, 0];
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return [point.x / 1000, point.y / 1000];
}

/** @param {Word[]} all @param {[number, number]} point */
const wordAt = (all, [x, y]) =>
  all.find(({ box }) => box[0] - 0.003 <= x && x <= box[2] + 0.003 && box[1] - 0.003 <= y && y <= box[3] + 0.003);

/** @param {Box[]} boxes @returns {Box} */
const around = (boxes) => [
  Math.min(...boxes.map((b) => b[0])), Math.min(...boxes.map((b) => b[1])),
  Math.max(...boxes.map((b) => b[2])), Math.max(...boxes.map((b) => b[3])),
];

/**
 * Call `take` with the page of the document and the box that somebody clicks or drags; with Shift the
 * box grows from the one before. `fields` is called with the field whose own box was clicked.
 * @param {{ take: (number: number, box: Box) => unknown, field: (name: string) => boolean, active: () => boolean }} on
 */
export function pointing(on) {
  /** @type {{ svg: SVGSVGElement, number: number, from: [number, number], rect: SVGRectElement | null } | null} */
  let drag = null;
  /** @type {{ number: number, box: Box } | null} */
  let last = null;

  /** @param {Event} event */
  const svgOf = (event) => {
    const svg = /** @type {Element} */ (event.target).closest?.("svg");
    return svg instanceof SVGSVGElement ? svg : null;
  };
  /** @param {Element} svg */
  const numberOf = (svg) => Number(/** @type {HTMLElement} */ (svg.closest(".leaf")).dataset.number);

  paper.addEventListener("pointerover", (event) => {
    const svg = svgOf(event);
    if (svg && on.active()) wordsOf(numberOf(svg));
  });
  paper.addEventListener("pointerdown", (event) => {
    const svg = svgOf(event);
    if (!svg || event.button !== 0 || !on.active()) return;
    event.preventDefault(); // the focus stays in its field
    drag = { svg, number: numberOf(svg), from: pointOf(svg, event), rect: null };
  });
  paper.addEventListener("pointermove", async (event) => {
    const svg = drag?.svg ?? svgOf(event);
    if (!svg || !on.active()) return;
    const at = pointOf(svg, event);
    if (drag) {
      const moved = Math.abs(at[0] - drag.from[0]) + Math.abs(at[1] - drag.from[1]);
      if (moved < 0.008 && !drag.rect) return;
      drag.rect?.remove();
      drag.rect = drawn(svg, around([[...at, ...at], [...drag.from, ...drag.from]]), "dragging");
      return;
    }
    const word = wordAt(await wordsOf(numberOf(svg)), at);
    for (const rect of paper.querySelectorAll("rect.word")) rect.remove();
    if (word) drawn(svg, word.box, "word");
  });
  paper.addEventListener("pointerleave", () => {
    for (const rect of paper.querySelectorAll("rect.word")) rect.remove();
  });
  addEventListener("pointercancel", () => {
    drag?.rect?.remove();
    drag = null;
  });
  addEventListener("pointerup", async (event) => {
    if (!drag) return;
    const { svg, number, from, rect } = drag;
    drag = null;
    const at = pointOf(svg, event);
    if (rect) {
      rect.remove();
      last = { number, box: around([[...at, ...at], [...from, ...from]]) };
      on.take(number, last.box);
      return;
    }
    const word = wordAt(await wordsOf(number), at);
    if (!word) {
      const name = /** @type {SVGElement} */ (event.target).dataset?.field;
      if (name) on.field(name);
      return;
    }
    const box = event.shiftKey && last && last.number === number ? around([last.box, word.box]) : word.box;
    last = { number, box };
    on.take(number, box);
  });
  // Without a field to fill, a box leads to its field.
  paper.addEventListener("click", (event) => {
    const name = /** @type {SVGElement} */ (event.target).dataset?.field;
    if (name && !on.active()) on.field(name);
  });
}
