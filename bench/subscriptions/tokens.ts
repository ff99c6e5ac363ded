// The key and the tokens of the benchmark: every client is somebody else.
import { deriveKeys } from '#platform/auth/keys.ts';
import { mintToken } from '#platform/auth/tokens.ts';

export const tokenSettings = {
  issuer: 'tillgraph',
  audience: 'tillgraph',
  key: deriveKeys('a secret that only the benchmark uses').token,
};

export function tokenOf(client: number): Promise<string> {
  const name = `client-${client}`;
  const principal = { sub: name, clientId: name, roles: [], scopes: [] };
  return mintToken(tokenSettings, principal, new Date(Date.now() + 3_600_000));
}
