// @ts-check
// The thumbnails, fifty in one answer, those nearest to what is seen first: each alone would take
// the service ten times as long, and whoever scrolls fast would see empty pages. Without this file
// the browser asks for each when it comes into sight.

import { all, review } from "./board-model.js";

const AT_ONCE = 50;

/** Which fifties have come. @type {Set<number>} */
const there = new Set();
let asking = false;

export async function fetchPictures() {
  if (asking) return;
  asking = true;
  try {
    for (let next = nearest(); next !== undefined; next = nearest()) {
      there.add(next);
      await fetchSome(next * AT_ONCE);
    }
  } catch { /* the browser asks for each by itself */ }
  asking = false;
}

/** The fifty nearest to the first page that is seen, of those that are still to come. */
function nearest() {
  const waiting = new Set(all(review, "[data-image]").map((sheet) => Math.floor(Number(sheet.dataset.order) / AT_ONCE)));
  const row = all(review, ".group").find((one) => one.getBoundingClientRect().bottom > 0);
  const here = Number(row?.querySelector("[data-page]")?.getAttribute("data-order") ?? 0) / AT_ONCE;
  return [...waiting].filter((one) => !there.has(one)).sort((a, b) => Math.abs(a + 0.5 - here) - Math.abs(b + 0.5 - here))[0];
}

/** @param {number} first */
async function fetchSome(first) {
  const answer = await fetch(`/imports/${encodeURIComponent(review.dataset.import ?? "")}/board/thumbnails?first=${first}`);
  if (!answer.ok) return;
  const bytes = await answer.arrayBuffer();
  const lengths = new DataView(bytes);
  for (let at = 0, order = first; at + 4 <= bytes.byteLength; order++) {
    const length = lengths.getUint32(at);
    at += 4;
    const image = /** @type {HTMLImageElement | null} */ (review.querySelector(`[data-order="${order}"] img`));
    if (length && image && !(image.complete && image.naturalWidth)) {
      image.loading = "eager";
      image.src = URL.createObjectURL(new Blob([bytes.slice(at, at + length)], { type: "image/webp" }));
    }
    at += length;
  }
}
