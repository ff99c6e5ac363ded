// The feed between the real ERP process and a real gateway: what it brings in, and that no fault on either side loses or doubles
// anything.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gs1CheckDigit } from '#contracts/identifiers.ts';
import { type Logger, silentLogger } from '#platform/telemetry/logger.ts';
import { createErpClient, type ErpClient } from '../../connectors/sandbox-erp/connector.ts';
import { ErpFeed, type FeedPort, SYSTEM } from '../../connectors/sandbox-erp/feed.ts';
import { query } from '../kit/database.ts';
import { newDocument, newItem, startErp, type TestErp } from '../kit/erp.ts';
import { runGateway, type TestGateway } from '../kit/gateway.ts';

let erp: TestErp;
let gateway: TestGateway;
let token: string;
let shops = 0;

beforeAll(async () => {
  [erp, gateway] = await Promise.all([startErp(), runGateway('in process')]);
});
beforeEach(async () => {
  token = await gateway.token('feed', { clientId: `${SYSTEM}-feed`, system: SYSTEM });
});
afterEach(() => erp.faults({}));
afterAll(async () => {
  await gateway?.close();
  await erp?.close();
});

const port: FeedPort = {
  async execute<T>(operation: string, variables: Record<string, unknown>): Promise<T> {
    const { data, errors } = await gateway.ask(operation, variables, token);
    if (errors?.[0]) throw new Error(`${errors[0].extensions?.code}: ${errors[0].message}`);
    return data as T;
  },
};
const client = (): ErpClient => createErpClient({ url: () => Promise.resolve(erp.url), backoffMs: 5, attempts: 2 });

function newFeed(options: { graph?: FeedPort; erp?: ErpClient; pageSize?: number; logger?: Logger } = {}): ErpFeed {
  const standard = { erp: client(), graph: port, clock: gateway.clock, logger: silentLogger, intervalMs: 50 };
  return new ErpFeed({ ...standard, ...options });
}

/** A port that fails at the n-th call of an operation, before it or when it has had its effect. */
function failingPort(name: string, nth: number, when: 'before' | 'after'): FeedPort {
  let calls = 0;
  return {
    async execute<T>(operation: string, variables: Record<string, unknown>): Promise<T> {
      const failing = operation.includes(name) && ++calls === nth;
      if (failing && when === 'before') throw new Error('killed');
      const answer = await port.execute<T>(operation, variables);
      if (failing) throw new Error('the answer was lost');
      return answer;
    },
  };
}

/** A shop of its own for a test, told to the ERP. */
async function newShop(): Promise<string> {
  shops += 1;
  const digits = `95200020${String(shops).padStart(4, '0')}`;
  const gln = `${digits}${gs1CheckDigit(digits)}`;
  const site = { site_no: `T${shops}`, gln, name: `Shop ${shops}`, type: 'SHOP', time_zone: 'Europe/London' };
  await erp.write('sites', [site]);
  return gln;
}

const articleOf = (item: ReturnType<typeof newItem>) => item.articles[0]?.art_no ?? '';

async function variants(items: readonly ReturnType<typeof newItem>[]) {
  const skus = items.map(articleOf);
  const { data } = await gateway.ask(
    'query ($skus: [ID!]!) { variants(skus: $skus) { title product { title version } } }',
    { skus },
  );
  return data?.variants as ({ title: string; product: { title: string; version: number } } | null)[];
}
async function onHand(sku: string, location: string): Promise<string | undefined> {
  const ask =
    'query ($sku: ID!, $locations: [Gln!]) { variant(sku: $sku) { stock(locations: $locations) { onHand { value } } } }';
  const { data } = await gateway.ask(ask, { sku, locations: [location] });
  return (data?.variant as { stock: { onHand: { value: string } }[] } | null)?.stock[0]?.onHand.value;
}
const events = async () =>
  Number((await query(gateway.databaseUrl, 'select count(*)::int as n from product.event_log'))[0]?.n);

