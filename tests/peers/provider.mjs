// An OpenID provider that is not ours (npm oidc-provider) for one test: `node provider.mjs <settings.json>`.
// Whoever is hinted at is signed in, with the factor that the address asks for; everything else is the library's own.
// Its clock is the test's: each request may carry the present instant, and the process goes on from there.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider, { interactionPolicy } from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const ONE_FACTOR = 'urn:tomoshibi:acr:1';
const TWO_FACTORS = 'urn:tomoshibi:acr:2';

const wall = Date.now.bind(Date);
let ahead = settings.now - wall();
Date.now = () => wall() + ahead;

// A restart keeps its key unless the file is another one.
function keys(file) {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
    writeFileSync(file, JSON.stringify({ keys: [jwk] }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

const person = (key) => settings.people.find((p) => p.key === key);
const account = (sub) => {
  const known = settings.people.find((p) => p.subject === sub);
  return known && { accountId: sub, claims: () => ({ sub, email: known.email, email_verified: true }) };
};

// A session here does for whoever has it, not for somebody else who is hinted at.
function policy() {
  const { Check, base } = interactionPolicy;
  const all = base();
  all.get('login').checks.add(
    new Check('another_person', 'somebody else is hinted at', 'login_required', (ctx) => {
      const hinted = person(ctx.oidc.params.login_hint);
      const other = hinted && ctx.oidc.session.accountId && ctx.oidc.session.accountId !== hinted.subject;
      return other ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  return all;
}

const provider = new Provider(settings.issuer, {
  jwks: keys(settings.keys),
  clients: settings.clients,
  acrValues: [ONE_FACTOR, TWO_FACTORS],
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], email: ['email', 'email_verified'] },
  cookies: { keys: [randomUUID()] },
  extraParams: ['factor'],
  findAccount: (_, sub) => account(sub),
  // The library lets nothing out to this machine; the portal under test is nowhere else.
  fetch: (url, { dispatcher, ...rest }) => globalThis.fetch(url, rest),
  interactions: { policy: policy(), url: (_, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const { client, session } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => void (ctx.body = `<!doctype html>${form}`) },
  },
  pkce: { required: () => true },
  renderError: (ctx, out) => void (ctx.body = out),
  routes: { authorization: '/authorize', token: '/token', jwks: '/jwks', userinfo: '/userinfo', end_session: '/logout' },
});
provider.on('backchannel.error', (_, error) => console.error(`back-channel logout: ${error.message}`));
for (const fault of ['server_error', 'grant.error', 'userinfo.error', 'end_session.error', 'authorization.error']) {
  provider.on(fault, (_, error) => console.error(`${fault}: ${error.message} ${error.error_detail ?? ''}`));
}

async function interact(ctx) {
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const hinted = person(params.login_hint);
  if (!hinted) ctx.throw(400, 'nobody is hinted at');
  const two = params.factor ? params.factor !== 'pwd' : (params.acr_values ?? '').split(' ').includes(TWO_FACTORS);
  const login = { accountId: hinted.subject, acr: two ? TWO_FACTORS : ONE_FACTOR, amr: two ? ['pwd', 'otp'] : ['pwd'] };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, { login });
}

provider.use(async (ctx, next) => {
  const now = Number(ctx.get('x-test-now'));
  if (now) ahead = now - wall();
  if (ctx.path === '/token' && existsSync(settings.ill)) ctx.throw(500, 'ill');
  if (ctx.path.startsWith('/interaction/')) return interact(ctx);
  return next();
});
provider.listen(settings.port, '127.0.0.1', () => console.log('listening'));
