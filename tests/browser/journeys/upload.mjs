// With script: a file goes straight to the object store with progress; a virus is found and cannot be opened.
import { writeFile, mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { signIn } from '../lib/sign_in.mjs';
import { fillIn, send } from '../lib/asking.mjs';

export const name = 'files are uploaded, scanned, and only clean ones can be saved';

// The harmless test signature every scanner knows, in two halves so that no scanner stops this file.
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join('');

async function attach(page, files, name, content) {
  await page.goto(files);
  await page.locator('input[name="name"]').fill(name);
  await page.locator('input[name="kind"][value="record"]').check();
  await page.locator('form[action$="/announce"] button').click();
  await page.waitForURL(/\/uploads\//);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'journey-'));
  const file = path.join(folder, 'file.txt');
  await writeFile(file, content);
  await page.locator('form.upload input[type="file"]').setInputFiles(file);
  await page.locator('form.upload button').click();
  await page.waitForURL(/\/files$/);
}

export async function run({ browser, base, axe, shot, expect }) {
  const page = await browser.newPage();
  await signIn(page, base, 'aizawa');
  await fillIn(page, { title: 'ファイルを付けた相談' });
  const files = page.url().replace(/\/check$/, '/files');
  await attach(page, files, '画面の記録.txt', '06:40 red screen\n');
  await attach(page, files, 'readme_decrypt.txt', EICAR);
  await axe(page);
  await shot(page, 'files-1280');
  await page.goto(files.replace(/\/files$/, '/check'));
  const where = await send(page);
  for (let n = 0; n < 40 && (await page.locator('.file.waiting').count()); n += 1) {
    await page.waitForTimeout(250);
    await page.goto(where);
  }
  await expect.count(page.locator('.file.clean'), 1);
  await expect.count(page.locator('.file.infected'), 1);
  await axe(page);
  await shot(page, 'scanned-1280');
  expect.equal(await page.locator('.file.infected button, .file.infected a').count(), 0, 'an infected file has no button');
  const download = page.waitForEvent('download');
  await page.locator('.file.clean button').click();
  expect.equal((await download).suggestedFilename(), '画面の記録.txt');
}
