// Whom a socket and each operation on it run under. The token travels in connection_init (or the upgrade's header, or with one
// operation); a socket does not outlive the first of its tokens.
import { GraphQLError } from 'graphql';
import { isAuthenticated, parsePrincipal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { monotonicMs } from '#platform/kernel/clock.ts';
import { authenticate } from '../http/authenticate.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { FORBIDDEN, TOO_MUCH } from './close-codes.ts';
import type { Operations } from './operations.ts';
import type { Payload } from './prepare.ts';
import type { Arrival } from './upgrade.ts';

/** Longest time a timer can be set to: 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What is known of one socket. */
export interface Extra extends Arrival {
  readonly operations: Operations;
  /** Called when the client has said who it is. */
  acknowledged?: () => void;
  gateway?: GatewayContext;
  expiry?: { readonly due: number; readonly cancel: () => void };
}

/** At connection_init; false when the client is refused, the socket is closed then. */
export async function admit(
  tokens: TokenVerifier,
  extra: Extra,
  params: Record<string, unknown> | undefined,
): Promise<boolean> {
  const given = params?.authorization ?? params?.Authorization;
  const authorization = typeof given === 'string' ? given : extra.request.headers.authorization;
  try {
    const gateway = await authenticate(tokens, authorization, undefined, extra.address);
    const principal = parsePrincipal(gateway.principal);
    if (isAuthenticated(principal) && !extra.place.identify(principal)) {
      extra.socket.close(TOO_MUCH, 'Too many connections with this token; close one first');
      return false;
    }
    extra.gateway = gateway;
    extra.acknowledged?.();
    closeAtExpiry(tokens, gateway, extra);
    return true;
  } catch (error) {
    extra.socket.close(FORBIDDEN, error instanceof GraphQLError ? error.message : 'The token is not valid here');
    return false;
  }
}

/** Whom an operation runs under: its own token where `extensions.headers` has one, as GraphiQL sends it; else the socket's. */
export async function callerOf(
  tokens: TokenVerifier,
  extra: Extra,
  { extensions }: Payload,
): Promise<GatewayContext | GraphQLError> {
  const headers = (extensions?.headers ?? {}) as Record<string, unknown>;
  const own = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const socket = extra.gateway ?? { principal: undefined, traceparent: '' };
  if (typeof own !== 'string') return socket;
  try {
    const caller = await authenticate(tokens, own, socket.traceparent, socket.address);
    closeAtExpiry(tokens, caller, extra);
    return caller;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** The first of a socket's tokens to end ends it: what was checked once would else be good for ever. */
function closeAtExpiry(tokens: TokenVerifier, { principal }: GatewayContext, extra: Extra): void {
  const left = tokens.msLeft(parsePrincipal(principal));
  const due = left === undefined ? Number.POSITIVE_INFINITY : monotonicMs() + left;
  if (left === undefined || due >= (extra.expiry?.due ?? Number.POSITIVE_INFINITY)) return;
  if (extra.expiry) extra.expiry.cancel();
  else extra.socket.once('close', () => extra.expiry?.cancel());
  const expire = () => extra.socket.close(FORBIDDEN, 'The token has expired; connect again with a new one');
  extra.expiry = { due, cancel: afterMs(left, expire) };
}

/** Answers how to call it off. */
export function afterMs(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, Math.min(ms, LONGEST_TIMER_MS));
  return () => clearTimeout(timer);
}
