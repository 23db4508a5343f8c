// Uploads: files that are dropped or chosen together are sent to the API as one import, with
// progress; what is refused is shown with its reason and can be sent again.

const drop = document.getElementById("drop");

function words(problem) {
  const refusals = JSON.parse(document.getElementById("refusals").textContent);
  const ours = (refusals[problem.code] || "").trim();
  return ours || [problem.detail, problem.advice].filter(Boolean).join(" ") || drop.dataset.failed;
}

function row(name) {
  const item = document.createElement("li");
  const title = document.createElement("span");
  title.className = "file-name";
  title.textContent = name;
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.value = 0;
  const state = document.createElement("span");
  state.className = "small muted";
  state.textContent = drop.dataset.waiting;
  item.append(title, progress, state);
  return { item, progress, state };
}

function send(files) {
  const company = document.getElementById("upload-company");
  if (company && !company.value) {
    company.focus();
    company.reportValidity?.();
    return;
  }
  // One line a file: they travel in one request, so each is as far as its share of the bytes.
  const rows = files.map((file) => row(file.webkitRelativePath || file.name));
  document.getElementById("sending").append(...rows.map((r) => r.item));
  attempt(files, rows, company?.value || "", crypto.randomUUID());
}

function attempt(files, rows, company, key) {
  const form = new FormData();
  if (company) form.append("company_id", company);
  for (const file of files) form.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/v1/imports");
  request.setRequestHeader("X-CSRF-Token", drop.dataset.csrf);
  request.setRequestHeader("Idempotency-Key", key);
  const total = files.reduce((sum, file) => sum + file.size, 0) || 1;
  request.upload.addEventListener("progress", (event) => {
    let sent = (event.loaded / event.total) * total;
    files.forEach((file, i) => {
      rows[i].progress.value = file.size ? Math.min(1, Math.max(0, sent / file.size)) : 1;
      rows[i].state.textContent = sent > 0 ? drop.dataset.sending : drop.dataset.waiting;
      sent -= file.size;
    });
  });
  request.addEventListener("load", () => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch { /* a proxy's page: no problem details */ }
    if (request.status < 300) stored(answer, rows);
    else failed(words(answer), files, rows, company, key);
  });
  request.addEventListener("error", () => failed(drop.dataset.noAnswer, files, rows, company, key));
  request.send(form);
}

function stored(answer, rows) {
  for (const { item, progress, state } of rows) {
    progress.value = 1;
    state.textContent = drop.dataset.stored;
    const link = document.createElement("a");
    link.href = `/imports/${encodeURIComponent(answer.id)}`;
    link.textContent = drop.dataset.open;
    item.append(link);
  }
  document.dispatchEvent(new Event("imports-changed"));
  setTimeout(() => rows.forEach((r) => r.item.remove()), 8000);
}

function failed(reason, files, rows, company, key) {
  for (const { state } of rows) {
    state.className = "small bad";
    state.textContent = reason;
  }
  const again = document.createElement("button");
  again.type = "button";
  again.className = "small";
  again.textContent = drop.dataset.again;
  again.addEventListener("click", () => {
    again.remove();
    for (const { state } of rows) state.className = "small muted";
    attempt(files, rows, company, key);
  }, { once: true });
  rows[0].item.append(again);
}

if (drop) {
  drop.hidden = false;
  const input = document.getElementById("files");
  input.addEventListener("change", () => {
    if (input.files.length) send([...input.files]);
    input.value = "";
  });
  // Anywhere on the page: a file that misses the zone must not replace the page.
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (event.dataTransfer?.types.includes("Files")) {
      depth += 1;
      drop.classList.add("over");
    }
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) drop.classList.remove("over");
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) send([...event.dataTransfer.files]);
  });
}
