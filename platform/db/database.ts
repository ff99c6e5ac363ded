// One subgraph's PostgreSQL schema behind three types: Reader may read, Writer may write inside a named transaction, and
// Database hands them out. Connections are pipelined: BEGIN travels with the first read, the writes with COMMIT.
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { Fault } from '../errors/fault.ts';
import { sleep } from '../kernel/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { isTransient, toFault } from './failures.ts';
import { listen, type Subscription } from './listener.ts';
import { Session } from './session.ts';
import type { Statement } from './statement.ts';

export interface Reader {
  all<Row>(statement: Statement<Row>, values?: readonly unknown[]): Promise<Row[]>;
  /** The first row; undefined when there is none. */
  one<Row>(statement: Statement<Row>, values?: readonly unknown[]): Promise<Row | undefined>;
}

export interface Writer extends Reader {
  /** Runs a statement and tells how many rows it touched. */
  run(statement: Statement<unknown>, values?: readonly unknown[]): Promise<number>;
  /** Sends a statement without waiting: it travels with what follows, at the latest with COMMIT, where its failure shows. */
  defer(statement: Statement<unknown>, values?: readonly unknown[]): void;
  /** Called once after the transaction committed, never after a rollback. A throw is logged: the commit stands. */
  onCommit(callback: () => void): void;
}

export interface DatabaseOptions {
  readonly url: string;
  /** The schema all names without a schema mean. */
  readonly schema: string;
  readonly poolSize: number;
  readonly logger: Logger;
}

export interface TransactionOptions {
  /** Two numbers: a lock shared by all transactions naming it, excluded by one that takes it exclusively. */
  readonly sharedLock?: readonly [number, number];
}

const MOST_ATTEMPTS = 8;
const BIGINT = 20;
const DATE = 1082;

const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === BIGINT) return (text: string) => BigInt(text);
    if (oid === DATE) return (text: string) => text;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

export class Database implements Reader {
  readonly schema: string;
  readonly url: string;
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  readonly #subscriptions = new Set<Subscription>();

