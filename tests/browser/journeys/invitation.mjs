// An invitation from the letter to the seat: opened from the mail, redeemed once, refused to anybody else.
import { TELEPHONE } from '../lib/context.mjs';
import { signIn, pressIssuer, chooseAtIssuer } from '../lib/sign_in.mjs';

export const name = 'an invitation leads from its letter to the seat, once, and nobody else comes in by it';

// The one person of the demo story who comes by a letter.
const NEWCOMER = 'takizawa';

/** Opens the newest invitation in /_mail and follows its link. */
async function fromLetter({ axe, shot, expect }, page) {
  for (let n = 0; n < 60; n += 1) {
    await page.goto('/_mail');
    if (await page.locator('main a', { hasText: '招待' }).count()) break;
    await page.waitForTimeout(500);
  }
  await page.locator('main a', { hasText: '招待' }).first().click();
  await expect.text(page.locator('main'), '一度だけ');
  await axe(page);
  await shot(page, 'letter-390');
  await page.locator('main a[href^="/invite/"]').click();
  await expect.text(page.locator('h1'), '招待');
  return page.url();
}

export async function run(given) {
  const { browser, base, axe, shot, expect } = given;
  const newcomer = await browser.newPage({ ...TELEPHONE });
  const link = await fromLetter(given, newcomer);
  await axe(newcomer);
  await shot(newcomer, 'invitation-390');

  // Somebody of another federation has the link too (a forwarded mail): the issuer knows them, we do not.
  const stranger = await browser.newPage({ javaScriptEnabled: false });
  await stranger.goto(link.replace(/[0-9a-f]$/, (last) => (last === '0' ? '1' : '0')));
  await pressIssuer(stranger, NEWCOMER);
  await stranger.locator('button[name="person"][value="saeki"]').click();
  await expect.text(stranger.locator('h1'), 'この方は、まだ招待されていません');
  await shot(stranger, 'mistyped-1280');

  await pressIssuer(newcomer, NEWCOMER);
  await chooseAtIssuer(newcomer, base, NEWCOMER);
  await expect.text(newcomer.locator('.seat'), '滝沢');
  await expect.text(newcomer.locator('.seat'), '資料の担当');
  await axe(newcomer);
  await shot(newcomer, 'home-390');

  // The link once more, by somebody else: it binds nobody now.
  await stranger.goto(link);
  await pressIssuer(stranger, NEWCOMER);
  await stranger.locator('button[name="person"][value="saeki"]').click();
  await expect.text(stranger.locator('h1'), 'この方は、まだ招待されていません');
  await expect.visible(stranger.locator('a[href="/sign-in"]'));
  await shot(stranger, 'used-1280');

  // The newcomer is known from now on, without a link and on another device.
  const again = await browser.newPage();
  await signIn(again, base, NEWCOMER);
  await expect.text(again.locator('.seat'), '滝沢');
}
