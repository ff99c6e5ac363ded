// Live data in both of its forms, WebSocket and server-sent events, behind the same limits.
import type { FastifyInstance } from 'fastify';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { serveEvents } from './event-server.ts';
import type { LiveDataOptions } from './stream.ts';
import { serveSubscriptions } from './ws-server.ts';

export interface LiveDataLimits {
  /** Web pages that may reach the graph beside our own: `https://shop.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Between two signs of life; a client that gives none in return is gone. */
  readonly heartbeatMs: number;
}

export const defaultLimits: LiveDataLimits = { allowedOrigins: [], heartbeatMs: 15_000 };

export interface LiveDataServerOptions extends LiveDataOptions {
  readonly app: FastifyInstance;
  readonly tokens: TokenVerifier;
  readonly limits?: Partial<LiveDataLimits> | undefined;
}

/** Before the server listens. Answers how to tell all clients to come back elsewhere. */
export function serveLiveData(options: LiveDataServerOptions): () => Promise<void> {
  const all = { ...options, ...defaultLimits, ...options.limits };
  const closeEvents = serveEvents(all);
  const closeSockets = serveSubscriptions({ ...all, server: options.app.server });
  return async () => {
    await Promise.all([closeSockets(), closeEvents()]);
  };
}
