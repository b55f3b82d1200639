// What no journey may meet on any page, watched all the time: script errors, refusals by the content security policy,
// requests to another host. A journey that provokes one on purpose says so: `browser.newContext({ allow: [/…/] })`.

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function foreignHost(address, base) {
  const url = new URL(address);
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) return null;
  return LOOPBACK.has(url.hostname) || url.hostname === new URL(base).hostname ? null : url.host;
}

/** Collects findings of all contexts of one journey. */
export class Watch {
  #base;
  #findings = [];

  constructor(base) {
    this.#base = base;
  }

  /** Watches every page of a context, also those opened later. */
  over(context, allow = []) {
    const report = (words) => {
      if (!allow.some((pattern) => pattern.test(words))) this.#findings.push(words);
    };
    context.on('weberror', (error) => report(`script error: ${error.error().message}`));
    context.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && /Content Security Policy|Refused to|Content-Security-Policy/i.test(text)) {
        report(`policy: ${text}`);
      }
    });
    context.on('request', (request) => {
      const host = foreignHost(request.url(), this.#base);
      if (host) report(`request to another host: ${host}`);
    });
  }

  /** Throws when anything was found. */
  settle() {
    if (this.#findings.length > 0) throw new Error(`pages misbehaved:\n${[...new Set(this.#findings)].join('\n')}`);
  }

  /** Everything found so far. */
  get findings() {
    return [...this.#findings];
  }
}
