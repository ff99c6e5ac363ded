// From a request's bearer token to the principal it runs under. No token is anonymous; a bad one is refused, never ignored.
// Identity headers a client sends are not read at all.
import { GraphQLError } from 'graphql';
import { serializePrincipal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { Fault } from '#platform/errors/fault.ts';
import { continueTrace } from '#platform/telemetry/trace.ts';
import type { GatewayContext } from '../subgraph-client.ts';

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;
const serialized = new WeakMap<object, string>();

export async function authenticate(
  tokens: TokenVerifier,
  authorization: string | undefined,
  traceparent: string | undefined,
  address?: string,
): Promise<GatewayContext> {
  const trace = continueTrace(traceparent);
  if (tokens.ignoresTokens || authorization === undefined || authorization === '') {
    return { principal: undefined, traceparent: trace, address };
  }
  const token = BEARER.exec(authorization.trim())?.[1];
  if (token === undefined) throw unauthenticated('The authorization header must be "Bearer <token>"');
  try {
    const principal = await tokens.verify(token);
    const text = serialized.get(principal) ?? serializePrincipal(principal);
    // The verifier answers the same object for the same token.
    serialized.set(principal, text);
    return { principal: text, traceparent: trace, address };
  } catch (error) {
    if (error instanceof Fault && error.code === 'UNAUTHENTICATED') throw unauthenticated(error.message);
    throw error;
  }
}

function unauthenticated(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });
}
