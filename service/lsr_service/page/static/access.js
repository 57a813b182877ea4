// Ask for a key, keep it in this tab, and put the page that it opens in the place of this one.

import { keep, keyHeaders } from "/static/key.js";

const form = document.getElementById("access");

async function open({ said }) {
  let answer;
  try {
    answer = await fetch(location.pathname + location.search, { headers: { ...keyHeaders(), Accept: "text/html" } });
  } catch {
    return say("The server cannot be reached; is it running?");
  }
  if (answer.status === 401) {
    keep(null);
    return said && say("This key is unknown, or was revoked.");
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
  document.getElementById("q")?.focus();
  await import("/static/page.js"); // scripts of a parsed document do not run by themselves
}

function say(text) {
  document.getElementById("key-problem").textContent = text;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  keep(document.getElementById("key").value.trim());
  open({ said: true });
});

if (keyHeaders().Authorization) open({ said: false });
