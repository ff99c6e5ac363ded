// Where a client is. Behind a proxy that is trusted it is what the proxy says; of all others a forwarding header is a claim, and not read.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

export type TrustedProxies = (address: string) => boolean;

/** Of addresses and ranges: `10.0.0.0/8`, `::1`. */
export function trustedProxies(places: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const place of places) {
    const [address = '', bits] = place.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = plainOf(address);
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  };
}

/** Each proxy adds whom it was asked by: from the last one back, the first that is no trusted proxy. */
export function addressOf({ socket, headers }: IncomingMessage, isTrusted: TrustedProxies): string {
  const own = socket.remoteAddress ?? '';
  if (!isTrusted(own)) return own;
  const forwarded = headers['x-forwarded-for'];
  const claimed = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? ''))
    .split(',')
    .map((part) => part.trim());
  for (const address of claimed.toReversed()) {
    if (isIP(address) === 0) return own;
    if (!isTrusted(address)) return address;
  }
  return own;
}

/** One host has a whole network of IPv6 addresses: its first half counts. An IPv4 address in IPv6's form is the same client. */
export function hostOf(address: string): string {
  const plain = plainOf(address);
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain;
}

function plainOf(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
