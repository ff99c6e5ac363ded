// A connection that LISTENs, and comes back when it is lost. Wake-ups only: who listens also polls, so none is ever needed.
import pg from 'pg';
import { sleep } from '../kernel/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';

export interface Subscription {
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

export function listen(options: pg.ClientConfig, channel: string, onNotify: () => void, logger: Logger): Subscription {
  let closed = false;
  let client: pg.Client | undefined;
  const outage = new Outage(logger, { channel });
  const lost = (error: Error) => void outage.failed(error.message, 'listening connection lost');

  const connect = async (): Promise<void> => {
    while (!closed) {
      const next = new pg.Client({ ...options, keepAlive: true });
      try {
        next.on('error', lost);
        await next.connect();
        next.on('notification', onNotify);
        await next.query(`listen ${pg.escapeIdentifier(channel)}`);
        client = next;
        outage.over();
        next.once('end', () => {
          if (!closed) void connect();
        });
        if (closed) await next.end();
        onNotify();
        return;
      } catch (error) {
        lost(error as Error);
        await next.end().catch(lost);
        await sleep(RECONNECT_MS);
      }
    }
  };

  void connect();
  return {
    async close() {
      closed = true;
      await client?.end();
    },
  };
}
