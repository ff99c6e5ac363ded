// One connection of its own, outside the pool: for locks that a session holds for long and for what may only run while it does.
import type pg from 'pg';
import { toFault } from './failures.ts';
import type { Statement } from './statement.ts';

export class Session {
  readonly #client: pg.Client;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  async all<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
    const { name, text, row } = statement;
    const { rows } = await this.#query(() => this.#client.query({ name, text, values: [...values] }));
    return rows.map(row);
  }

  /** Runs a statement and tells how many rows it touched. */
  async run(statement: Statement<unknown>, values: readonly unknown[] = []): Promise<number> {
    const { name, text } = statement;
    const { rowCount } = await this.#query(() => this.#client.query({ name, text, values: [...values] }));
    return rowCount ?? 0;
  }

  /** Runs statements that cannot be prepared: definitions, whose names no parameter can stand for. */
  async script(text: string): Promise<void> {
    await this.#query(() => this.#client.query(text));
  }

  /** Ends the connection and with it the session's locks. Never throws: a lost connection has ended already. */
  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #query(send: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
    try {
      return await send();
    } catch (error) {
      throw toFault(error);
    }
  }
}
