// @ts-check
// The return of VAT: what is ticked is worked out again at once, and one key posts.

import { keys } from "./keys.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("return"));
form?.addEventListener("change", (event) => {
  if (!(event.target instanceof HTMLInputElement) || event.target.dataset.look === undefined) return;
  const said = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !["csrf_token", "company_id", "owed"].includes(name) && value) said.append(name, value);
  }
  location.assign(`/books/vat?${said}`);
});
keys({ keys: "Ctrl+Enter", run: () => document.getElementById("post")?.click(), when: () => Boolean(document.getElementById("post")) });