  constructor(options: DatabaseOptions) {
    this.schema = options.schema;
    this.url = options.url;
    this.#logger = options.logger;
    this.#pool = new pg.Pool({
      ...clientOptions(options.url, options.schema),
      max: options.poolSize,
      idleTimeoutMillis: 30_000,
      pipeline: true,
    });
    // A connection that dies is replaced by the pool, idle or in use; unheard, either event would end the process. Who uses
    // it learns of it from the statement that fails.
    const lost = (error: Error) => this.#logger.warn({ schema: this.schema, error: error.message }, 'connection lost');
    this.#pool.on('error', lost);
    this.#pool.on('connect', (client) => client.on('error', lost));
  }

  async all<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#pool.query(toQuery(statement, values))).rows.map(statement.row);
    } catch (error) {
      throw toFault(error);
    }
  }

  async one<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row | undefined> {
    return (await this.all(statement, values))[0];
  }

  /** Runs `work` in one transaction; a serialization failure or deadlock runs it again from the start. */
  async transaction<T>(name: string, work: (tx: Writer) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(work, options);
      } catch (error) {
        if (!isTransient(error)) throw toFault(error);
        if (attempt === MOST_ATTEMPTS) {
          throw new Fault('CONFLICT_RETRIES_EXHAUSTED', `${name} lost ${MOST_ATTEMPTS} times against concurrent work`, {
            cause: error,
            retryAfterMs: 200,
          });
        }
        await sleep(jitter(attempt));
      }
    }
  }

  async #attempt<T>(work: (tx: Writer) => Promise<T>, options: TransactionOptions): Promise<T> {
    const client = await this.#pool.connect();
    let broken = true;
    try {
      const tx = new Transaction(client);
      tx.begin(options);
      try {
        const result = await work(tx);
        await tx.commit();
        broken = false;
        for (const callback of tx.committed) this.#runCallback(callback);
        return result;
      } catch (error) {
        // A connection that cannot even roll back is thrown away below; the first error is the one to tell.
        broken = !(await tx.rollback());
        throw (await tx.firstFailure()) ?? error;
      }
    } finally {
      client.release(broken);
    }
  }

  #runCallback(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#logger.error({ error }, 'a callback after commit threw');
    }
  }

  /** Calls `onNotify` for each NOTIFY on the channel, and once after each reconnection (something may have been missed). */
  listen(channel: string, onNotify: () => void): Subscription {
    const subscription = listen(clientOptions(this.url, this.schema), channel, onNotify, this.#logger);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** A connection of one's own, for session locks. The caller closes it. */
  async dedicated(): Promise<Session> {
    const client = new pg.Client(clientOptions(this.url, this.schema));
    client.on('error', (error) => this.#logger.warn({ schema: this.schema, error: error.message }, 'connection lost'));
    try {
      await client.connect();
    } catch (error) {
      throw toFault(error);
    }
    return new Session(client);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    await this.#pool.end();
  }
}

class Transaction implements Writer {
  readonly committed: (() => void)[] = [];
  readonly #client: pg.PoolClient;
  readonly #pending: Promise<unknown>[] = [];
  #corked = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  begin(options: TransactionOptions): void {
    // The lock is taken before the first statement's snapshot: what the lock protects is then read as it is now.
    const lock = options.sharedLock;
    this.#hold(this.#send('begin'));
    if (lock) this.#hold(this.#send(`select pg_advisory_xact_lock_shared(${lock[0]}, ${lock[1]})`));
  }

  async all<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#send(toQuery(statement, values))).rows.map(statement.row);
  }

  async one<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row | undefined> {
    return (await this.all(statement, values))[0];
  }

  async run(statement: Statement<unknown>, values: readonly unknown[] = []): Promise<number> {
    return (await this.#send(toQuery(statement, values))).rowCount ?? 0;
  }

  defer(statement: Statement<unknown>, values: readonly unknown[] = []): void {
    this.#hold(this.#send(toQuery(statement, values)));
  }

  onCommit(callback: () => void): void {
    this.committed.push(callback);
  }

  async commit(): Promise<void> {
    // Sent behind the deferred statements without waiting: if one of them failed, the server turns COMMIT into ROLLBACK.
    const commit = this.#send('commit');
    commit.catch(() => undefined);
    for (const pending of this.#pending) await pending;
    const { command: outcome } = await commit;
    if (outcome !== 'COMMIT') throw new Fault('INTERNAL_SERVER_ERROR', `COMMIT was answered with ${outcome}`);
  }

  /** The failure of a deferred statement: what was awaited after it only says that the transaction is aborted. */
  async firstFailure(): Promise<unknown> {
    const settled = await Promise.allSettled(this.#pending);
    return settled.find((result) => result.status === 'rejected')?.reason;
  }

  rollback(): Promise<boolean> {
    return this.#send('rollback').then(
      () => true,
      () => false,
    );
  }

  #send(query: string | pg.QueryConfig): Promise<pg.QueryResult> {
    // One system call for all that is sent in one turn of the event loop: writes were a third of a sale's CPU time.
    if (!this.#corked) {
      this.#corked = true;
      const { stream } = (this.#client as unknown as { connection: { stream: Duplex } }).connection;
      stream.cork();
      process.nextTick(() => {
        this.#corked = false;
        stream.uncork();
      });
    }
    return this.#client.query(query);
  }

  #hold(pending: Promise<unknown>): void {
    // Awaited at commit; until then a failure must not count as unhandled.
    pending.catch(() => undefined);
    this.#pending.push(pending);
  }
}

function clientOptions(url: string, schema: string): pg.ClientConfig {
  return { connectionString: url, types: typeParsers, options: `-c search_path=${schema}`, application_name: schema };
}

function toQuery(statement: Statement<unknown>, values: readonly unknown[]): pg.QueryConfig {
  return { name: statement.name, text: statement.text, values: values as unknown[] };
}

function jitter(attempt: number): number {
  return (performance.now() % 7) + 2 ** attempt;
}
