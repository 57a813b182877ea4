// Put what a new answer shows in the place of what the old one showed; the fields stay as they are typed.

export function replaceLive(answer) {
  const open = new Set([...document.querySelectorAll("details[open]")].map(place));
  for (const fresh of answer.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    old.className = fresh.className;
    old.toggleAttribute("data-again", fresh.hasAttribute("data-again"));
    old.replaceChildren(...fresh.childNodes);
  }
  for (const details of document.querySelectorAll(".hit details")) details.open = open.has(place(details));
  for (const field of answer.querySelectorAll("#search input")) {
    const mine = document.getElementById(field.id);
    if (field.hasAttribute("aria-invalid")) mine.setAttribute("aria-invalid", "true");
    else mine.removeAttribute("aria-invalid");
  }
  document.title = answer.title;
  const status = document.getElementById("status");
  const said = answer.getElementById("status").textContent;
  if (status.textContent !== said) status.textContent = said;
}

function place(details) {
  const column = details.closest(".column");
  return `${column?.getAttribute("aria-labelledby")} ${details.closest(".hit")?.dataset.id}`;
}
