// Sends a draft a moment after somebody stops writing. The form's own buttons do the same without script.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const status = form.querySelector("[data-autosave-status]");
  let timer;
  let running;

  const save = async () => {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, signal, redirect: "manual", keepalive: true });
      status.textContent = answer.ok ? status.dataset.saved : status.dataset.failed;
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = status.dataset.failed;
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 1_500);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    running?.abort();
  });
}
