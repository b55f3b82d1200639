// Every page in every state, in one setting.
import os from 'node:os';

/**
 * Walks all gallery samples, in as many tabs as there are processors: no accessibility finding in Japanese, no sideways
 * scroll in either language (the markup is the same, the words are not as long).
 */
export async function walkGallery({ browser, axe, expect }, setting) {
  const context = await browser.newContext(setting);
  const index = await context.newPage();
  await index.goto('/_gallery');
  const links = await index.locator('main a[href^="/_gallery/"]').evaluateAll((all) => [...new Set(all.map((a) => a.getAttribute('href')))]);
  const english = links.filter((link) => link.includes('lang=en'));
  expect.ok(english.length > 40 && links.length === 2 * english.length, `${english.length} of ${links.length} samples are English`);
  await index.close();

  const faults = [];
  async function look(page, link) {
    await page.goto(link);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) faults.push(`${link} scrolls sideways by ${wide} px`);
    if (!english.includes(link)) await axe(page).catch((error) => faults.push(error.message));
  }
  async function walk() {
    const page = await context.newPage();
    for (let link = links.shift(); link; link = links.shift()) await look(page, link);
    await page.close();
  }
  await Promise.all(Array.from({ length: os.availableParallelism() }, walk));
  // All of them at once: whoever mends one finding sees the others too.
  expect.ok(faults.length === 0, faults.join('\n'));
}
