// The desk's main line: a clinic asks, the desk answers, the clinic replies, the neighbour is refused.
import { TELEPHONE } from '../lib/context.mjs';
import { signIn } from '../lib/sign_in.mjs';
import { fillIn, send } from '../lib/asking.mjs';

export const name = 'a clinic asks, the desk answers, the neighbour is refused';

export async function run({ browser, base, axe, shot, expect }) {
  const clinic = await browser.newPage({ ...TELEPHONE });
  await signIn(clinic, base, 'aizawa');
  await axe(clinic);
  await shot(clinic, 'home-390');
  await fillIn(clinic, { title: '電子カルテが開かない。英語の画面が出ている' });
  await axe(clinic);
  await shot(clinic, 'check-390');
  const path = await send(clinic);
  await expect.text(clinic.locator('main'), /T-\d{4}-\d{4}/);
  await axe(clinic);
  await shot(clinic, 'asked-390');

  const agent = await browser.newPage();
  await signIn(agent, base, 'fujishiro');
  await agent.goto('/queue');
  await axe(agent);
  await shot(agent, 'queue-1280');
  await agent.goto(path);
  await axe(agent);
  await agent.locator('textarea[name="body"]').fill('開けなくなったパソコンの台数を教えてください。');
  await agent.locator('input[name="then"][value="requester"]').check();
  await shot(agent, 'case-1280');
  // What is being written is kept: it is there after a reload, and while a file is added.
  const written = '開けなくなったパソコンの台数を教えてください。';
  await expect.visible(agent.locator('[data-autosave-status]:not(:empty)'));
  await agent.reload();
  expect.equal(await agent.locator('textarea[name="body"]').inputValue(), written);
  await agent.locator('button[formaction$="then=attach"]').click();
  await expect.url(agent, '/attach');
  await axe(agent);
  await shot(agent, 'attach-1280');
  await agent.goto(path);
  expect.equal(await agent.locator('textarea[name="body"]').inputValue(), written);
  expect.ok(await agent.locator('input[name="then"][value="requester"]').isChecked(), 'the choice was lost');
  await agent.locator('form[action$="/reply"] button:not([name]):not([formaction])').last().click();
  await expect.url(agent, 'done=replied');

  await clinic.goto('/');
  await expect.visible(clinic.locator('.turnbox'));
  await axe(clinic);
  await shot(clinic, 'turn-390');
  await clinic.goto(path);
  await clinic.locator('textarea[name="body"]').fill('受付の2台と診察室の1台です。');
  await clinic.locator('form[action$="/answer"] button:not([name]):not([formaction])').last().click();
  await expect.url(clinic, 'done=answered');

  const neighbour = await browser.newPage();
  await signIn(neighbour, base, 'hanai');
  expect.status(await neighbour.goto(path), 404);
  await axe(neighbour);
  await shot(neighbour, 'refused-1280');
}
