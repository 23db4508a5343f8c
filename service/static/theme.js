// @ts-check
// Light, dark, or as the system says: what somebody chose on this machine, applied before anything
// is drawn. This is no module, for those run only after the page is there and has flashed.

(() => {
  const KEY = "bannette-theme";
  const root = document.documentElement;
  root.classList.add("scripted"); // what only scripts can do is shown, what they replace is not

  /** "light", "dark", or "" for the system's. */
  function chosen() {
    try {
      const kept = localStorage.getItem(KEY) ?? "";
      return ["light", "dark"].includes(kept) ? kept : "";
    } catch { return ""; /* a browser that keeps nothing */ }
  }

  /** @param {string} theme */
  function apply(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("button[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-theme-choice") === theme));
    }
  }

  apply(chosen());
  document.addEventListener("DOMContentLoaded", () => apply(chosen()));
  // Another window of the same person chose.
  addEventListener("storage", (event) => { if (event.key === KEY) apply(chosen()); });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[data-theme-choice]");
    if (!button) return;
    const theme = button.getAttribute("data-theme-choice") ?? "";
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch { /* it holds for this page */ }
    apply(theme);
  });
})();
