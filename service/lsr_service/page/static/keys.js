// Keys: "/" to the field, j k or arrows among hits, h l between columns, Enter or e to the explanation, Esc away.

const field = document.getElementById("q");

export function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target === field) return inField(event);
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const hit = event.target.closest(".hit");
  const action = ACTIONS[event.key];
  // Enter and arrows on links and open texts keep their own meaning.
  if (!action || (event.key === "Enter" && event.target !== hit)) return;
  if (event.key.startsWith("Arrow") && event.target.closest(".whole")) return;
  if (action(hit) !== false) event.preventDefault();
}

function inField(event) {
  if (event.key === "Escape" && !field.value) field.blur();
  else if (event.key === "ArrowDown" && hits().length) {
    event.preventDefault();
    focus(hits()[0]);
  }
}

const hits = (column = document) => [...column.querySelectorAll(".hit")];

function focus(hit) {
  hit.focus({ preventScroll: true });
  hit.scrollIntoView({ block: "nearest" });
}

function move(hit, by) {
  const all = hits(hit?.closest(".column") ?? document.querySelector(".column") ?? document);
  if (!all.length) return false;
  if (!hit) return focus(all[0]);
  const next = all.indexOf(hit) + by;
  if (next < 0) field.focus();
  else if (next < all.length) focus(all[next]);
}

function cross(hit, by) {
  const columns = [...document.querySelectorAll(".column")];
  const here = hit?.closest(".column");
  const other = columns[columns.indexOf(here) + by];
  if (!here || !other) return false;
  const there = hits(other);
  if (there.length) focus(there[Math.min(hits(here).indexOf(hit), there.length - 1)]);
}

function toggle(hit) {
  if (!hit) return false;
  const details = hit.querySelector("details");
  details.open = !details.open;
  focus(hit);
}

function leave(hit) {
  const details = hit?.querySelector("details");
  if (details?.open) {
    details.open = false;
    focus(hit);
  } else field.focus();
}

function search() {
  field.focus();
  field.select();
}

const ACTIONS = {
  "/": search,
  j: (hit) => move(hit, 1),
  k: (hit) => move(hit, -1),
  ArrowDown: (hit) => (hit ? move(hit, 1) : false),
  ArrowUp: (hit) => (hit ? move(hit, -1) : false),
  h: (hit) => cross(hit, -1),
  l: (hit) => cross(hit, 1),
  ArrowLeft: (hit) => cross(hit, -1),
  ArrowRight: (hit) => cross(hit, 1),
  Enter: toggle,
  e: toggle,
  Escape: leave,
};
