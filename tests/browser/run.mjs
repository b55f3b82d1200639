// Runs every journey of journeys/*.mjs in Chromium against the portal at BASE and closes with `N passed, N failed`.
//
//   BASE=http://localhost:8780 node run.mjs [part of a file name ...]
//
// It starts nothing itself: `./dev test browser` starts a portal for it; `./dev up` in another terminal does as well.
// A journey is a module that exports `name`, if it is slow `seconds`, and `async run({ browser, base, axe, shot, expect })`; see lib/context.mjs.
import { readdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';
import { startChromium } from './lib/chromium.mjs';
import { journeyContext } from './lib/context.mjs';
import { withinTime } from './lib/time.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const JOURNEY_SECONDS = 180;

async function journeyFiles(wanted) {
  const folder = path.join(HERE, 'journeys');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.mjs')).sort();
  const chosen = names.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  return chosen.map((name) => path.join(folder, name));
}

async function runOne(chromium, file, settings) {
  const began = Date.now();
  const slug = path.basename(file, '.mjs');
  let title = slug;
  let failure = null;
  let context = null;
  try {
    const journey = await import(pathToFileURL(file));
    if (typeof journey.name !== 'string' || typeof journey.run !== 'function') {
      throw new Error(`${slug}.mjs must export 'name' and 'async run(…)'`);
    }
    title = journey.name;
    context = journeyContext(chromium, { ...settings, slug });
    const seconds = journey.seconds ?? JOURNEY_SECONDS;
    await withinTime(journey.run(context.given), seconds, `the journey took more than ${seconds} s`);
    context.watch.settle();
  } catch (error) {
    failure = error;
  }
  if (context) await context.end(failure !== null);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${failure ? '✗' : '✓'} ${title} (${seconds} s)`);
  if (failure) {
    console.log(String(failure.stack ?? failure).replace(/^/gm, '    '));
    for (const line of context?.trail() ?? []) console.log(`    ${line}`);
  }
  return failure === null;
}

async function main() {
  const base = (process.env.BASE ?? '').replace(/\/+$/, '');
  if (!URL.canParse(base)) throw new Error('BASE must be the address of a running portal, for example http://localhost:8780');
  const files = await journeyFiles(process.argv.slice(2));
  if (files.length === 0) throw new Error('no journey found in tests/browser/journeys');
  const shots = process.env.TOMOSHIBI_SHOTS ?? path.join(HERE, '..', '..', '.local', 'shots');
  const chromium = await startChromium();
  let passed = 0;
  try {
    for (const file of files) if (await runOne(chromium, file, { base, shots })) passed += 1;
  } finally {
    await chromium.close();
  }
  return { passed, failed: files.length - passed };
}

const { passed, failed } = await main().catch((error) => {
  console.log(`✗ ${error.stack ?? error}`);
  return { passed: 0, failed: 1 };
});
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
