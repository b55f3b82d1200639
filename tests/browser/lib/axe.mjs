// Accessibility of the page as it stands: WCAG 2.2 A and AA and axe's own good practice.
import { AxeBuilder } from '@axe-core/playwright';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

function describe(violation) {
  const places = violation.nodes.slice(0, 5).map((node) => `      ${node.target.join(' ')}\n        ${(node.failureSummary ?? '').replace(/\s*\n\s*/g, ' ')}`);
  return `  ${violation.id} (${violation.impact}): ${violation.help}, ${violation.nodes.length} place(s)\n${places.join('\n')}`;
}

/**
 * Throws when axe finds anything on the page. `options.exclude`: CSS selectors left out; each use needs a reason beside it.
 * Resolves to the number of rules that passed; a page on which nothing could be checked fails too.
 */
export async function checkAccessibility(page, options = {}) {
  let builder = new AxeBuilder({ page }).withTags(RULES);
  for (const selector of options.exclude ?? []) builder = builder.exclude(selector);
  const { violations, passes } = await builder.analyze();
  if (violations.length > 0) throw new Error(`axe on ${page.url()}:\n${violations.map(describe).join('\n')}`);
  if (passes.length === 0) throw new Error(`axe checked nothing on ${page.url()}`);
  return passes.length;
}
