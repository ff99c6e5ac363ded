// JWT in and out (jose): tokens of an identity provider by its key set, or the demo's own. Refuses none, expired, foreign.
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import { Fault } from '../errors/fault.ts';
import { newId } from '../kernel/ids.ts';
import { providerKeys } from './key-set.ts';
import type { Principal } from './principal.ts';

export interface TokenSettings {
  readonly issuer: string;
  /** One of these; the first is that of the demo's own tokens. */
  readonly audience: string | readonly string[];
  /** Key of the demo's own tokens; used when there is no key set. */
  readonly key: Uint8Array;
  readonly jwksUrl?: string | undefined;
  /** By how much the provider's clock may differ. */
  readonly toleranceSeconds?: number | undefined;
}

export interface TokenVerifier {
  /** True where nobody's tokens are accepted and none is looked at: everybody is anonymous. */
  readonly ignoresTokens?: boolean;
  /** The principal of a bearer token. Throws UNAUTHENTICATED with what is wrong with it. */
  verify(token: string): Promise<Principal>;
  /** The principal of an API key; there where keys are accepted. Throws UNAUTHENTICATED. */
  readonly verifyKey?: (key: string) => Principal;
  /** How long a principal's token is still valid; undefined for one that does not say. */
  msLeft(principal: Principal): number | undefined;
}

/** For a graph that has no identity provider. */
export const everybodyAnonymous: TokenVerifier = {
  ignoresTokens: true,
  verify: () => Promise.reject(new Fault('UNAUTHENTICATED', 'Tokens are not accepted here')),
  msLeft: () => undefined,
};

const MOST_REMEMBERED = 5_000;
/** A provider's key may be taken back: from then on its tokens are good for no longer than this and the key set's own time. */
const REMEMBERED_MS = 60_000;
/** What a token may say it is; one made for another purpose is no access token. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

export function createTokenVerifier(settings: TokenSettings, nowMs: () => number): TokenVerifier {
  const remembered = new Map<string, { readonly principal: Principal; readonly untilMs: number }>();
  const keySet: JWTVerifyGetKey | undefined = settings.jwksUrl
    ? providerKeys(new URL(settings.jwksUrl), nowMs)
    : undefined;
  const { issuer, audience, toleranceSeconds: clockTolerance = 0 } = settings;
  const required = { issuer, audience: [audience].flat(), requiredClaims: ['exp', 'sub'], clockTolerance };
  const check = async (token: string): Promise<JWTPayload> => {
    const options = { ...required, currentDate: new Date(nowMs()) };
    const { payload, protectedHeader } = keySet
      ? await jwtVerify(token, keySet, { ...options, algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'] })
      : await jwtVerify(token, settings.key, { ...options, algorithms: ['HS256'] });
    if (protectedHeader.typ !== undefined && !TYPES.has(protectedHeader.typ.toLowerCase())) {
      throw new errors.JWTInvalid(`a token of the type ${protectedHeader.typ} is no access token`);
    }
    return payload;
  };
  return {
    async verify(token) {
      const known = remembered.get(token);
      // A signature need not be checked twice, the expiry must be.
      if (known && known.untilMs > nowMs()) return known.principal;
      const principal = toPrincipal(await check(token).catch(refuse));
      const expiresMs = ((principal.exp ?? 0) + clockTolerance) * 1000;
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      const untilMs = keySet ? Math.min(expiresMs, nowMs() + REMEMBERED_MS) : expiresMs;
      remembered.set(token, { principal, untilMs });
      return principal;
    },
    msLeft: ({ exp }) => (exp === undefined ? undefined : Math.max(0, (exp + clockTolerance) * 1000 - nowMs())),
  };
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) {
    throw new Fault('UNAUTHENTICATED', 'The token has expired; ask for a new one', { cause: error });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw new Fault('UNAUTHENTICATED', `The token's claim "${error.claim}" is missing or wrong`, { cause: error });
  }
  throw new Fault('UNAUTHENTICATED', 'The token is not valid here', { cause: error });
}

function toPrincipal(payload: JWTPayload): Principal {
  const text = (name: string) => (typeof payload[name] === 'string' ? payload[name] : undefined);
  const location = text('location');
  const customerId = text('customer_id');
  const system = text('system');
  const jti = text('jti');
  const policies = payload.policies;
  return {
    sub: payload.sub ?? '',
    clientId: text('client_id') ?? text('azp') ?? payload.sub ?? '',
    roles: Array.isArray(payload.roles) ? payload.roles.filter((role) => typeof role === 'string') : [],
    scopes: (text('scope') ?? '').split(' ').filter((scope) => scope !== ''),
    ...(Array.isArray(policies) ? { policies: policies.filter((policy) => typeof policy === 'string') } : {}),
    ...(location === undefined ? {} : { location }),
    ...(customerId === undefined ? {} : { customerId }),
    ...(system === undefined ? {} : { system }),
    ...(jti === undefined ? {} : { jti }),
    ...(payload.exp === undefined ? {} : { exp: payload.exp }),
  };
}

/** A token of the demo's own, signed with the derived key. */
export async function mintToken(settings: TokenSettings, principal: Principal, expiresAt: Date): Promise<string> {
  return new SignJWT({
    client_id: principal.clientId,
    roles: principal.roles,
    scope: principal.scopes.join(' '),
    ...(principal.policies === undefined ? {} : { policies: principal.policies }),
    ...(principal.location === undefined ? {} : { location: principal.location }),
    ...(principal.customerId === undefined ? {} : { customer_id: principal.customerId }),
    ...(principal.system === undefined ? {} : { system: principal.system }),
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(principal.sub)
    .setIssuer(settings.issuer)
    .setAudience([settings.audience].flat()[0] ?? '')
    .setJti(principal.jti ?? newId())
    .setExpirationTime(expiresAt)
    .sign(settings.key);
}
