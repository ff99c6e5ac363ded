// Whose word counts about where a client is.
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressOf, hostOf, trustedProxies } from './client-address.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('a client', () => {
  const isTrusted = trustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);

  it.each([
    ['is where it comes from, whatever it claims', from('203.0.113.9', '198.51.100.1'), '203.0.113.9'],
    ['is where a trusted proxy says', from('10.1.2.3', '198.51.100.1'), '198.51.100.1'],
    [
      'is where the first of several trusted proxies says',
      from('10.1.2.3', '198.51.100.1, 192.0.2.7, 2001:db8::1'),
      '198.51.100.1',
    ],
    ['is not where it told the first proxy that it is', from('10.1.2.3', '127.0.0.1, 198.51.100.1'), '198.51.100.1'],
    ['of a proxy that says nothing is the proxy', from('::ffff:10.1.2.3'), '::ffff:10.1.2.3'],
    ['of a proxy that says nonsense is the proxy', from('10.1.2.3', 'unknown'), '10.1.2.3'],
    ['within the trusted network is within it', from('10.1.2.3', '10.9.9.9'), '10.1.2.3'],
  ])('%s', (_, request, expected) => {
    expect(addressOf(request, isTrusted)).toBe(expected);
  });

  it('is a host, whichever of its addresses it uses', () => {
    expect(hostOf('2001:db8:1:2:3:4:5:6')).toBe(hostOf('2001:db8:1:2:ffff::1'));
    expect(hostOf('::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(hostOf('203.0.113.9')).not.toBe(hostOf('203.0.113.10'));
  });
});