describe('what it brings in', () => {
  it('sites, items and goods, under the ERP’s own names; pulled again nothing changes', async () => {
    const gln = await newShop();
    const item = newItem({ brand: 'Harbour Pottery' });
    await erp.write('items', [item]);
    await erp.write('goods-documents', [newDocument('IN-1', gln, [{ art_no: articleOf(item), qty: '12' }])]);
    await newFeed().pull();
    const { data } = await gateway.ask(
      `query ($sku: ID!, $gln: Gln!) { location(gln: $gln) { name kind timeZone } variant(sku: $sku) { title price { amount { amount } }
        product { brand externalRefs { system type id version } freshness { source stale } } } }`,
      { sku: articleOf(item), gln },
    );
    expect(data).toEqual({
      location: { name: `Shop ${shops}`, kind: 'STORE', timeZone: 'Europe/London' },
      variant: {
        title: item.articles[0]?.text,
        price: { amount: { amount: '8.95' } },
        product: {
          brand: 'Harbour Pottery',
          externalRefs: [{ system: SYSTEM, type: 'PRODUCT', id: item.item_no, version: '1' }],
          freshness: { source: SYSTEM, stale: false },
        },
      },
    });
    const before = await events();
    await newFeed().pull();
    expect(await events()).toBe(before);
    expect(await onHand(articleOf(item), gln)).toBe('12');
  });

  it('a change in the ERP, also of many items at one moment over several pages', async () => {
    const items = Array.from({ length: 7 }, () => newItem());
    await erp.write('items', items);
    await newFeed({ pageSize: 3 }).pull();
    await erp.write(
      'items',
      items.map((item) => ({ ...item, text: `${item.text}, new` })),
    );
    await newFeed({ pageSize: 3 }).pull();
    const found = await variants(items);
    expect(found.map((one) => [one?.product.title, one?.product.version])).toEqual(
      items.map(({ text }) => [`${text}, new`, 2]),
    );
  });

  it('a record that is not as agreed or that the graph refuses is left out; its neighbours come in', async () => {
    const [good, unreadable, refused] = [newItem(), newItem(), newItem()];
    const prices = [{ kind: 'L', coins: 1.5, currency: 'GBP' }];
    const wrong = { ...unreadable, articles: unreadable.articles.map((article) => ({ ...article, prices })) };
    const ean = { ...refused, articles: refused.articles.map((article) => ({ ...article, eans: ['9520001000004'] })) };
    await erp.write('items', [wrong, ean, good]);
    await newFeed().pull();
    expect((await variants([unreadable, refused, good])).map((one) => one !== null)).toEqual([false, false, true]);
    const mended = { ...refused, text: 'Mended' };
    await erp.write('items', [mended]);
    await newFeed().pull();
    expect((await variants([mended]))[0]?.product.title).toBe('Mended');
  });

  it('freshness: the word that nothing is newer counts too', async () => {
    const item = newItem();
    await erp.write('items', [item]);
    await newFeed().pull();
    gateway.clock.advance(16 * 60_000);
    token = await gateway.token('feed', { clientId: `${SYSTEM}-feed`, system: SYSTEM });
    const ask = 'query ($sku: ID!) { variant(sku: $sku) { product { freshness { stale } } } }';
    const stale = async () => (await gateway.ask(ask, { sku: articleOf(item) })).data?.variant;
    expect(await stale()).toEqual({ product: { freshness: { stale: true } } });
    await newFeed().pull();
    expect(await stale()).toEqual({ product: { freshness: { stale: false } } });
  });
});

