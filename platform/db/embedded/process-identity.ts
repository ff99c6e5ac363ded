// Says whether a process is still the one we once saw: a pid alone is reused, a pid with its start time is not.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProcessFacts {
  /** Different for every process that ever has this pid, over reboots too. Letters and digits only. */
  readonly startToken: string;
  readonly commandLine: string;
}

/** What runs under the pid now; undefined when nothing does. A zombie counts as nothing: it holds no file or socket. */
export async function processFacts(pid: number): Promise<ProcessFacts | undefined> {
  return process.platform === 'linux' ? linuxFacts(pid) : psFacts(pid);
}

/** The name by which other processes can tell whether this one still lives: `<pid>-<start>`. */
export async function ownToken(): Promise<string> {
  const facts = await processFacts(process.pid);
  return `${process.pid}-${facts?.startToken ?? 'unknown'}`;
}

/** Whether the process that called `ownToken` is still running. Anything that is no token is dead. */
export async function isAlive(token: string): Promise<boolean> {
  const [, pid, start] = /^(\d+)-(\w+)$/.exec(token) ?? [];
  if (pid === undefined) return false;
  return (await processFacts(Number(pid)))?.startToken === start;
}

let bootId: Promise<string> | undefined;

async function linuxFacts(pid: number): Promise<ProcessFacts | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The command name in parentheses may hold spaces and parentheses itself: count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === undefined || startTicks === undefined || 'ZXx'.includes(state)) return undefined;
    // Ticks count from the boot: without the boot id two boots of one machine could give the same number.
    bootId ??= readFile('/proc/sys/kernel/random/boot_id', 'latin1').then((id) => id.slice(0, 8));
    const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return { startToken: `${await bootId}${startTicks}`, commandLine };
  } catch {
    return undefined;
  }
}

async function psFacts(pid: number): Promise<ProcessFacts | undefined> {
  try {
    const { stdout } = await run('/bin/ps', ['-ww', '-o', 'stat=,lstart=,command=', '-p', String(pid)], {
      env: { LC_ALL: 'C', TZ: 'UTC' },
    });
    const [, state, started, commandLine] = /^\s*(\S+)\s+(\w+ +\w+ +\d+ +[\d:]+ +\d+)\s+(.*)$/m.exec(stdout) ?? [];
    if (state === undefined || started === undefined || state.startsWith('Z')) return undefined;
    return { startToken: started.replaceAll(/\W/g, ''), commandLine: commandLine ?? '' };
  } catch {
    return undefined;
  }
}
