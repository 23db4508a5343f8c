// Shows the cards of one set, cause or word only, and a page large where it is clicked.
const chosen = ["set", "cause", "words"].map((id) => document.getElementById(id));
function show() {
  const [set, cause, words] = chosen.map((input) => input.value.toLowerCase());
  for (const section of document.querySelectorAll("section.mistakes")) {
    let count = 0;
    for (const card of section.querySelectorAll("article")) {
      card.hidden =
        (set && card.dataset.set.toLowerCase() !== set) ||
        (cause && card.dataset.cause !== cause) ||
        (words && !card.textContent.toLowerCase().includes(words));
      count += !card.hidden;
    }
    section.hidden = !count;
    document.querySelector(`[data-of="${section.id}"]`).textContent = count;
  }
}
chosen.forEach((input) => input.addEventListener("input", show));
document.addEventListener("click", (event) => {
  event.target.closest(".sheet")?.parentElement.classList.toggle("large");
});
