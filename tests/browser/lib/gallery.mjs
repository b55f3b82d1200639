// Every page in every state through axe, in one setting.

/** Walks all gallery samples: no accessibility finding, no sideways scroll. */
export async function walkGallery({ browser, axe, expect }, setting) {
  const page = await browser.newPage(setting);
  await page.goto('/_gallery');
  const links = await page.locator('main a[href^="/_gallery/"]').evaluateAll((all) => [...new Set(all.map((a) => a.getAttribute('href')))]);
  const japanese = links.filter((link) => !link.includes('lang=en'));
  expect.ok(japanese.length > 40, `only ${japanese.length} samples`);
  for (const link of japanese) {
    await page.goto(link);
    await axe(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.ok(wide <= 0, `${link} scrolls sideways by ${wide} px`);
  }
}
