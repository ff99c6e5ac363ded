// Keys of devices that cannot ask an identity provider for tokens: tills. `<prefix>.<secret>`, of which only a hash is kept; each stands
// for one principal, bound to its shop. The secret is random and long, so that a plain hash of it is as good as a slow one.
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Fault } from '../errors/fault.ts';
import { randomHex } from '../kernel/ids.ts';
import { type Principal, principalSchema } from './principal.ts';

const keyPrincipal = principalSchema
  .omit({ exp: true, jti: true, sub: true })
  .partial({ roles: true, scopes: true })
  .strict();

export const apiKeySchema = z
  .object({
    prefix: z.string().regex(/^[a-z0-9]{8,32}$/, { error: 'must be 8 to 32 small letters and digits' }),
    hash: z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 in hexadecimal' }),
    principal: keyPrincipal,
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .strict();

export type ApiKey = z.output<typeof apiKeySchema>;

const FORM = /^([a-z0-9]{8,32})\.([0-9a-f]{64})$/;
/** Compared with where no key has the prefix: a guess takes as long either way. */
const NOBODYS = '0'.repeat(64);

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

/** A new key: what its device is given, once, and what is kept of it. */
export function makeApiKey(
  principal: ApiKey['principal'],
  expiresAt?: Date,
): { readonly key: string; readonly kept: ApiKey } {
  const prefix = randomHex(6);
  const secret = randomHex(32);
  const expiry = expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() };
  return { key: `${prefix}.${secret}`, kept: { prefix, hash: hashOf(secret), principal, ...expiry } };
}

/** Throws CONFIGURATION_INVALID with what is wrong with it; `source` names it to a person. */
export function readApiKeys(text: string, source: string): ReadonlyMap<string, ApiKey> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw new Fault('CONFIGURATION_INVALID', `${source} is no JSON; npm run api-key writes it`, { cause });
  }
  const parsed = z.array(apiKeySchema).safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Fault('CONFIGURATION_INVALID', `${source}: ${issue?.path.join('.')} ${issue?.message}`);
  }
  return new Map(parsed.data.map((key) => [key.prefix, key]));
}

export class ApiKeys {
  readonly #nowMs: () => number;
  #keys: ReadonlyMap<string, ApiKey>;
  readonly #principals = new WeakMap<ApiKey, Principal>();

  constructor(keys: ReadonlyMap<string, ApiKey>, nowMs: () => number) {
    this.#keys = keys;
    this.#nowMs = nowMs;
  }

  replace(keys: ReadonlyMap<string, ApiKey>): void {
    this.#keys = keys;
  }

  /** The key's principal, the same object each time. Throws UNAUTHENTICATED, with nothing of what was wrong. */
  verify(text: string): Principal {
    const [, prefix = '', secret = ''] = FORM.exec(text) ?? [];
    const key = this.#keys.get(prefix);
    const expected = Buffer.from(key?.hash ?? NOBODYS, 'hex');
    const isRight = timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), expected);
    if (!key || !isRight) throw new Fault('UNAUTHENTICATED', 'The API key is not valid here');
    const principal = this.#principals.get(key) ?? toPrincipal(key);
    this.#principals.set(key, principal);
    if ((principal.exp ?? Number.POSITIVE_INFINITY) * 1_000 <= this.#nowMs()) {
      throw new Fault('UNAUTHENTICATED', 'The API key has expired; ask for a new one');
    }
    return principal;
  }
}

function toPrincipal({ prefix, principal, expiresAt }: ApiKey): Principal {
  const { roles = [], scopes = [], ...rest } = principal;
  const exp = expiresAt === undefined ? {} : { exp: Math.floor(Date.parse(expiresAt) / 1_000) };
  return { ...rest, sub: `key:${prefix}`, roles, scopes, jti: `key:${prefix}`, ...exp };
}
