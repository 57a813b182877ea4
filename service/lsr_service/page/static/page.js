// Search as you type, and keys. Without this file the page is a form that works.

import { replaceLive } from "/static/live.js";
import { keyHeaders } from "/static/key.js";
import { onKey } from "/static/keys.js";

const PAUSE = 160; // milliseconds without a key before a search
const AGAIN = 1000; // milliseconds before asking again where the server is not ready
const form = document.getElementById("search");
let timer = 0;
let waiting = 0;
let running = null;
let typing = false; // whether the newest entry of the history is still being typed

document.body.classList.add("live");

function address() {
  const parts = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const usual = form.elements[name].dataset.usual;
    if (value.trim() && value !== usual) parts.set(name, value.trim());
  }
  const text = parts.toString();
  return text ? `/?${text}` : "/";
}

async function show(url) {
  running?.abort();
  const mine = (running = new AbortController());
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { ...keyHeaders(), Accept: "text/html" } });
    if (!(answer.headers.get("content-type") ?? "").startsWith("text/html")) throw new Error(await words(answer));
    if (answer.status === 401) return location.reload();
    replaceLive(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    if (error.name === "AbortError") return;
    sayFailure(error);
  }
  main.removeAttribute("aria-busy");
  askAgain();
}

function askAgain() {
  clearTimeout(waiting);
  if (document.getElementById("main").hasAttribute("data-again"))
    waiting = setTimeout(() => show(location.pathname + location.search), AGAIN);
}

async function words(answer) {
  try {
    return (await answer.json()).detail;
  } catch {
    return `the server answered with the status ${answer.status}`;
  }
}

function sayFailure(error) {
  const text = error instanceof TypeError ? "The server cannot be reached; is it running?" : `No answer: ${error.message}`;
  document.getElementById("q-problem").textContent = text;
}

function go(url, { replace = false } = {}) {
  clearTimeout(timer);
  const here = location.pathname + location.search;
  if (url !== here) history[replace ? "replaceState" : "pushState"](null, "", url);
  return show(url);
}

function typed() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    go(address(), { replace: typing });
    typing = true;
  }, PAUSE);
}

form.addEventListener("input", (event) => {
  if (event.target.tagName === "INPUT" && !event.isComposing) typed();
});
form.addEventListener("compositionend", typed);
form.addEventListener("change", (event) => {
  if (event.target.tagName !== "SELECT") return;
  typing = false;
  go(address());
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(address(), { replace: typing });
  typing = false;
});

// Links of the page to itself: examples, pages, "without the filter".
document.addEventListener("click", (event) => {
  const link = event.target.closest("#main a[href^='/?'], #main a[href='/']");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  typing = false;
  const url = link.getAttribute("href");
  fill(url);
  go(url).then(() => {
    scrollTo({ top: 0 });
    document.getElementById("main").focus({ preventScroll: true });
  });
});

function fill(url) {
  const parts = new URL(url, location.origin).searchParams;
  for (const name of ["q", "filter", "a", "b", "size"]) {
    const field = form.elements[name];
    field.value = parts.get(name) ?? field.dataset.usual ?? "";
  }
}

askAgain();

addEventListener("popstate", () => {
  typing = false;
  fill(location.href);
  show(location.pathname + location.search);
});

document.addEventListener("keydown", onKey);

// The same document in both columns.
for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(kind, (event) => {
    const hit = event.target.closest?.(".beside .hit");
    if (!hit) return;
    for (const other of document.querySelectorAll(".hit")) {
      if (other !== hit && other.dataset.id === hit.dataset.id) other.classList.toggle("same", on);
    }
  });
}
