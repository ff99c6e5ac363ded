// A server takes its address, or says which setting is wrong and what would be right.
import type { FastifyInstance } from 'fastify';
import { Fault } from '../errors/fault.ts';

/** Answers http://<host>:<port>. Throws CONFIGURATION_INVALID for an address that cannot be had. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const fix = fixes[code ?? ''];
    if (fix === undefined) throw cause;
    throw new Fault('CONFIGURATION_INVALID', fix(host, port), { cause });
  }
}

type Fix = (host: string, port: number) => string;

const noAddress: Fix = (host) => `HOST=${host} is no address of this machine; 127.0.0.1 is for itself, 0.0.0.0 for all`;
const fixes: Readonly<Record<string, Fix>> = {
  EADDRINUSE: (host, port) =>
    `PORT=${port} is taken on ${host} by another program; stop it or set another (0: a free one)`,
  EACCES: (_, port) => `PORT=${port} is not for this user; set one above 1023`,
  EADDRNOTAVAIL: noAddress,
  ENOTFOUND: noAddress,
  EAI_AGAIN: noAddress,
};
