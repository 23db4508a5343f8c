// @ts-check
// The customer of a draft, a contract or a record, where there are more than a list shows well: a
// search in the place of the list, which stays behind it and is what the form sends.
import { offer } from "./choices.js";

const PAUSE = 120; // ms without a key before the service is asked

/** @param {HTMLSelectElement} select */
function search(select) {
  const address = select.dataset.customers ?? "";
  const input = document.createElement("input");
  input.type = "search";
  input.size = 28;
  input.autocomplete = "off";
  input.required = select.required;
  input.disabled = select.disabled;
  input.autofocus = select.autofocus;
  input.setAttribute("aria-label", select.labels[0]?.firstChild?.textContent?.trim() ?? "");
  input.placeholder = select.dataset.hint ?? "";
  const chosen = () => (select.value ? select.selectedOptions[0]?.dataset.name ?? "" : "");
  input.value = chosen();
  select.required = false;
  select.hidden = true;
  select.before(input);

  /** @param {HTMLElement} option */
  function take(option) {
    const id = option.dataset.value ?? "";
    if (![...select.options].some((one) => one.value === id)) {
      const made = new Option(option.dataset.name, id);
      made.dataset.name = option.dataset.name;
      select.add(made);
    }
    select.value = id;
    input.value = chosen();
    select.dispatchEvent(new Event("input", { bubbles: true }));
  }

  let asked = 0;
  let waiting = 0;
  async function ask() {
    const mine = (asked += 1);
    const answer = await fetch(`${address}&${new URLSearchParams({ q: input.value })}`, {
      headers: { "X-Fragment": "customers" },
    }).catch(() => null);
    if (!answer?.ok || mine !== asked || document.activeElement !== input) return;
    const parsed = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    const items = [...parsed.querySelectorAll("li")].map((item) => document.adoptNode(item));
    offer({ input, take }, items, input.value !== "");
  }

  input.addEventListener("input", (event) => {
    event.stopPropagation(); // nothing is chosen yet
    window.clearTimeout(waiting);
    waiting = window.setTimeout(ask, PAUSE);
    if (input.value !== "" || select.value === "") return;
    select.value = "";
    select.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") ask();
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => {
    asked += 1; // an answer that is late is of no use
    input.value = chosen();
  });
}

for (const select of document.querySelectorAll("select[data-customers]")) {
  if (select instanceof HTMLSelectElement) search(select);
}

// The contracts one chooses among are those of the customer.
for (const contracts of document.querySelectorAll("select[data-contracts]")) {
  const customer = contracts.closest("form")?.querySelector("select[name=customer_id]");
  if (!(contracts instanceof HTMLSelectElement) || !(customer instanceof HTMLSelectElement)) continue;
  customer.addEventListener("input", async () => {
    const of = customer.value;
    const answer = await fetch(`${contracts.dataset.contracts}&${new URLSearchParams({ customer_id: of })}`, {
      headers: { "X-Fragment": "contracts" },
    }).catch(() => null);
    if (!answer?.ok || of !== customer.value) return;
    const parsed = new DOMParser().parseFromString(`<select>${await answer.text()}</select>`, "text/html");
    contracts.replaceChildren(...[...parsed.querySelectorAll("option")].map((option) => document.adoptNode(option)));
  });
}
