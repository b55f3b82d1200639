// What a journey is given, and what happens around it: every context it opens is watched, has short time limits and
// is closed at the end; a failed journey leaves a picture of each open page.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { checkAccessibility } from './axe.mjs';
import { expect } from './expect.mjs';
import { Watch } from './watch.mjs';

const DEFAULTS = { locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: { width: 1280, height: 900 } };
const ACTION_MS = 15_000;

/** A telephone, for `browser.newContext({ ...TELEPHONE })`. */
export const TELEPHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/**
 * `given` is the journey's argument:
 * - `browser.newContext(options)`: a person's own browser (cookies apart from everybody else's); playwright's options
 *   and `allow`, patterns of findings that are provoked on purpose. Relative addresses are the portal's.
 *   `browser.newPage(options)`: a page in a context of its own.
 * - `base`: the portal's address without a slash at the end.
 * - `axe(page, { exclude })`: throws on any accessibility finding.
 * - `shot(page, name)`: a picture of the whole page, in the folder of shots as <journey>-<name>.png; returns its path.
 * - `expect`: see expect.mjs.
 */
export function journeyContext(chromium, { base, shots, slug }) {
  const watch = new Watch(base);
  const contexts = [];

  async function newContext({ allow, ...options } = {}) {
    const context = await chromium.newContext({ ...DEFAULTS, baseURL: base, ...options });
    context.setDefaultTimeout(ACTION_MS);
    context.setDefaultNavigationTimeout(ACTION_MS);
    watch.over(context, allow);
    contexts.push(context);
    return context;
  }
  async function shot(page, name) {
    await mkdir(shots, { recursive: true });
    const file = path.join(shots, `${slug}-${name}.png`);
    await page.screenshot({ path: file, fullPage: true });
    return file;
  }
  const pages = () => contexts.flatMap((context) => context.pages());

  return {
    watch,
    given: {
      browser: { newContext, newPage: async (options) => (await newContext(options)).newPage() },
      base, shot, expect,
      axe: checkAccessibility,
    },
    lastPages: [],
    /** Takes pictures after a failure and closes everything; never throws. */
    async end(failed) {
      if (failed) {
        for (const [index, page] of pages().entries()) {
          const picture = await shot(page, `failed-${index + 1}`).catch((error) => `no picture: ${error.message.split('\n')[0]}`);
          this.lastPages.push(`page ${index + 1}: ${page.url()} (${picture})`);
        }
      }
      for (const context of contexts) await context.close().catch((error) => console.log(`    closing: ${error.message}`));
    },
    /** Lines that help after a failure. */
    trail() {
      return [...this.lastPages, ...watch.findings.map((finding) => `seen: ${finding}`)];
    },
  };
}
