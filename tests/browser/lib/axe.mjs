// Accessibility of the page as it stands: WCAG 2.2 A and AA and axe's own good practice.
//
// axe runs in the page itself. Its own driver for playwright opens a second, blank page for every check, to gather what
// frames say; that cost ten times as much as the check. Our pages have no frames (their policy forbids them), and a page
// that has one fails here.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SOURCE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function describe(violation) {
  const places = violation.nodes.slice(0, 5).map((node) => `      ${node.target.join(' ')}\n        ${(node.failureSummary ?? '').replace(/\s*\n\s*/g, ' ')}`);
  return `  ${violation.id} (${violation.impact}): ${violation.help}, ${violation.nodes.length} place(s)\n${places.join('\n')}`;
}

async function analyse(page) {
  await page.evaluate(SOURCE);
  return page.evaluate(async (tags) => {
    if (document.querySelector('iframe, frame, object, embed')) throw new Error('a frame, which this check would not look into');
    const { violations, passes } = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return { violations, passed: passes.length };
  }, RULES);
}

/** Throws when axe finds anything on the page; a page on which nothing could be checked fails too. */
export async function checkAccessibility(page) {
  const { violations, passed } = await analyse(page);
  if (violations.length > 0) throw new Error(`axe on ${page.url()}:\n${violations.map(describe).join('\n')}`);
  if (passed === 0) throw new Error(`axe checked nothing on ${page.url()}`);
}
