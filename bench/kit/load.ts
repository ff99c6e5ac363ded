// Load: so many kept-alive connections, each with one request at a time, for so long. Refuses to count a wrong answer.
import { Pool } from 'undici';

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A new body for each request. */
  readonly body: () => string;
  /** Part of the text that only a right answer has. */
  readonly expected: string;
}

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds until the answer: the middle, and what 99 of 100 stay below. */
  readonly p50: number;
  readonly p99: number;
}

/** Throws at the first answer that is not the expected one. */
export async function measure(target: Target, connections: number, seconds: number): Promise<Measured> {
  const { origin, pathname } = new URL(target.url);
  const pool = new Pool(origin, { connections });
  const headers = { 'content-type': 'application/json', ...target.headers };
  const times: number[] = [];
  const begun = performance.now();
  const until = begun + seconds * 1_000;
  const connection = async () => {
    while (performance.now() < until) {
      const body = target.body();
      const sent = performance.now();
      const answer = await (await pool.request({ path: pathname, method: 'POST', headers, body })).body.text();
      times.push(performance.now() - sent);
      if (!answer.includes(target.expected)) throw new Error(`${target.url} answered ${answer.slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  const elapsed = performance.now() - begun;
  await pool.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { perSecond: (times.length * 1_000) / elapsed, p50: at(0.5), p99: at(0.99) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
