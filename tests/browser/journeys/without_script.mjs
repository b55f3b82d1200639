// Everything works with scripts off: asking, files by a plain form to the object store, answering.
import { writeFile, mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { signIn } from '../lib/sign_in.mjs';
import { fillIn, send } from '../lib/asking.mjs';

export const name = 'asking and attaching work without script';

export async function run({ browser, base, shot, expect }) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, base, 'morishita');
  await fillIn(page, { title: 'スクリプトなしの相談' });
  const files = page.url().replace(/\/check$/, '/files');
  await page.goto(files);
  await page.locator('input[name="name"]').fill('記録.txt');
  await page.locator('input[name="kind"][value="record"]').check();
  await page.locator('form[action$="/announce"] button').click();
  await page.waitForURL(/\/uploads\//);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'journey-'));
  const file = path.join(folder, 'log.txt');
  await writeFile(file, '2026-11-16 06:40 vpn login\n');
  await page.locator('form.upload input[type="file"]').setInputFiles(file);
  await page.locator('form.upload button').click();
  await page.waitForURL(/sent=1/);
  await shot(page, 'sent-1280');
  await page.locator('form[action$="/arrived"] button').click();
  await page.waitForURL(/\/files$/);
  await expect.text(page.locator('main'), '記録.txt');
  await page.goto(page.url().replace(/\/files$/, '/check'));
  const where = await send(page);
  for (let n = 0; n < 40 && !(await page.locator('.file.clean').count()); n += 1) {
    await page.waitForTimeout(250);
    await page.goto(where);
  }
  await expect.visible(page.locator('.file.clean'), 'the file was found clean');
  await shot(page, 'case-1280');
}
