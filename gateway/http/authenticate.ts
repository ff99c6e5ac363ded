// From a request's token or API key to the principal it runs under. No token is anonymous; a bad one is refused, never ignored.
// Identity headers a client sends are not read at all.
import type { IncomingHttpHeaders } from 'node:http';
import { GraphQLError } from 'graphql';
import { type Principal, serializePrincipal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { Fault } from '#platform/errors/fault.ts';
import { continueTrace } from '#platform/telemetry/trace.ts';
import type { GatewayContext } from '../subgraph-client.ts';

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;
const API_KEY = /^ApiKey +(\S+)$/i;
const serialized = new WeakMap<object, string>();

export async function authenticate(
  tokens: TokenVerifier,
  authorization: string | undefined,
  traceparent: string | undefined,
  address?: string,
): Promise<GatewayContext> {
  const trace = continueTrace(traceparent);
  const key = API_KEY.exec(authorization?.trim() ?? '')?.[1];
  const isIgnored = tokens.ignoresTokens && !(key !== undefined && tokens.verifyKey);
  if (isIgnored || authorization === undefined || authorization === '') {
    return { principal: undefined, traceparent: trace, address };
  }
  const token = BEARER.exec(authorization.trim())?.[1];
  if (token === undefined && key === undefined) {
    throw unauthenticated('The authorization header must be "Bearer <token>" or "ApiKey <key>"');
  }
  try {
    const principal = key === undefined ? await tokens.verify(token ?? '') : keyHolder(tokens, key);
    const text = serialized.get(principal) ?? serializePrincipal(principal);
    // The verifier answers the same object for the same token.
    serialized.set(principal, text);
    return { principal: text, traceparent: trace, address };
  } catch (error) {
    if (error instanceof Fault && error.code === 'UNAUTHENTICATED') throw unauthenticated(error.message);
    throw error;
  }
}

function keyHolder({ verifyKey }: TokenVerifier, key: string): Principal {
  if (!verifyKey) throw unauthenticated('API keys are not accepted here');
  return verifyKey(key);
}

/** What a request says who it is by. Some devices can set a header of their own only. */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['x-api-key'];
  return headers.authorization ?? (typeof key === 'string' && key !== '' ? `ApiKey ${key}` : undefined);
}

function unauthenticated(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });
}
