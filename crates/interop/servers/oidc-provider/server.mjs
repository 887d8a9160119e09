// panva's oidc-provider with the device flow on, for the interop suite. Everything lives in memory.
//
//   node server.mjs [--tls-key FILE --tls-cert FILE]
//
// It takes a free port of the loopback interface and tells the suite what happens, one JSON object a line on stdout:
//
//   {"event":"ready","issuer":"http://127.0.0.1:PORT"}
//   {"event":"token","user_code":"WDJB-MJHT","answer":"authorization_pending"}     one per poll; "ok" for a token
//
// It ends when stdin is closed, so it never outlives whoever started it.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const { values: options } = parseArgs({
  options: { 'tls-key': { type: 'string' }, 'tls-cert': { type: 'string' } },
});

const device = {
  grant_types: [DEVICE_CODE, 'refresh_token'],
  response_types: [],
  redirect_uris: [],
  scope: 'openid offline_access profile email',
};

const clients = [
  { ...device, client_id: 'device-public', token_endpoint_auth_method: 'none' },
  {
    ...device,
    client_id: 'device-basic',
    client_secret: 'basic-secret-0123456789abcdef',
    token_endpoint_auth_method: 'client_secret_basic',
  },
  {
    ...device,
    client_id: 'device-post',
    client_secret: 'post-secret-0123456789abcdef',
    token_endpoint_auth_method: 'client_secret_post',
  },
  // RFC 6749 section 2.3.1: id and secret are form-urlencoded inside Basic. These do not survive without it.
  {
    ...device,
    client_id: 'device:special/id+1',
    client_secret: 'p%ss word:+/&=?',
    token_endpoint_auth_method: 'client_secret_basic',
  },
  // Its refresh token is replaced at every use, and its ID tokens are signed the way OpenID Connect has by default.
  {
    ...device,
    client_id: 'device-rotate',
    client_secret: 'rotate-secret-0123456789abcdef',
    id_token_signed_response_alg: 'RS256',
    token_endpoint_auth_method: 'client_secret_basic',
  },
  // Its device code lives 4 seconds.
  { ...device, client_id: 'device-short', token_endpoint_auth_method: 'none' },
  // Its access token lives 3 seconds.
  { ...device, client_id: 'device-fleeting', token_endpoint_auth_method: 'none' },
  // It may do anything but the device grant.
  {
    client_id: 'not-device',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: ['https://client.test/callback'],
  },
  // A resource server: may introspect any token.
  {
    client_id: 'resource-server',
    client_secret: 'resource-secret-0123456789abcdef',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: [],
    response_types: [],
    redirect_uris: [],
  },
];

const isNamed = (client, id) => client.clientId === id;

const configuration = () => ({
  clients,
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [key('ES256', 'ec', { namedCurve: 'P-256' }), key('RS256', 'rsa', { modulusLength: 2048 })] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Test User ${id}`, email: `${id}@example.test`, email_verified: true }),
  }),
  rotateRefreshToken: (ctx) => isNamed(ctx.oidc.client, 'device-rotate'),
  ttl: {
    AccessToken: (_ctx, _token, client) => (isNamed(client, 'device-fleeting') ? 3 : 3600),
    DeviceCode: (_ctx, _code, client) => (isNamed(client, 'device-short') ? 4 : 600),
    Grant: 14 * 86400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 14 * 86400,
    Session: 86400,
  },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****' },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) =>
        isNamed(client, 'resource-server') || client.clientId === token.clientId,
    },
    // Open to everybody: nobody else reaches this server.
    registration: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
  },
});

const key = (alg, type, shape) => ({
  ...generateKeyPairSync(type, shape).privateKey.export({ format: 'jwk' }),
  kid: alg,
  use: 'sig',
  alg,
});

const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

/** Tells the suite how each poll was answered, under the user code because that is what the suite knows. */
const tellPolls = () => {
  const userCodes = new Map();
  return async (ctx, next) => {
    await next();
    if (ctx.body?.device_code) userCodes.set(ctx.body.device_code, ctx.body.user_code);
    const polled = ctx.oidc?.route === 'token' && userCodes.get(ctx.oidc.params?.device_code);
    if (polled) tell({ event: 'token', user_code: polled, answer: ctx.body?.error ?? 'ok' });
  };
};

process.stdin.on('end', () => process.exit(0)).resume();

const isTls = options['tls-key'] !== undefined;
const server = isTls
  ? createHttpsServer({ key: readFileSync(options['tls-key']), cert: readFileSync(options['tls-cert']) })
  : createHttpServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const { port } = server.address();
const issuer = isTls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, configuration());
provider.use(tellPolls());
provider.on('server_error', (_ctx, error) => console.error(error));
for (const event of ['device_authorization.error', 'grant.error']) {
  provider.on(event, (_ctx, error) => console.error(event, error.error, error.error_detail ?? error.error_description));
}
server.on('request', provider.callback());
tell({ event: 'ready', issuer });