describe('a feed that is killed', () => {
  it('goes on from its checkpoint and doubles nothing', async () => {
    await newFeed().pull();
    const items = Array.from({ length: 10 }, () => newItem());
    await erp.write('items', items);
    await expect(newFeed({ graph: failingPort('upsertProducts', 3, 'before'), pageSize: 3 }).pull()).rejects.toThrow(
      'killed',
    );
    expect((await variants(items)).filter((one) => one !== null)).toHaveLength(6);
    const before = await events();
    let read = 0;
    const counting: ErpClient = {
      ...client(),
      async items(cursor, limit) {
        const page = await client().items(cursor, limit);
        read += page?.records.length ?? 0;
        return page;
      },
    };
    await newFeed({ erp: counting, pageSize: 3 }).pull();
    expect(read).toBe(4);
    expect((await variants(items)).map((one) => one?.product.version)).toEqual(items.map(() => 1));
    // A product and its price each.
    expect(await events()).toBe(before + 8);
  });

  it.each(['before', 'after'] as const)(
    'with goods under way (%s the graph took them) counts them once',
    async (when) => {
      const [gln, item] = [await newShop(), newItem()];
      await erp.write('items', [item]);
      const documents = ['A', 'B', 'C'].map((part) =>
        newDocument(`KILL-${when}-${part}`, gln, [{ art_no: articleOf(item), qty: '5' }]),
      );
      await erp.write('goods-documents', documents);
      await expect(newFeed({ graph: failingPort('receiveStock', 2, when) }).pull()).rejects.toThrow(/killed|lost/);
      await newFeed().pull();
      await newFeed().pull();
      expect(await onHand(articleOf(item), gln)).toBe('15');
    },
  );

  it('and one that runs beside another: still once', async () => {
    const [gln, items] = [await newShop(), Array.from({ length: 6 }, () => newItem())];
    await erp.write('items', items);
    const [first] = items;
    await erp.write('goods-documents', [
      newDocument('TWICE-1', gln, [{ art_no: first ? articleOf(first) : '', qty: '3' }]),
    ]);
    const before = await events();
    await Promise.all([1, 2, 3].map(() => newFeed({ pageSize: 2 }).pull()));
    expect(await events()).toBe(before + 12);
    expect(await onHand(first ? articleOf(first) : '', gln)).toBe('3');
  });
});

describe('an ERP that is unwell', () => {
  it('is down and comes back: the graph answers meanwhile, and the feed brings what is new', async () => {
    const [known, item] = [newItem(), newItem()];
    await erp.write('items', [known]);
    const feed = newFeed();
    feed.start();
    const until = async (holds: () => Promise<boolean>) => {
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const isThere = async (one: ReturnType<typeof newItem>) => (await variants([one]))[0] !== null;
    await until(() => isThere(known));
    await erp.kill();
    await expect(newFeed().pull()).rejects.toMatchObject({ code: 'PEER_UNAVAILABLE' });
    expect(await isThere(known)).toBe(true);
    await erp.restart();
    await erp.write('items', [item]);
    await until(() => isThere(item));
    await feed.stop();
  });

  it('throttles, fails, loses answers and repeats itself: all of it arrives once', async () => {
    const [gln, items] = [await newShop(), Array.from({ length: 6 }, () => newItem())];
    await erp.write('items', items);
    const lines = items.map((item) => ({ art_no: articleOf(item), qty: '4' }));
    await erp.write('goods-documents', [newDocument('UNWELL-1', gln, lines)]);
    const before = await events();
    await erp.faults({ fail_next: 1, lose_next: 1, repeat_records: true, requests_per_second: 8, latency_ms: 5 });
    const patient = createErpClient({ url: () => Promise.resolve(erp.url), backoffMs: 5, attempts: 6 });
    await newFeed({ erp: patient, pageSize: 2 }).pull();
    expect(await events()).toBe(before + 12);
    expect(await Promise.all(items.map((item) => onHand(articleOf(item), gln)))).toEqual(items.map(() => '4'));
  });

  it('with books begun anew is read from the beginning, and what is known stays as it is', async () => {
    const item = newItem();
    await erp.write('items', [item]);
    await newFeed().pull();
    const other = await startErp();
    try {
      await other.write('items', [item]);
      const before = await events();
      await newFeed({ erp: createErpClient({ url: () => Promise.resolve(other.url) }) }).pull();
      expect((await variants([item]))[0]?.product.version).toBe(1);
      expect(await events()).toBe(before);
    } finally {
      await other.close();
    }
  });
});

it('stopped in the middle of a pull ends at once and has nothing to complain of', async () => {
  const complaints: unknown[] = [];
  const logger: Logger = Object.assign(Object.create(silentLogger), {
    warn: (...said: unknown[]) => complaints.push(said),
  });
  const ended = new AbortController();
  const asked = Promise.withResolvers<void>();
  const url = async () => {
    asked.resolve();
    await new Promise((_, reject) => ended.signal.addEventListener('abort', () => reject(new Error('ended'))));
    return erp.url;
  };
  const feed = newFeed({ erp: createErpClient({ url, attempts: 1 }), logger });
  feed.start();
  await asked.promise;
  ended.abort();
  await feed.stop();
  expect(complaints).toEqual([]);
});
