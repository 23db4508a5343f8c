// @ts-check
// The thumbnails, fifty in one answer, those nearest to what is seen first: each alone would take
// the service ten times as long, and whoever scrolls fast would see empty pages. They are not
// displayed before they have come (`board.css`), so that the browser does not ask for each; without
// scripts, or where an answer has none of a page, it does.

import { all, review } from "./board-model.js";

const AT_ONCE = 50;

/** @typedef {{ image: HTMLImageElement, page: string, order: number }} Wanted */

let asking = false;

export async function fetchPictures() {
  if (asking) return;
  asking = true;
  for (let next = nearest(); next.length; next = nearest()) {
    try {
      await fetchSome(next);
    } catch { /* the browser asks for each by itself */ }
    for (const { image } of next) image.classList.add("come");
  }
  asking = false;
}

/** Of the pictures that have not come, those of the fifty pages nearest to the first that is seen. @returns {Wanted[]} */
function nearest() {
  const waiting = all(review, "[data-page] img:not(.come)").map((image) => {
    const sheet = /** @type {HTMLElement} */ (image.closest("[data-page]"));
    return { image: /** @type {HTMLImageElement} */ (image), page: sheet.dataset.page ?? "", order: Number(sheet.dataset.order) };
  });
  const row = all(review, ".group").find((one) => one.getBoundingClientRect().bottom > 0);
  const here = Number(row?.querySelector("[data-page]")?.getAttribute("data-order") ?? 0) / AT_ONCE;
  /** @param {Wanted} one */
  const fifty = ({ order }) => Math.floor(order / AT_ONCE);
  /** @param {number} one */
  const distance = (one) => Math.abs(one + 0.5 - here);
  const best = waiting.map(fifty).reduce((a, b) => (distance(b) < distance(a) ? b : a), Infinity);
  return waiting.filter((one) => fifty(one) === best).sort((a, b) => a.order - b.order);
}

/** @param {Wanted[]} wanted */
async function fetchSome(wanted) {
  const pages = wanted.map(({ page }) => page).join();
  const answer = await fetch(`/imports/${encodeURIComponent(review.dataset.import ?? "")}/board/thumbnails?pages=${pages}`);
  if (!answer.ok) return;
  const bytes = await answer.arrayBuffer();
  const lengths = new DataView(bytes);
  let at = 0;
  for (const { image } of wanted) {
    const length = lengths.getUint32(at);
    at += 4;
    if (length) {
      // Kept for as long as the page is: an image that is put elsewhere loads its address again.
      const address = URL.createObjectURL(new Blob([bytes.slice(at, at + length)], { type: "image/webp" }));
      image.src = address;
      image.loading = "eager"; // behind its address: it must not fetch the one it had
    }
    at += length;
  }
}
