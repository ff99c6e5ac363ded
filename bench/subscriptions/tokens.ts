// The key and the tokens of the benchmark: every client is somebody else.
import { deriveKeys } from '#platform/auth/keys.ts';
import { mintToken } from '#platform/auth/tokens.ts';

export const tokenSettings = {
  issuer: 'tillgraph',
  audience: 'tillgraph',
  key: deriveKeys('a secret that only the benchmark uses').token,
};

const tokens = new Map<number, Promise<string>>();

/** The same one each time: who comes back is known. */
export function tokenOf(client: number): Promise<string> {
  const known = tokens.get(client);
  if (known) return known;
  const name = `client-${client}`;
  const principal = { sub: name, clientId: name, roles: [], scopes: [] };
  const token = mintToken(tokenSettings, principal, new Date(Date.now() + 3_600_000));
  tokens.set(client, token);
  return token;
}
