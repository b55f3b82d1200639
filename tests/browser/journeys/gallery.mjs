// Every page in every state: no accessibility finding, in light and dark, wide and at 320 px.
export const name = 'every gallery page passes axe, light and dark, wide and narrow';

export async function run({ browser, axe, expect }) {
  const settings = [
    { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
    { viewport: { width: 320, height: 700 }, colorScheme: 'dark' },
  ];
  for (const setting of settings) {
    const page = await browser.newPage(setting);
    await page.goto('/_gallery');
    const links = await page.locator('main a[href^="/_gallery/"]').evaluateAll((all) => [...new Set(all.map((a) => a.getAttribute('href')))]);
    expect.ok(links.length > 40, `only ${links.length} samples`);
    for (const link of links) {
      await page.goto(link);
      await axe(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.ok(wide <= 0, `${link} scrolls sideways by ${wide} px at ${setting.viewport.width}`);
    }
  }
}
