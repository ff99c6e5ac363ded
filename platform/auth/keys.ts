// Keys for each purpose, derived from one root secret, so that a leaked one opens nothing else.
import { hkdfSync } from 'node:crypto';

export interface Keys {
  /** Signs subscription and list cursors. */
  readonly cursor: Buffer;
  /** Signs what the gateway sends to a subgraph. */
  readonly request: Buffer;
  /** Signs the demo's own tokens. */
  readonly token: Buffer;
  /** Hashes identity values (e-mail, card number) that may not travel in the clear. */
  readonly identity: Buffer;
}

export function deriveKeys(secret: string): Keys {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'tillgraph', purpose, 32));
  return { cursor: derive('cursor'), request: derive('request'), token: derive('token'), identity: derive('identity') };
}
