// The statements our own code sends, heard on the driver while it runs once. So a bare handler runs what the code runs today, not what it
// ran when the benchmark was written.
import pg from 'pg';

export interface HeardStatement {
  /** Name of the prepared statement; undefined for one that has none. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** In the order they were sent. */
export async function hearStatements(run: () => Promise<unknown>): Promise<HeardStatement[]> {
  const heard: HeardStatement[] = [];
  const original = Reflect.get(pg.Client.prototype, 'query') as (...args: unknown[]) => unknown;
  const listen = function hear(this: pg.Client, ...args: unknown[]) {
    const query = args[0] as string | pg.QueryConfig;
    const { name, text, values } = typeof query === 'string' ? { name: undefined, text: query, values: [] } : query;
    heard.push({ name, text, values: values ?? [] });
    return Reflect.apply(original, this, args);
  };
  Reflect.set(pg.Client.prototype, 'query', listen);
  try {
    await run();
  } finally {
    Reflect.set(pg.Client.prototype, 'query', original);
  }
  return heard;
}
