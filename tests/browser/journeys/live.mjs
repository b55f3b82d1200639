// Pages that stay open: a list says what moved and stands still, colleagues see each other on a case, the clinic does not.
import { TELEPHONE } from '../lib/context.mjs';
import { signIn } from '../lib/sign_in.mjs';
import { fillIn, send } from '../lib/asking.mjs';

export const name = 'an open list says what moved and stands still, and colleagues see each other on a case';
export const seconds = 300;

const WIDTHS = [1280, 768, 390, 320];
const TOLD = '1件の相談に、新しい動きがあります';
// Where everything below the line stands.
const below = (page) => page.locator('.live').evaluate((line) => {
  const after = [...line.parentElement.querySelectorAll('*')].filter((element) => line.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING && !line.contains(element));
  return after.filter((element) => element.checkVisibility()).map((element) => `${element.tagName} ${(element.getBoundingClientRect().top + scrollY).toFixed(1)}`);
});

// What stands elsewhere than before.
const shifts = async (page, before) => {
  const now = await below(page);
  return now.length === before.length ? now.filter((place, n) => place !== before[n]) : [`${before.length} elements, now ${now.length}`];
};

// Scripts of the page that add something have done so.
async function settled(page) {
  for (let last = [], still = 0; still < 3; ) {
    const now = await below(page);
    still = now.join() === last.join() ? still + 1 : 0;
    last = now;
    await page.waitForTimeout(50);
  }
}

async function atWidth(person, width, path) {
  const page = await person.context().newPage();
  await page.setViewportSize({ width, height: 900 });
  await page.goto(path);
  await settled(page);
  return page;
}

