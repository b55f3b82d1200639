// Expectations that wait: a page may still be on its way. Each says what was wanted and what was there.
import { isDeepStrictEqual, inspect } from 'node:util';

const PATIENCE_MS = 8000;

function fail(words, wanted, found) {
  throw new Error(`${words}\n  wanted: ${inspect(wanted)}\n  found:  ${inspect(found)}`);
}

function fits(found, wanted) {
  if (wanted instanceof RegExp) return wanted.test(String(found ?? ''));
  if (typeof wanted === 'string') return String(found ?? '').includes(wanted);
  return isDeepStrictEqual(found, wanted);
}

// Reads until the value fits or patience ends; a page that is just being replaced counts as "not yet".
async function eventually(read, good) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await read().catch((error) => `(${error.message.split('\n')[0]})`);
    if (good(found) || Date.now() > end) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
}

export const expect = {
  /** The condition holds now. */
  ok(condition, words) {
    if (!condition) throw new Error(words ?? 'expected to hold, but does not');
  },
  /** Both values are deeply equal now. */
  equal(found, wanted, words = 'values differ') {
    if (!isDeepStrictEqual(found, wanted)) fail(words, wanted, found);
  },
  /** The page's address ends up holding a string or matching a pattern. */
  async url(page, wanted) {
    const found = await eventually(async () => page.url(), (url) => fits(url, wanted));
    if (!fits(found, wanted)) fail('another address', wanted, found);
  },
  /** The element comes to be seen. */
  async visible(locator, words = `not visible: ${locator}`) {
    if ((await eventually(() => locator.first().isVisible(), (seen) => seen === true)) !== true) throw new Error(words);
  },
  /** The element is not there, or not seen (any longer). */
  async hidden(locator, words = `still visible: ${locator}`) {
    const found = await eventually(() => locator.filter({ visible: true }).count(), (count) => count === 0);
    if (found !== 0) throw new Error(words);
  },
  /** The element's text comes to hold a string or match a pattern. */
  async text(locator, wanted) {
    const found = await eventually(() => locator.first().innerText({ timeout: 1000 }), (text) => fits(text, wanted));
    if (!fits(found, wanted)) fail(`other text in ${locator}`, wanted, found);
  },
  /** So many elements come to be there. */
  async count(locator, wanted) {
    const found = await eventually(() => locator.count(), (count) => count === wanted);
    if (found !== wanted) fail(`another number of ${locator}`, wanted, found);
  },
  /** An answer of page.goto or context.request has this status. */
  status(response, wanted) {
    if (response?.status() !== wanted) fail(`another status of ${response?.url()}`, wanted, response?.status());
  },
};
