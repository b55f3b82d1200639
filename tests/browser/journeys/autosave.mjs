// What somebody writes is kept while they write: however long it is, however long they go on, and when they leave at once.
import { signIn } from '../lib/sign_in.mjs';
import { fillIn, next, send } from '../lib/asking.mjs';

export const name = 'what is being written is kept while it is written, and when the page goes away';

const SAVED = '[data-autosave-status]:not(:empty)';

export async function run({ browser, base, axe, shot, expect }) {
  const clinic = await browser.newPage();
  await signIn(clinic, base, 'aizawa');
  await fillIn(clinic, { title: '書いている文が残るか' });
  const path = await send(clinic);
  const body = clinic.locator('textarea[name="body"]');
  const kept = async () => {
    await clinic.goto(path);
    return body.inputValue();
  };
  const eventually = async (wanted) => {
    for (let tries = 0; tries < 20; tries += 1) {
      if ((await kept()) === wanted) return;
      await new Promise((done) => setTimeout(done, 250));
    }
    expect.equal(await kept(), wanted);
  };

  // As long as the form takes: 71 KB in an urlencoded form.
  const long = '漢'.repeat(7_900);
  await clinic.goto(path);
  await body.fill(long);
  await expect.visible(clinic.locator(SAVED));
  const status = clinic.locator('[data-autosave-status]');
  expect.equal(await status.textContent(), await status.getAttribute('data-saved'));
  await eventually(long);

  // Nobody who writes without a pause waits for one to be kept.
  const sent = [];
  clinic.on('request', (request) => request.url().includes('/draft') && sent.push(request.postData()));
  await body.fill('');
  const began = Date.now();
  while (Date.now() - began < 7_000) {
    await body.press('a');
    await new Promise((done) => setTimeout(done, 300));
  }
  expect.ok(sent.length > 0, 'nothing was kept in seven seconds of writing');

  // Leaving at once loses nothing, neither short nor long.
  for (const text of ['すぐに離れます。', '長'.repeat(6_000)]) {
    await clinic.goto(path);
    await body.fill(text);
    await clinic.goto('/');
    await eventually(text);
  }

  // What was sent stays sent, also when the browser goes back to its page.
  await clinic.locator('form[action$="/answer"] button:not([name]):not([formaction])').last().click();
  await expect.url(clinic, 'done=answered');
  await eventually('');

  // A step of asking is a form like the others.
  await clinic.goto('/ask');
  await clinic.locator('form[action="/ask/new"] button').click();
  await clinic.waitForURL(/\/symptom$/);
  await clinic.locator('input[name="category"][value="OTH"]').check();
  await next(clinic, /\/words$/);
  await body.fill('まだ書いている途中の相談');
  await expect.visible(clinic.locator(SAVED));
  await clinic.reload();
  expect.equal(await body.inputValue(), 'まだ書いている途中の相談');
  await axe(clinic);
  await shot(clinic, 'step-1280');
}
