// How large a request may be, and how long it may take to come: who sends a byte now and then is not waited for.
import type { Server } from 'node:http';
import type { FastifyHttpOptions } from 'fastify';
import { type Limits, limitsOf } from '../security/limit-settings.ts';
import { trustedProxies } from './client-address.ts';

export type HttpLimits = Pick<Limits, 'bodyBytes' | 'headersMs' | 'requestMs'>;

/** Late requests are looked for this often, in parts of the time they have. */
const LOOKS = 4;
const LONGEST_LOOK_MS = 5_000;

export function serverOptions(
  { bodyBytes, headersMs, requestMs }: HttpLimits = limitsOf({}),
  proxies: readonly string[] = [],
): FastifyHttpOptions<Server> {
  const connectionsCheckingInterval = Math.min(LONGEST_LOOK_MS, Math.ceil(Math.min(headersMs, requestMs) / LOOKS));
  return {
    bodyLimit: bodyBytes,
    trustProxy: proxies.length === 0 ? false : trustedProxies(proxies),
    // What comes on a kept-alive connection while we stop is still answered, and the connection closed then.
    return503OnClosing: false,
    requestTimeout: requestMs,
    http: { headersTimeout: Math.min(headersMs, requestMs), requestTimeout: requestMs, connectionsCheckingInterval },
  };
}
