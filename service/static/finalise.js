// @ts-check
// All drafts of an import or a batch are finalised some at a time, so that who waits sees how far it
// is. Without it, and when anything is in the way, the form is sent as it is: the service answers when
// all are done, with what stood against the others.
import "./page.js"; // its question comes first

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("finalise-all"));
const place = document.getElementById("finalising");
const bar = place?.querySelector("progress");
const words = document.getElementById("finalising-words");

/** @param {number} done */
function show(done) {
  if (!bar || !words || !place) return;
  place.hidden = false;
  bar.value = done;
  words.textContent = (words.dataset.words ?? "").replace("{done}", String(done)).replace("{all}", String(bar.max));
}

/** @param {HTMLFormElement} asked */
async function all(asked) {
  const data = new URLSearchParams();
  for (const [key, value] of new FormData(asked)) if (typeof value === "string") data.append(key, value);
  let refused = 0;
  show(0);
  for (;;) {
    const answer = await fetch(asked.action, {
      method: "POST", body: data, headers: { "X-Fragment": "finalising", "X-CSRF-Token": data.get("csrf_token") ?? "" },
    }).catch(() => null);
    const some = answer?.ok ? await answer.json().catch(() => null) : null;
    if (!some) break;
    refused += some.refused;
    show((bar?.max ?? 0) - some.left - refused);
    if (!some.cursor && !refused) {
      location.assign(some.address);
      return;
    }
    if (!some.cursor) break;
    data.set("cursor", some.cursor);
    if (!data.get("first")) data.set("first", some.first);
  }
  asked.submit();
}

document.addEventListener("submit", (event) => {
  if (!form || event.target !== form || event.defaultPrevented) return;
  event.preventDefault();
  all(form);
});