// The line says whatever it can say, from a stream of our own, in both languages and at every width.
async function standsStill({ person, paths, expect, shot }) {
  const context = person.context();
  const colleagues = ['大槻 健一さんが書いています', '野々村 咲さんが開いています', '藤代 岳さんが開いています', 'ほか12人'].join(' ');
  const events = [['gap', '{}'], ['gone', '{}'], ['over', '{}'],
    ['moved', JSON.stringify({ text: '128件の相談に、新しい動きがあります', rows: [], left: [] })],
    ['here', JSON.stringify({ text: colleagues })]];
  for (const width of WIDTHS) {
    for (const [kind, path] of Object.entries(paths)) {
      const told = kind === 'list' ? events.slice(0, 4) : events;
      for (const [event, data] of told) {
        let answer;
        const held = new Promise((done) => { answer = done; });
        const rest = `retry: 600000\n\nevent: ${event}\ndata: ${data}\n\n`;
        await context.route('**/live/**', async (route) => {
          await held;
          await route.fulfill({ contentType: 'text/event-stream', body: rest }).catch(() => {});
        });
        const page = await atWidth(person, width, path);
        const before = await below(page);
        const words = page.locator(event === 'here' ? '[data-live-here]' : '[data-live-text]');
        const first = await words.innerText();
        answer();
        await page.waitForFunction(([selector, old]) => document.querySelector(selector).innerText !== old, [event === 'here' ? '[data-live-here]' : '[data-live-text]', first]);
        expect.equal(await shifts(page, before), [], `${event} moved what is below the line of a ${kind} at ${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect.ok(wide <= 0, `${event} makes the ${kind} scroll sideways at ${width}`);
        if (['moved', 'here'].includes(event)) await shot(page, `${kind}-${event}-${width}`);
        await page.close();
        await context.unroute('**/live/**');
      }
    }
  }
}

// The portal answers nobody for a while: the page says so, and comes back by itself.
async function comesBack({ person, clinic, expect, shot }) {
  const context = person.context();
  const refuse = (route) => route.fulfill({ status: 503, contentType: 'text/html', body: '' });
  await context.route('**/live/**', refuse);
  const page = await atWidth(person, 390, '/queue');
  const asOf = await page.locator('[data-live-text]').innerText();
  const before = await below(page);
  await expect.text(page.locator('[data-live-text]'), 'いまは、新しい動きが届きません');
  expect.equal(await shifts(page, before), [], 'what is below the line moved when news stayed away');
  await shot(page, 'lost-390');
  await context.unroute('**/live/**', refuse);
  await page.waitForFunction((old) => document.querySelector('[data-live-text]').innerText === old, asOf, { timeout: 30_000 });
  expect.ok(await page.locator('[data-live-again]').isHidden(), 'nothing has moved');
  await fillIn(clinic, { title: 'つながり直したあとに届く' });
  await send(clinic);
  await expect.text(page.locator('[data-live-text]'), TOLD);
  return page;
}

export async function run({ browser, base, axe, shot, expect }) {
  const agent = await browser.newPage();
  await signIn(agent, base, 'fujishiro');
  await agent.goto('/queue');
  const open = [];
  for (const width of WIDTHS) open.push({ width, page: await atWidth(agent, width, '/queue') });
  for (const list of open) list.before = await below(list.page);
  expect.ok(open[0].before.length > 20, 'the queue has rows');

  const clinic = await browser.newPage({ ...TELEPHONE });
  await signIn(clinic, base, 'aizawa');
  await fillIn(clinic, { title: '開いたままの画面に届く' });
  const path = await send(clinic);

  await expect.text(agent.locator('[data-live-text]'), TOLD);
  await axe(agent);
  await shot(agent, 'queue-news-1280');
  for (const { width, page, before } of open) {
    await expect.text(page.locator('[data-live-text]'), TOLD);
    expect.equal(await shifts(page, before), [], `rows moved under the pointer at ${width}`);
    if (width === 320) await axe(page);
    await page.close();
  }
  await agent.locator('[data-live-again]').click();
  await expect.visible(agent.locator(`.queue a[href="${path}"]`));
  await standsStill({ person: agent, paths: { list: '/queue', case: path }, expect, shot });

  await agent.goto(path);
  const lead = await browser.newPage();
  await signIn(lead, base, 'otsuki');
  await lead.goto(path);
  await expect.text(agent.locator('[data-live-here]'), '大槻 健一さんが開いています');
  await lead.locator('textarea[name="body"]').pressSequentially('調べています。');
  await expect.text(agent.locator('[data-live-here]'), '大槻 健一さんが書いています');
  await axe(agent);
  await shot(agent, 'case-here-1280');

  await lead.locator('input[name="then"][value="requester"]').check();
  await lead.locator('form[action$="/reply"] button:not([name]):not([formaction])').last().click();
  await expect.url(lead, 'done=replied');
  await expect.text(agent.locator('[data-live-text]'), 'この相談に、新しい動きがあります');
  await expect.text(clinic.locator('[data-live-text]'), 'この相談に、新しい動きがあります');
  expect.equal(await clinic.locator('[data-live-here]').count(), 0, 'the clinic does not see who sits at the desk');
  await axe(clinic);
  await shot(clinic, 'case-news-390');

  // Whoever writes a note is there as well.
  await lead.goto(`${path}/note`);
  await expect.text(agent.locator('[data-live-here]'), '大槻 健一さんが開いています');
  await lead.locator('textarea[name="body"]').pressSequentially('電話で聞いたこと。');
  await expect.text(agent.locator('[data-live-here]'), '大槻 健一さんが書いています');
  await axe(lead);
  await shot(lead, 'note-1280');

  // A form that comes back to be put right hears it too: what was typed stays where it is, and the latest opens beside it.
  const refused = await atWidth(lead, 320, `${path}/resolve`);
  await refused.locator('textarea[name="body"]').fill('書きかけの文です。');
  await refused.locator('form[action$="/resolve"] button:not([name]):not([formaction])').last().click();
  await expect.visible(refused.locator('.errsum'));
  await settled(refused);
  const standing = await below(refused);
  await agent.goto(path);
  await agent.locator('textarea[name="body"]').fill('折り返しお電話します。');
  await agent.locator('input[name="then"][value="desk"]').check();
  await agent.locator('form[action$="/reply"] button:not([name]):not([formaction])').last().click();
  await expect.url(agent, 'done=replied');
  await expect.text(refused.locator('[data-live-text]'), 'この相談に、新しい動きがあります');
  expect.equal(await shifts(refused, standing), [], 'what came back stands still');
  await axe(refused);
  await shot(refused, 'resolve-back-320');
  const [beside] = await Promise.all([refused.waitForEvent('popup'), refused.locator('[data-live-again]').click()]);
  await expect.url(beside, `${path}/resolve`);
  await beside.close();
  expect.equal(await refused.locator('textarea[name="body"]').inputValue(), '書きかけの文です。', 'nothing typed is lost');
  await refused.close();

  // A case that is taken by another line leaves the list, and its page.
  const list = await atWidth(agent, 1280, '/queue');
  const row = list.locator(`.queue tr:has(a[href="${path}"])`);
  await lead.goto(`${path}/resolve`);
  await lead.locator('input[name="outcome"][value="advice"]').check();
  await lead.locator('textarea[name="body"]').fill('以上です。');
  await lead.locator('form[action$="/resolve"] button:not([name]):not([formaction])').last().click();
  await expect.text(list.locator('[data-live-text]'), '1件の相談が、この一覧から外れました');
  await expect.visible(row.and(list.locator('.left')), 'the row that left stands where it was, and is marked');
  await axe(list);
  await shot(list, 'queue-left-1280');
  await list.close();

  const back = await comesBack({ person: agent, clinic, expect, shot });

  // Signed out in another tab: the open pages say so and ask for nothing more; also one that had lost its stream.
  const away = await agent.context().newPage();
  await agent.context().route('**/live/queue**', (route) => route.fulfill({ status: 503, body: '' }), { times: 2 });
  await away.goto('/queue');
  const other = await agent.context().newPage();
  await other.goto('/sessions');
  await other.locator('form[action="/sign-out"] button').first().click();
  for (const page of [agent, back, away]) {
    await page.waitForFunction(() => document.querySelector('[data-live-text]').innerText.includes('この席のログインは終わりました'), null, { timeout: 30_000 });
  }
}
