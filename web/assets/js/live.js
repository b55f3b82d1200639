// Says what has moved since the page was read. The page itself stays as it is until its reader asks for it again.
const line = document.querySelector("[data-live]");
const text = line.querySelector("[data-live-text]");
const again = line.querySelector("[data-live-again]");
const here = line.querySelector("[data-live-here]");
// A page in the background lets its stream go after a while: browsers keep few connections to one place.
const HIDDEN = 60_000;
let source;
let last;
let away;
let ended = false;

const say = (words) => {
  text.textContent = words;
  again.hidden = false;
  line.classList.add("news");
};

const mark = (rows) => {
  for (const href of rows) document.querySelector(`.queue a[href="${href}"], .data a[href="${href}"]`)?.closest("tr")?.classList.add("moved");
};

const on = (name, act) => source.addEventListener(name, (event) => {
  last = event.lastEventId || last;
  act(event.data);
});

const open = () => {
  if (source || ended) return;
  const address = new URL(line.dataset.live, location.href);
  if (last) address.searchParams.set("since", last);
  source = new EventSource(address);
  on("moved", (data) => {
    const told = JSON.parse(data);
    say(told.text);
    mark(told.rows);
  });
  on("here", (data) => { here.textContent = JSON.parse(data).text; });
  on("gap", () => say(line.dataset.liveGap));
  on("gone", () => {
    ended = true;
    here.textContent = "";
    say(line.dataset.liveGone);
    close();
  });
};

const close = () => {
  source?.close();
  source = undefined;
};

document.addEventListener("visibilitychange", () => {
  clearTimeout(away);
  if (document.hidden) away = setTimeout(close, HIDDEN);
  else open();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => { if (event.persisted) open(); });
open();

// Colleagues see that somebody writes here, at most every few seconds.
const form = document.querySelector("form[data-writing]");
let told = 0;
form?.addEventListener("input", () => {
  if (Date.now() - told < 4_000) return;
  told = Date.now();
  const fields = new FormData(form);
  const body = new URLSearchParams(["_csrf", "_seat"].map((name) => [name, fields.get(name) ?? ""]));
  // Nobody is told this once: the next key tries again.
  fetch(form.dataset.writing, { method: "POST", body, redirect: "manual" }).catch(() => { told = 0; });
});
