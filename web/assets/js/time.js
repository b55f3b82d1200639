// Keeps "23 minutes left" and "5 minutes ago" true while the page stands open. It counts on from the server's clock, so a
// device whose clock is wrong shows the same. Only minutes move; what passes a deadline is shown when the page is opened anew.
const opened = performance.now();
const MINUTE = 60_000;

const tell = () => {
  for (const node of document.querySelectorAll("[data-until], [data-since]")) {
    const told = node.closest("[data-now]").dataset;
    const now = Date.parse(told.now) + performance.now() - opened;
    const gap = node.dataset.until ? Math.ceil((Date.parse(node.dataset.until) - now) / MINUTE) : Math.floor((now - Date.parse(node.dateTime)) / MINUTE);
    if (gap >= 1 && gap < 60) node.textContent = told.minutes.replace("{n}", gap);
  }
};
setInterval(tell, MINUTE / 4);
