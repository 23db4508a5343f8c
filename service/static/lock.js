// @ts-check
// Who has the document open: taken while somebody can change it, renewed while they look at it, and
// given back when they leave.

const form = /** @type {HTMLFormElement} */ (document.getElementById("document"));
const banner = /** @type {HTMLElement} */ (document.getElementById("locked"));
const address = `/api/v1/documents/${encodeURIComponent(form.dataset.document ?? "")}/lock`;
const EVERY_MS = 30_000;
const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value;

/** @param {string} method @param {object} [body] */
const ask = (method, body) => fetch(address, {
  method, keepalive: true,
  headers: { "X-CSRF-Token": token, "Content-Type": "application/json" },
  body: body ? JSON.stringify(body) : undefined,
});

async function renew() {
  if (document.hidden) return;
  const answer = await ask("POST", {}).catch(() => null);
  if (answer?.status !== 409) return;
  const refusal = await answer.json();
  if (refusal.code !== "document_locked") return;
  const says = /** @type {HTMLElement} */ (banner.querySelector("[data-says]"));
  says.textContent = (says.dataset.says ?? "").replace("{name}", refusal.holder_name);
  banner.hidden = false;
}

if (form.dataset.editable === "yes") {
  renew();
  setInterval(renew, EVERY_MS);
  document.addEventListener("visibilitychange", renew);
  addEventListener("pagehide", () => { ask("DELETE").catch(() => null); });
}
document.getElementById("take-over")?.addEventListener("click", async () => {
  const answer = await ask("POST", { take_over: true });
  if (answer.ok) location.reload();
});
