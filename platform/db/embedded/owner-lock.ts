// Who uses a data directory, and whose turn it is to start or stop its server. Both survive kill -9: every fact is a file
// named after the living process that wrote it, so a dead one's file may be deleted by anybody at any time.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../../kernel/clock.ts';
import { randomHex } from '../../kernel/ids.ts';
import { isAlive, ownToken } from './process-identity.ts';

const POLL_MS = 5;

/** `<pid>-<start>-<random>`: the random part tells two users within one process apart. */
export type Member = string;

export async function newMember(): Promise<Member> {
  return `${await ownToken()}-${randomHex(4)}`;
}

export async function register(directory: string, member: Member): Promise<void> {
  await writeFile(join(directory, member), '');
}

export async function unregister(directory: string, member: Member): Promise<void> {
  await rm(join(directory, member), { force: true });
}

/** The living members; files of dead ones are swept. Call it within a turn. */
export async function livingMembers(directory: string): Promise<Member[]> {
  return living(directory, await readdir(directory), (name) => name);
}

/**
 * Runs the body while no other process or call holds a turn on the directory. Lamport's bakery on files: a lock file that
 * is broken when its owner died could be broken by two at once, a queue of uniquely named tickets cannot.
 */
export async function withTurn<T>(
  directory: string,
  body: () => Promise<T>,
  onWait: (holder: string) => void,
): Promise<T> {
  await mkdir(directory, { recursive: true });
  const member = await newMember();
  const ticket = await drawTicket(directory, member);
  try {
    let waited = 0;
    for (;;) {
      const ahead = await firstAhead(directory, ticket);
      if (ahead === undefined) break;
      waited += POLL_MS;
      if (waited % 5_000 === 0) onWait(ahead);
      await sleep(POLL_MS);
    }
    return await body();
  } finally {
    await rm(join(directory, ticket), { force: true });
  }
}

const CHOOSING = 'choosing.';
const memberOf = (name: string): Member => name.slice(name.indexOf('.') + 1);
const isTicket = (name: string): boolean => /^\d{12}\./.test(name);

async function drawTicket(directory: string, member: Member): Promise<string> {
  const choosing = join(directory, CHOOSING + member);
  await writeFile(choosing, '');
  const highest = (await readdir(directory)).filter(isTicket).sort().at(-1);
  const number = highest === undefined ? 1 : Number.parseInt(highest, 10) + 1;
  const ticket = `${String(number).padStart(12, '0')}.${member}`;
  await rename(choosing, join(directory, ticket));
  return ticket;
}

async function firstAhead(directory: string, ticket: string): Promise<string | undefined> {
  // Two listings on purpose: a contender whose rename escapes the first one is a ticket in the second.
  const choosing = (await readdir(directory)).filter((name) => name.startsWith(CHOOSING));
  const chooser = (await living(directory, choosing, memberOf))[0];
  if (chooser !== undefined) return memberOf(chooser);
  const tickets = (await readdir(directory)).filter((name) => isTicket(name) && name < ticket);
  const ahead = (await living(directory, tickets, memberOf))[0];
  return ahead === undefined ? undefined : memberOf(ahead);
}

async function living(directory: string, names: string[], memberFrom: (name: string) => Member): Promise<string[]> {
  const alive: string[] = [];
  for (const name of names) {
    const member = memberFrom(name);
    if (await isAlive(member.slice(0, member.lastIndexOf('-')))) alive.push(name);
    else await rm(join(directory, name), { force: true });
  }
  return alive;
}
