// Which web pages may reach live data. A page of a foreign origin is refused: a browser would open a socket for it with whatever
// the browser has, and reads a stream's first bytes before any rule about answers holds. Programs send no Origin.
import type { IncomingHttpHeaders } from 'node:http';

/** True for our own pages, for those allowed, and for what is no page of a browser. */
export function isWelcome(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  // A page can leave out its origin (no-cors), but not where it stands to us.
  if (origin === undefined) return !['cross-site', 'same-site'].includes(headers['sec-fetch-site'] ?? '');
  if (allowed.includes(origin)) return true;
  // The scheme is not compared: TLS may end before us.
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
