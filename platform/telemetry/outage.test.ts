// An outage is told at its beginning and its end, however long it lasts.
import { expect, it } from 'vitest';
import { type Logger, silentLogger } from './logger.ts';
import { Outage } from './outage.ts';

it('is told twice, with its first error and how often it failed', () => {
  const told: unknown[] = [];
  const logger: Logger = Object.assign(Object.create(silentLogger), { warn: (...line: unknown[]) => told.push(line) });
  const outage = new Outage(logger, { consumer: 'stock' });
  outage.over();
  expect([1, 2, 3].map((n) => outage.failed(n, 'no database; retrying'))).toEqual([1, 2, 3]);
  outage.over();
  outage.over();
  expect(told).toEqual([
    [{ consumer: 'stock', error: 1 }, 'no database; retrying'],
    [{ consumer: 'stock', failures: 3 }, 'works again'],
  ]);
  expect(outage.failed(4, 'again')).toBe(1);
});
