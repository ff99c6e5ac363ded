// What of a client's request its subgraphs get to see: the headers that FORWARD_HEADERS names, and no other.
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayContext } from '../subgraph-client.ts';

/** Names and values in turn; undefined where there are none. */
function forwardedOf(headers: IncomingHttpHeaders, names: readonly string[]): readonly string[] | undefined {
  let forwarded: string[] | undefined;
  for (const name of names) {
    const value = headers[name];
    if (value === undefined) continue;
    forwarded ??= [];
    forwarded.push(name, typeof value === 'string' ? value : value.join(', '));
  }
  return forwarded;
}

export function withForwarded(
  context: GatewayContext,
  headers: IncomingHttpHeaders,
  names: readonly string[] | undefined,
): GatewayContext {
  const forwarded = names ? forwardedOf(headers, names) : undefined;
  return forwarded ? { ...context, forwarded } : context;
}
