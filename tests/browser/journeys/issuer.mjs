// Leaving for an issuer and coming back: the issuer sends people on through a second origin, as real ones do.
import { signIn, pressIssuer, chooseAtIssuer } from '../lib/sign_in.mjs';

export const name = 'signing in works through an issuer of two origins, with script and without';

/** Every origin that the page's own navigations went to. */
function travelled(page) {
  const origins = new Set();
  page.on('request', (request) => {
    if (request.isNavigationRequest()) origins.add(new URL(request.url()).origin);
  });
  return origins;
}

async function twoOrigins({ browser, base, expect }, javaScriptEnabled) {
  const page = await (await browser.newContext({ javaScriptEnabled })).newPage();
  const origins = travelled(page);
  const policy = (await page.goto('/sign-in')).headers()['content-security-policy'];
  expect.ok(/form-action 'self' \S+;/.test(policy), `forms lead home and to the object store only: ${policy}`);
  await pressIssuer(page, 'morishita');
  await chooseAtIssuer(page, base, 'morishita');
  await expect.text(page.locator('.seat'), '森下');
  const issuer = [...origins].filter((origin) => origin !== new URL(base).origin);
  expect.equal(issuer.length, 2, `the issuer has two origins: ${issuer}`);
  expect.ok(issuer.every((origin) => !policy.includes(origin)), `no origin of the issuer stands in the policy: ${policy}`);
  // The back key does not lead to the page in between, which would only move on again.
  await page.goBack();
  expect.ok(!page.url().includes('/sign-in/'), page.url());
  // Signing out goes to the issuer and comes back.
  await page.goto('/');
  origins.clear();
  await page.locator('form[action="/sign-out"] button').click();
  await page.waitForURL(/\/signed-out/);
  expect.ok([...origins].some((origin) => origin !== new URL(base).origin), 'the session at the issuer ends too');
}

export async function run(given) {
  const { browser, base, axe, shot, expect } = given;
  for (const javaScriptEnabled of [true, false]) await twoOrigins(given, javaScriptEnabled);
  // Proving it again, more strongly: out from inside, to the issuer that made the session, and back to where it was asked.
  const inside = await browser.newPage();
  await signIn(inside, base, 'morishita', { factor: 'pwd' });
  await inside.goto('/step-up?next=sessions&minutes=30&factor=1');
  await axe(inside);
  await shot(inside, 'step-up-1280');
  await inside.locator('form[action="/step-up"] button').click();
  await chooseAtIssuer(inside, base, 'morishita', 'otp');
  await expect.url(inside, '/sessions');
}
