// Live data in both of its forms, WebSocket and server-sent events, behind the same limits.
import type { FastifyInstance } from 'fastify';
import type { TokenVerifier } from '#platform/auth/tokens.ts';
import { allowOrigins } from '../http/cors.ts';
import { PATH } from '../http/server.ts';
import type { Revocations } from '../security/revocations.ts';
import { ConnectionQuota } from './connection-quota.ts';
import { serveEvents } from './event-server.ts';
import { defaultLimits, type LiveDataLimits } from './limits.ts';
import type { LiveDataOptions } from './stream.ts';
import { Validity } from './validity.ts';
import { serveSubscriptions } from './ws-server.ts';

export interface LiveDataServerOptions extends LiveDataOptions {
  readonly app: FastifyInstance;
  readonly tokens: TokenVerifier;
  readonly revocations: Revocations;
  readonly limits?: Partial<LiveDataLimits> | undefined;
}

/** Before the server listens. Answers how to tell all clients to come back elsewhere. */
export function serveLiveData(options: LiveDataServerOptions): () => Promise<void> {
  const limits = { ...defaultLimits, ...options.limits };
  allowOrigins(options.app, PATH, limits.allowedOrigins);
  const validity = new Validity(options.tokens, options.revocations);
  const quota = new ConnectionQuota(limits);
  const closeEvents = serveEvents({ ...options, limits, quota, validity });
  const closeSockets = serveSubscriptions({ ...options, server: options.app.server, limits, quota, validity });
  return async () => {
    await Promise.all([closeSockets(), closeEvents()]);
    validity.stop();
  };
}
