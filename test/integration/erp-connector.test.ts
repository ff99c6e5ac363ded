// The client of the ERP against the real process on a real socket: pages, faults of every kind, books that survive a kill.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createErpClient, type ErpClientOptions } from '../../connectors/sandbox-erp/connector.ts';
import { newItem, startErp, type TestErp } from '../kit/erp.ts';

let erp: TestErp;
beforeAll(async () => {
  erp = await startErp();
});
afterEach(() => erp.faults({}));
afterAll(() => erp.close());

const client = (options: Partial<ErpClientOptions> = {}) =>
  createErpClient({ url: () => Promise.resolve(erp.url), backoffMs: 10, ...options });

interface Item {
  readonly item_no: string;
  readonly rev: number;
  readonly changed_at: string;
}

async function readAll(cursor: string | undefined, limit: number, betweenPages?: () => Promise<unknown>) {
  const items: Item[] = [];
  let last = cursor;
  for (let more = true; more; ) {
    const page = await client().items(last, limit);
    if (!page) throw new Error('the cursor is unknown');
    items.push(...(page.records as Item[]));
    last = page.cursor;
    more = page.more;
    await betweenPages?.();
  }
  return { items, cursor: last };
}

describe('pages of items', () => {
  it('neither skip nor repeat where all have one timestamp', async () => {
    const { cursor } = await readAll(undefined, 100);
    await erp.write(
      'items',
      Array.from({ length: 7 }, () => newItem()),
    );
    const { items } = await readAll(cursor, 3);
    expect(new Set(items.map(({ changed_at }) => changed_at)).size).toBe(1);
    expect(new Set(items.map(({ item_no }) => item_no)).size).toBe(7);
    expect(items).toHaveLength(7);
  });

  it('an item changed while they are read comes again at the end, newer', async () => {
    const { cursor } = await readAll(undefined, 100);
    const items = Array.from({ length: 5 }, () => newItem());
    await erp.write('items', items);
    let changed = false;
    const { items: seen } = await readAll(cursor, 2, async () => {
      if (!changed) await erp.write('items', [items[0]]);
      changed = true;
    });
    expect(seen.map(({ rev }) => rev)).toEqual([1, 1, 1, 1, 1, 2]);
    expect(seen.at(-1)?.item_no).toBe(items[0]?.item_no);
  });

  it('begin at a time, that moment included', async () => {
    const { cursor } = await readAll(undefined, 100);
    await erp.write('items', [newItem()]);
    const [item] = (await readAll(cursor, 1)).items;
    const since = (text: string) => erp.read(`/items?updated_since=${encodeURIComponent(text)}`);
    const records = (await since(item?.changed_at ?? '')).body.records as Item[];
    expect(records.map(({ item_no }) => item_no)).toContain(item?.item_no);
    expect((await since('9999-01-01T00:00:00.000Z')).body.records).toEqual([]);
  });

  it('of a cursor of other books there are none: the caller is to begin anew', async () => {
    expect(await client().items('000000000000.1', 10)).toBeUndefined();
    expect((await erp.read('/items?cursor=nonsense')).status).toBe(410);
  });
});

describe('a posting', () => {
  const posting = (reference: string) => ({
    reference,
    kind: 'SALE' as const,
    site_gln: '9520001000010',
    happened_at: '2026-06-01T10:00:00.000Z',
    lines: [{ art_no: 'MUG-BLUE', qty: '1', unit: 'PC' }],
  });
  const booked = async (reference: string) => {
    const { postings } = (await erp.read('/postings')).body;
    return (postings as { reference: string }[]).filter((one) => one.reference === reference).length;
  };

  it('whose answer is lost is booked once', async () => {
    await erp.faults({ lose_next: 2 });
    const { posting_no } = await client().post(posting('lost-1'));
    expect(await booked('lost-1')).toBe(1);
    expect((await client().post(posting('lost-1'))).posting_no).toBe(posting_no);
  });

  it('PEER_REFUSED: one the ERP cannot read is not tried again', async () => {
    await expect(client().post({ ...posting('wrong-1'), lines: [] })).rejects.toMatchObject({
      code: 'PEER_REFUSED',
      retryable: false,
      message: expect.stringContaining('lines'),
    });
  });
});

describe('an ERP that is unwell', () => {
  it('fails twice and is asked a third time', async () => {
    await erp.faults({ fail_next: 2 });
    await expect(client().sites()).resolves.toEqual([]);
  });

  it('PEER_UNAVAILABLE: fails as often as it is asked, and is asked no further', async () => {
    await erp.faults({ fail_next: 10 });
    await expect(client({ attempts: 3 }).sites()).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE', retryable: true });
    expect((await erp.read('/faults')).body.fail_next).toBe(7);
  });

  it('throttles, and is asked again when it said', async () => {
    await erp.faults({ requests_per_second: 2 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => client({ attempts: 6 }).sites()));
    expect(answers).toHaveLength(4);
    await expect(Promise.all([1, 2, 3, 4, 5, 6].map(() => client({ attempts: 1 }).sites()))).rejects.toMatchObject({
      code: 'PEER_UNAVAILABLE',
      retryAfterMs: expect.any(Number),
    });
  });

  it('PEER_UNAVAILABLE: is slower than we wait; at the end nobody waits for it', async () => {
    await erp.faults({ latency_ms: 5_000 });
    await expect(client({ timeoutMs: 50, attempts: 2 }).sites()).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' });
    const ended = new AbortController();
    const waiting = client({ signal: ended.signal }).sites();
    ended.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' });
  });

  it('PEER_MALFORMED_RESPONSE: answers something else than agreed', async () => {
    const other = client({ url: () => Promise.resolve(`${erp.url}/health?`) });
    await expect(other.sites()).rejects.toMatchObject({ code: 'PEER_MALFORMED_RESPONSE', retryable: false });
  });
});

describe('the books', () => {
  it('are all there after a kill in the middle of a line, and their cursors still count', async () => {
    await erp.write('items', [newItem(), newItem()]);
    const before = await readAll(undefined, 500);
    await erp.kill();
    await appendFile(join(erp.folder, 'journal.jsonl'), '{"is":"item","change":99');
    await erp.restart();
    expect(await readAll(undefined, 500)).toEqual(before);
    const another = newItem();
    await erp.write('items', [another]);
    const { items } = await readAll(before.cursor, 10);
    expect(items.map(({ item_no }) => item_no)).toEqual([another.item_no]);
  });

  it('PEER_UNAVAILABLE while it is down', async () => {
    await erp.kill();
    await expect(client({ attempts: 2 }).sites()).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' });
    await erp.restart();
    await expect(client().sites()).resolves.toEqual([]);
  });
});
