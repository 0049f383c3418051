// An OpenID provider on loopback for tests/system/openid_test.py: whoever comes is signed in as the
// login that the authorization URL names in login_hint. With `form` (tests/browser) he is asked for it.
//   node openid_provider.mjs PORT REDIRECT_URI [form]
import Provider from 'oidc-provider';

const [port, redirectUri, form] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'muster',
    client_secret: 'the secret of muster at the provider',
    redirect_uris: [redirectUri],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    id_token_signed_response_alg: 'RS256',
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true }),
  }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AuthorizationCode: 60, IdToken: 300, Grant: 300, Session: 300, Interaction: 300, AccessToken: 300 },
  cookies: { keys: ['only for tests'] },
});

const FORM = `<!doctype html><html lang="en"><title>Sign in at the provider</title><h1>Sign in at the provider</h1>
<form method="post"><label>Login <input name="login" autocomplete="username"></label> <button>Continue</button></form>`;

async function given_login(ctx) {
  let body = '';
  for await (const piece of ctx.req) body += piece;
  return new URLSearchParams(body).get('login');
}

// Consent happens at once, and without a form signing in does, too.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res);
  if (prompt.name === 'login' && form && ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = FORM;
    return undefined;
  }
  if (prompt.name === 'login' && form) {
    return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: await given_login(ctx) } });
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: params.login_hint ?? 'anna' } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } });
});

provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
