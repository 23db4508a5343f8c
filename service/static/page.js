// What every page has: forms that are sent once, choices that apply themselves, questions before
// what cannot be taken back. Without this file all of it still works, with one more click.

// A second click on a button that is at work does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  const question = form.dataset.confirm || event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.hasAttribute("data-fragment") || form.method === "get") return;
  form.dataset.sent = "yes";
  // Afterwards, so that the button's own value is sent.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    for (const button of document.querySelectorAll(`button[form="${form.id}"]`)) if (form.id) button.disabled = true;
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
  if (field.matches("select[data-submit]")) field.form.requestSubmit();
});

/** Say something at the top of the page; it is text, whatever it contains. */
export function tell(text, kind = "bad", button = null) {
  const message = document.createElement("p");
  message.className = `message ${kind}`;
  message.setAttribute("role", kind === "bad" ? "alert" : "status");
  message.textContent = text;
  if (button) message.append(button);
  const place = document.getElementById("messages");
  place.replaceChildren(message);
  message.scrollIntoView({ block: "nearest" });
}

export function hush() {
  document.getElementById("messages").replaceChildren();
}
