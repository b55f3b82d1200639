// Pages that stay open: a list says what moved and stands still, colleagues see each other on a case, the clinic does not.
import { TELEPHONE } from '../lib/context.mjs';
import { signIn } from '../lib/sign_in.mjs';
import { fillIn, send } from '../lib/asking.mjs';

export const name = 'an open list says what moved and stands still, and colleagues see each other on a case';

const rows = (page) => page.locator('.queue tbody td.subj a').evaluateAll((links) => links.map((link) => `${link.getAttribute('href')} ${link.getBoundingClientRect().top}`));

export async function run({ browser, base, axe, shot, expect }) {
  const agent = await browser.newPage();
  await signIn(agent, base, 'fujishiro');
  await agent.goto('/queue');
  const before = await rows(agent);
  expect.ok(before.length > 0, 'the queue has rows');

  const clinic = await browser.newPage({ ...TELEPHONE });
  await signIn(clinic, base, 'aizawa');
  await fillIn(clinic, { title: '開いたままの画面に届く' });
  const path = await send(clinic);

  await expect.text(agent.locator('[data-live-text]'), '1件の相談に、新しい動きがあります');
  expect.equal(await rows(agent), before, 'rows moved under the pointer');
  await axe(agent);
  await shot(agent, 'queue-news-1280');
  await agent.locator('[data-live-again]').click();
  await expect.visible(agent.locator(`.queue a[href="${path}"]`));

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
  expect.equal((await clinic.locator('[data-live-here]').innerText()).trim(), '', 'the clinic does not see who sits at the desk');
  await axe(clinic);
  await shot(clinic, 'case-news-390');

  // Signed out in another tab: the open page says so and asks for nothing more.
  const other = await agent.context().newPage();
  await other.goto('/sessions');
  await other.locator('form[action="/sign-out"] button').first().click();
  await expect.text(agent.locator('[data-live-text]'), 'この席のログインは終わりました');
}
