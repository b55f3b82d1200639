// Single keys for a list that people work in all day. They can be switched off (WCAG 2.1.4); the choice stays on the device.
const KEY = "tomoshibi.keys";
const rows = [...document.querySelectorAll("table[data-keys] tbody tr")];
const help = document.querySelector("[data-keys-help]");
const toggle = help?.querySelector("[data-keys-switch]");
const kept = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
let on = kept() !== "off";
let at = rows.findIndex((row) => row.hasAttribute("data-cursor"));

if (help) help.hidden = false;
if (toggle) {
  toggle.checked = on;
  toggle.addEventListener("change", () => {
    on = toggle.checked;
    try { localStorage.setItem(KEY, on ? "on" : "off"); } catch { /* private browsing: the choice lasts for this page */ }
  });
}

const link = (row) => row.querySelector("a[href]");
const move = (to) => {
  if (!rows.length) return;
  rows[at]?.removeAttribute("data-cursor");
  at = Math.min(Math.max(to, 0), rows.length - 1);
  rows[at].setAttribute("data-cursor", "");
  link(rows[at])?.focus();
};

const actions = {
  j: () => move(at + 1),
  k: () => move(at - 1),
  x: () => rows[at]?.querySelector("input[type=checkbox]")?.click(),
  Enter: () => (rows[at] && document.activeElement === document.body ? link(rows[at])?.click() : false),
  "/": () => document.querySelector("[data-keys-find]")?.focus(),
  "?": () => { if (help) { help.open = !help.open; help.querySelector("summary").focus(); } },
};

document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
  if (!on || busy || !action || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (action() !== false) event.preventDefault();
});
