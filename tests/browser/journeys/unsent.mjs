// The session ends while a clerk writes: the text stays on the page, nobody else can send it, and it lands once.
import { TELEPHONE } from '../lib/context.mjs';
import { signIn, pressIssuer, chooseAtIssuer } from '../lib/sign_in.mjs';
import { fillIn, send } from '../lib/asking.mjs';

export const name = 'a reply that meets an ended session survives and lands exactly once, with script and without';
export const seconds = 300;

const TEXT = [
  'お知らせいただいた画面について、順にお答えします。',
  '',
  '1. LANケーブルを抜いてください。<b>電源</b>は切らないでください。',
  '2. 「.lk9」で終わるファイルは、そのまま残してください。',
  ...Array.from({ length: 40 }, (_, n) => `${n + 3}. 台数と、最後に使えた日時を、この欄に書いてください。"&amp;" '100%' {{ 7 * 7 }}`),
].join('\n');

export async function run(given) {
  const { browser, base, expect } = given;
  const clinic = await browser.newPage({ ...TELEPHONE });
  await signIn(clinic, base, 'aizawa');
  for (const javaScriptEnabled of [true, false]) {
    await fillIn(clinic, { title: javaScriptEnabled ? '長い返事が必要な相談' : '長い返事が必要な相談（スクリプトなし）' });
    const path = await send(clinic);
    await losesNothing(given, path, javaScriptEnabled);
    await clinic.goto(path);
    expect.equal((await clinic.locator('.thread').innerText()).split(TEXT.split('\n')[0]).length - 1, 1, 'the clinic reads it once');
  }
}

async function losesNothing({ browser, base, axe, shot, expect }, path, javaScriptEnabled) {
  const context = await browser.newContext({ javaScriptEnabled, viewport: javaScriptEnabled ? { width: 1280, height: 900 } : TELEPHONE.viewport });
  const look = async (page, what) => {
    if (javaScriptEnabled) await axe(page);
    await shot(page, `${what}-${javaScriptEnabled ? 1280 : 390}`);
  };
  const desk = await context.newPage();
  await signIn(desk, base, 'fujishiro');
  await desk.goto(path);
  const body = desk.locator('textarea[name="body"]');
  const reply = desk.locator('form[action$="/reply"] .acts button:not([formaction])').last();
  await body.fill(TEXT);
  await desk.locator('input[name="then"][value="requester"]').check();

  // Another tab of the same browser signs out, at the issuer too.
  const other = await context.newPage();
  await other.goto('/');
  await other.locator('form[action="/sign-out"] button').click();
  await other.waitForURL(/\/signed-out/);

  await reply.click();
  await expect.text(desk.locator('h1'), 'まだ送っていません');
  expect.equal(await body.inputValue(), TEXT, 'everything typed stands in the page');
  await look(desk, 'signed-out');

  // Somebody else signs in first, in the tab that the page opens, and presses "go on" in this one.
  let tab = await followed(context, desk);
  await signInFrom(tab, base, 'kashiwagi');
  await reply.click();
  await expect.text(desk.locator('h1'), '送るのを止めました');
  await expect.text(desk.locator('main'), '柏木');
  expect.equal(await body.inputValue(), TEXT, 'the text is kept for the one who wrote it');
  await look(desk, 'other-person');
  await tab.locator('form[action="/sign-out"] button').click();
  await tab.waitForURL(/\/signed-out/);

  await reply.click();
  await expect.text(desk.locator('h1'), 'まだ送っていません');
  await tab.close();
  tab = await followed(context, desk);
  await signInFrom(tab, base, 'fujishiro');
  expect.equal(new URL(tab.url()).pathname, path, 'signing in leads to the case');
  expect.equal((await tab.locator('.thread').innerText()).includes('最後に使えた日時'), false, 'nothing was sent by itself');

  await reply.click();
  await expect.text(desk.locator('h1'), '送る前に確かめてください');
  await expect.text(desk.locator('main'), '藤代');
  expect.equal(await body.inputValue(), TEXT, 'and still there');
  await look(desk, 'ready');
  await reply.click();
  await expect.url(desk, 'done=replied');
}

/** The tab that the page's own link opens. */
async function followed(context, page) {
  const opened = context.waitForEvent('page');
  await page.locator('a[target="_blank"]').click();
  const tab = await opened;
  await tab.waitForURL(/\/sign-in\?next=case/);
  return tab;
}

async function signInFrom(page, base, key) {
  await pressIssuer(page, key);
  await chooseAtIssuer(page, base, key);
}
