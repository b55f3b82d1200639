// Finds and starts the Chromium of this machine; none is ever downloaded.
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FOLDERS = ['/usr/bin', '/usr/local/bin', ...(process.env.PATH ?? '').split(path.delimiter)];

// Quiet: a browser that looks for updates or other servers only adds noise and waiting.
const FLAGS = [
  '--headless', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

async function runnable(file) {
  return access(file, constants.X_OK).then(() => true, () => false);
}

/** The path of a Chromium or Chrome: TOMOSHIBI_CHROMIUM, or the first one found. Throws when there is none. */
export async function findChromium() {
  if (process.env.TOMOSHIBI_CHROMIUM) return process.env.TOMOSHIBI_CHROMIUM;
  for (const folder of FOLDERS.filter(Boolean)) {
    for (const name of NAMES) {
      const file = path.join(folder, name);
      if (await runnable(file)) return file;
    }
  }
  throw new Error(`no Chromium found (looked for ${NAMES.join(', ')}); install one or give TOMOSHIBI_CHROMIUM`);
}

/** Starts it, with an empty profile that is thrown away. */
export async function startChromium() {
  // Chromium's sandbox cannot work for root, nor in most containers.
  return chromium.launch({
    executablePath: await findChromium(),
    chromiumSandbox: false,
    args: FLAGS,
    env: { ...process.env, TZ: 'Asia/Tokyo' },
  });
}
