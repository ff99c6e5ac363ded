// Whom a socket and each operation on it run under. The token travels in connection_init (or the upgrade's header, or with one
// operation); a socket does not outlive the first of its tokens.
import { GraphQLError } from 'graphql';
import { isAuthenticated, parsePrincipal } from '#platform/auth/principal.ts';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { authenticate, credentialOf } from '../http/authenticate.ts';
import { withForwarded } from '../http/forwarded-headers.ts';
import type { GatewayContext } from '../subgraph-client.ts';
import { FORBIDDEN, TOO_MUCH } from './close-codes.ts';
import type { Operations } from './operations.ts';
import type { Payload } from './prepare.ts';
import type { Arrival } from './upgrade.ts';
import type { Validity } from './validity.ts';

export interface Door {
  readonly tokens: TokenVerifier;
  readonly validity: Validity;
  /** Headers of clients that subgraphs may see, in lower case. */
  readonly forwardHeaders?: readonly string[] | undefined;
}

/** What is known of one socket. */
export interface Extra extends Arrival {
  readonly operations: Operations;
  /** Called when the client has said who it is. */
  acknowledged?: () => void;
  gateway?: GatewayContext;
  /** Principals whose tokens hold it open. */
  readonly watched: Set<string>;
}

/** At connection_init; false when the client is refused, the socket is closed then. */
export async function admit(door: Door, extra: Extra, params: Record<string, unknown> | undefined): Promise<boolean> {
  const given = params?.authorization ?? params?.Authorization;
  const authorization = typeof given === 'string' ? given : credentialOf(extra.request.headers);
  try {
    const caller = await authenticate(door.tokens, authorization, undefined, extra.address);
    // Of the upgrade only: what a client writes into its messages is no header that somebody in between could have vouched for.
    const gateway = withForwarded(caller, extra.request.headers, door.forwardHeaders);
    const principal = parsePrincipal(gateway.principal);
    if (isAuthenticated(principal) && !extra.place.identify(principal)) {
      extra.socket.close(TOO_MUCH, 'Too many connections with this token; close one first');
      return false;
    }
    extra.gateway = gateway;
    extra.acknowledged?.();
    watch(door, gateway, extra);
    return true;
  } catch (error) {
    extra.socket.close(FORBIDDEN, error instanceof GraphQLError ? error.message : 'The token is not valid here');
    return false;
  }
}

/** Whom an operation runs under: its own token where `extensions.headers` has one, as GraphiQL sends it; else the socket's. */
export async function callerOf(
  door: Door,
  extra: Extra,
  { extensions }: Payload,
): Promise<GatewayContext | GraphQLError> {
  const headers = (extensions?.headers ?? {}) as Record<string, unknown>;
  const own = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const socket = extra.gateway ?? { principal: undefined, traceparent: '' };
  if (typeof own !== 'string') return socket;
  try {
    const caller = await authenticate(door.tokens, own, socket.traceparent, socket.address);
    watch(door, caller, extra);
    return { ...caller, forwarded: socket.forwarded };
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** The first of a socket's tokens to end, or to be revoked, ends it. */
function watch({ validity }: Door, { principal }: GatewayContext, extra: Extra): void {
  if (principal === undefined || extra.watched.has(principal)) return;
  extra.watched.add(principal);
  const end = (why: string) => extra.socket.close(FORBIDDEN, why);
  extra.socket.once('close', validity.watch(parsePrincipal(principal), end));
}
