// Asking as a clinic does, page by page; used by several journeys.

/** Walks through asking up to the check page; `person` is signed in on `page`. */
export async function fillIn(page, { title, body = '受付のパソコンに英語の赤い画面が出て、電子カルテが開きません。', privacy = 'everyone' }) {
  await page.goto('/ask');
  await page.locator('form[action="/ask/new"] button').click();
  await page.waitForURL(/\/symptom$/);
  await page.locator('input[name="category"][value="INC-RAN"]').check();
  await next(page, /\/noticed$/);
  await page.locator('input[name="noticed"]').fill('2026-11-16 6:40');
  await next(page, /\/care$/);
  await page.locator('input[name="care"][value="partly"]').check();
  await next(page, /\/words$/);
  await page.locator('input[name="title"]').fill(title);
  await page.locator('textarea[name="body"]').fill(body);
  await next(page, /\/done$/);
  await page.locator('textarea[name="done"]').fill('LANケーブルを抜いた。電源は切っていない。');
  await next(page, /\/files$/);
  await page.locator('form[action$="/files"] button').click();
  await page.waitForURL(/\/contact$/);
  await page.locator('input[name="phone"]').fill('090-0000-0123');
  await next(page, /\/privacy$/);
  await page.locator(`input[name="privacy"][value="${privacy}"]`).check();
  await next(page, /\/check$/);
}

/** Presses the page's own "next". */
export async function next(page, where) {
  await page.locator('main form button:not([name="later"])').first().click();
  await page.waitForURL(where);
}

/** Sends and returns the case's path. */
export async function send(page) {
  await page.locator('form[action$="/check"] button').click();
  await page.waitForURL(/\/c\/[0-9a-f-]{36}/);
  return new URL(page.url()).pathname;
}
