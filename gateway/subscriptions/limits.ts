// How many live connections there may be, how large what they send, how long they may keep silent. The settings' defaults hold where
// nothing else is said.
import { type Config, loadConfig } from '#platform/config/config.ts';

export interface LiveDataLimits {
  /** Web pages that may reach the graph beside our own: `https://shop.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Proxies whose word counts about where a client is. */
  readonly trustedProxies: readonly string[];
  /** Sockets and event streams in all, of one principal, and of one address without a token. */
  readonly connections: number;
  readonly connectionsPerPrincipal: number;
  readonly connectionsPerAddress: number;
  /** Operations that run on one socket at the same time. */
  readonly subscriptionsPerSocket: number;
  /** How long and how large the first message of a socket may be; how large those after it. */
  readonly initMs: number;
  readonly initBytes: number;
  readonly messageBytes: number;
  /** Between two signs of life; a client that gives none in return is gone. */
  readonly heartbeatMs: number;
}

export function limitsOf(config: Config): LiveDataLimits {
  return {
    allowedOrigins: config.ALLOWED_ORIGINS,
    trustedProxies: config.TRUSTED_PROXIES,
    connections: config.LIVE_CONNECTIONS,
    connectionsPerPrincipal: config.LIVE_CONNECTIONS_PER_PRINCIPAL,
    connectionsPerAddress: config.LIVE_CONNECTIONS_PER_ADDRESS,
    subscriptionsPerSocket: config.LIVE_SUBSCRIPTIONS_PER_SOCKET,
    initMs: config.LIVE_INIT_SECONDS * 1_000,
    initBytes: config.LIVE_INIT_BYTES,
    messageBytes: config.LIVE_MESSAGE_BYTES,
    heartbeatMs: config.LIVE_HEARTBEAT_SECONDS * 1_000,
  };
}

export const defaultLimits: LiveDataLimits = limitsOf(loadConfig({}));
