// Takes README's picture from a running demo: node infra/pictures/take.mjs [http://localhost:8780]
// Needs `npm ci` in tests/browser once (./dev test does it).
import { startChromium } from '../../tests/browser/lib/chromium.mjs';
import { signIn } from '../../tests/browser/lib/sign_in.mjs';

const base = process.argv[2] ?? 'http://localhost:8780';
const browser = await startChromium();
try {
  const context = await browser.newContext({ locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: { width: 1400, height: 780 } });
  const page = await context.newPage();
  await signIn(page, base, 'nonomura');
  await page.goto(`${base}/queue`);
  await page.screenshot({ path: new URL('queue.png', import.meta.url).pathname });
} finally {
  await browser.close();
}
