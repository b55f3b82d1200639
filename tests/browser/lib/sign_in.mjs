// Signing in as a person of the demo story, the way people do: the portal's page, the demo issuer's page, and back.
import { readFile } from 'node:fs/promises';

const STORY = new URL('../../../services/portal/src/story/people.toml', import.meta.url);
// The heading of the federation on the sign-in page, in either language, by the story's group of people.
const OTHER = /北都医療協会|Hokuto/;
const FIRST = /全国医師連合会|National Physicians/;

async function federationOf(key) {
  const story = await readFile(STORY, 'utf8');
  const person = story.split('[[person]]').slice(1).find((text) => new RegExp(`^key = "${key}"$`, 'm').test(text));
  if (!person) throw new Error(`nobody in the demo story has the key ${key}`);
  return /^group = "other"$/m.test(person) ? OTHER : FIRST;
}

/**
 * Signs `key` (a person of services/portal/src/story/people.toml) in on `page` and returns when the portal shows its
 * first page. `factor`: `pwd`, `otp` or `passkey`. `next`: where to go, a word of the portal's closed list.
 */
export async function signIn(page, base, key, { factor = 'otp', next } = {}) {
  await page.goto(next ? `${base}/sign-in?next=${next}` : `${base}/sign-in`);
  await pressIssuer(page, key);
  await chooseAtIssuer(page, base, key, factor);
}

/** Presses the button of the person's own issuer on the page as it stands: the sign-in page's or an invitation's. */
export async function pressIssuer(page, key) {
  const federation = page.locator('section.card').filter({ has: page.getByRole('heading', { name: await federationOf(key) }) });
  await federation.getByRole('button').first().click();
}

/** The demo issuer's part alone, for invitations and step-ups: the page is already there or on its way. */
export async function chooseAtIssuer(page, base, key, factor = 'otp') {
  await page.locator(`input[name="factor"][value="${factor}"]`).check();
  await page.locator(`button[name="person"][value="${key}"]`).click();
  const home = new URL(base).origin;
  await page.waitForURL((url) => url.origin === home && url.pathname !== '/sign-in/return');
}
