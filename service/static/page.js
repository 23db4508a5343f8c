// @ts-check
// What every page has: forms that are sent once, choices that apply themselves, questions before
// what cannot be taken back. Without this file all of it still works, with one more click.

// A second click on a button that is at work does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  const question = form.dataset.confirm || event.submitter?.getAttribute("data-confirm");
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.hasAttribute("data-fragment") || form.hasAttribute("data-download") || form.method === "get") return;
  form.dataset.sent = "yes";
  // Afterwards, so that the button's own value is sent.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    if (!form.id) return;
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(`button[form="${form.id}"]`))) button.disabled = true;
  });
});

// The browser's own "back" shows a page as it was left: its forms may be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLSelectElement && field.hasAttribute("data-submit")) field.form?.requestSubmit();
});

const place = /** @type {HTMLElement} */ (document.getElementById("messages"));

/**
 * Say something at the top of the page; it is text, whatever it contains.
 * @param {string} text @param {string} kind @param {HTMLElement | null} button
 */
export function tell(text, kind = "bad", button = null) {
  const message = document.createElement("p");
  message.className = `message ${kind}`;
  message.setAttribute("role", kind === "bad" ? "alert" : "status");
  message.textContent = text;
  if (button) message.append(button);
  place.replaceChildren(message);
  message.scrollIntoView({ block: "nearest" });
}

export function hush() {
  place.replaceChildren();
}
