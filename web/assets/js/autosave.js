// Keeps on the server what somebody writes: a moment after they stop, every few seconds while they go on, and once more when the
// page goes away. The form's own buttons do the same without script.
const PAUSE = 1_500;
const LONGEST = 5_000;
// A request that outlives its page (`keepalive`) may bring 64 KiB at most, together with others; a long Japanese text is more.
const OUTLIVES = 60 * 1_024;
// Nobody waits longer than this for an answer before the next attempt.
const PATIENCE = 15_000;

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const status = form.querySelector("[data-autosave-status]");
  const page = form.querySelector("input[name=_page]");
  let timer;
  let unsaved; // since when there is something that no request has taken along
  let running; // the request under way
  let sent = false; // the form is on its way: nothing of this page is kept any more

  const send = (options) => {
    unsaved = undefined;
    return fetch(form.dataset.autosave, { method: "POST", redirect: "manual", ...options });
  };
  const written = () => new URLSearchParams(new FormData(form));

  // One at a time: an older text must not arrive after a newer one.
  const save = async () => {
    if (running || sent) return;
    const mine = (running = new AbortController());
    try {
      const answer = await send({ body: written(), signal: AbortSignal.any([mine.signal, AbortSignal.timeout(PATIENCE)]) });
      status.textContent = answer.ok ? status.dataset.saved : status.dataset.failed;
    } catch {
      // Given up by the page itself: something newer went instead.
      if (mine.signal.aborted) return;
      status.textContent = status.dataset.failed;
      // What did not arrive goes along the next time, at the latest when the page goes away.
      unsaved ??= performance.now();
    }
    running = undefined;
    if (timer === null) plan();
  };
  const giveUp = () => {
    clearTimeout(timer);
    running?.abort();
    running = undefined;
  };

  // `null` stands for a moment that came while a request was under way.
  const due = () => {
    timer = running ? null : undefined;
    save();
  };
  const plan = () => {
    unsaved ??= performance.now();
    clearTimeout(timer);
    timer = setTimeout(due, Math.max(0, Math.min(PAUSE, unsaved + LONGEST - performance.now())));
  };
  const flush = () => {
    if (unsaved === undefined || sent) return;
    giveUp();
    const body = written();
    send({ body, keepalive: body.toString().length <= OUTLIVES }).catch(() => (unsaved ??= performance.now()));
  };

  form.addEventListener("input", () => {
    // Whoever goes on typing is still here; what has gone its way already, the server knows by the page.
    sent = false;
    plan();
  });
  form.addEventListener("submit", () => {
    sent = true;
    giveUp();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());
  addEventListener("pagehide", flush);
  addEventListener("pageshow", (event) => {
    // Back from the browser's memory after it was sent: what is typed now is a new text, of another page than the one that was sent.
    if (event.persisted && sent && page) page.value = crypto.randomUUID();
    if (event.persisted) sent = false;
  });
}
