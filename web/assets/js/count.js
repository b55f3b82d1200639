// Says how many characters are left, in characters as a person counts them.
for (const area of document.querySelectorAll("[data-count]")) {
  const line = document.getElementById(area.dataset.count);
  const first = line.textContent;
  const max = Number(area.dataset.max);
  const say = () => {
    const used = [...area.value.normalize("NFC")].length;
    if (used < max * 0.8) line.textContent = first;
    else if (used <= max) line.textContent = line.dataset.left.replace("{n}", max - used);
    else line.textContent = line.dataset.over.replace("{n}", used - max);
    line.classList.toggle("over", used > max);
  };
  area.addEventListener("input", say);
  say();
}
