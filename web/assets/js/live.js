// Says what has moved since the page was read. The page itself stays as it is until its reader asks for it again.
const line = document.querySelector("[data-live]");
const text = line.querySelector("[data-live-text]");
const again = line.querySelector("[data-live-again]");
const here = line.querySelector("[data-live-here]");
// A page in the background lets its stream go after a while: browsers keep few connections to one place.
const HIDDEN = 60_000;
// A stream that is away longer than this is said to be.
const AWAY = 5_000;
// Between two attempts: each time twice as long, and never the same for all pages that lost their stream together.
const SOONEST = 1_000;
const LATEST = 60_000;
// Rows of a list, by what they lead to; a case has none.
const rows = new Map();
const list = !line.dataset.live.startsWith("/live/c/");
for (const link of list ? document.querySelectorAll("main :is(tbody, .rows) a[href^='/c/']") : []) {
  const href = link.getAttribute("href");
  if (/^\/c\/[0-9a-f-]{36}$/.test(href)) rows.set(href, [...(rows.get(href) ?? []), link.closest("tr, li")]);
}
let source;
let last;
let hidden;
let away;
let retry;
let attempts = 0;
let ended = false;
// What the line says while the stream is there.
let said = { words: text.textContent, news: false };

const show = ({ words, news }, link = news) => {
  if (text.textContent !== words) text.textContent = words;
  again.hidden = !link;
  line.classList.toggle("news", news);
};

const say = (words) => {
  said = { words, news: true };
  show(said);
};

const name = (words) => {
  if (here) here.textContent = words;
};

const mark = (told) => {
  for (const [href, places] of rows) {
    for (const { classList } of places) {
      classList.toggle("moved", told.rows.includes(href));
      classList.toggle("left", told.left.includes(href));
    }
  }
};

const address = () => {
  const place = new URL(line.dataset.live, location.href);
  if (last) place.searchParams.set("since", last);
  if (rows.size > 0) place.searchParams.set("rows", [...rows.keys()].map((href) => href.slice(3)).join(","));
  return place;
};

const close = () => {
  clearTimeout(retry);
  clearTimeout(away);
  away = undefined;
  source?.close();
  source = undefined;
};

// Whatever follows would say the same: nothing is asked for any more.
const end = (words, link) => {
  ended = true;
  close();
  name("");
  show({ words, news: true }, link);
};
const gone = () => end(line.dataset.liveGone, true);
const over = () => end(line.dataset.liveOver, false);

// Nothing comes in: said once it lasts, whoever tries again.
const lose = () => {
  away ??= setTimeout(() => {
    name("");
    show({ words: line.dataset.liveLost, news: true });
  }, AWAY);
};

const later = () => {
  clearTimeout(retry);
  if (document.hidden) return;
  const wait = Math.min(LATEST, SOONEST * 2 ** attempts) * (0.5 + Math.random());
  attempts += 1;
  retry = setTimeout(ask, wait);
};

// A browser does not say why a stream was refused, and never asks for it again.
const ask = async () => {
  const asking = new AbortController();
  try {
    const answer = await fetch(address(), { redirect: "manual", cache: "no-store", signal: asking.signal });
    asking.abort();
    if (answer.type === "opaqueredirect") gone();
    else if (answer.status === 403 || answer.status === 404) over();
    else if (answer.ok) open();
    else later();
  } catch {
    later();
  }
};

const open = () => {
  if (source || ended || document.hidden) return;
  clearTimeout(retry);
  const stream = new EventSource(address());
  source = stream;
  const on = (event, act) => stream.addEventListener(event, ({ data, lastEventId }) => {
    if (source !== stream) return;
    last = lastEventId || last;
    act(data);
  });
  stream.addEventListener("open", () => {
    clearTimeout(away);
    away = undefined;
    attempts = 0;
    show(said);
  });
  stream.addEventListener("error", () => {
    if (source !== stream) return;
    lose();
    // Otherwise the browser tries again by itself.
    if (stream.readyState !== EventSource.CLOSED) return;
    source = undefined;
    later();
  });
  on("moved", (data) => {
    const told = JSON.parse(data);
    say(told.text);
    mark(told);
  });
  on("here", (data) => name(JSON.parse(data).text));
  on("gap", () => say(line.dataset.liveGap));
  on("gone", gone);
  on("over", over);
};

document.addEventListener("visibilitychange", () => {
  clearTimeout(hidden);
  if (document.hidden) {
    clearTimeout(retry);
    hidden = setTimeout(close, HIDDEN);
  } else {
    attempts = 0;
    open();
  }
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
  const body = new URLSearchParams(["_csrf", "_seat"].map((field) => [field, fields.get(field) ?? ""]));
  // Nobody is told this once: the next key tries again.
  fetch(form.dataset.writing, { method: "POST", body, redirect: "manual" }).catch(() => { told = 0; });
});
