// Adds to pages that already work without it. Each part loads only where a page has something for it.
const has = (selector) => document.querySelector(selector) !== null;

// The error summary is the first thing to read after a form comes back.
document.querySelector(".errsum")?.focus();

if (has("[data-live]")) import("./live.js");
if (has("[data-count]")) import("./count.js");
if (has("[data-until], [data-since]")) import("./time.js");
if (has("form[data-autosave]")) import("./autosave.js");
if (has("form[data-upload]")) import("./upload.js");
if (has("table[data-keys]")) import("./keys.js");
