// Deliveries, adjustments and locations on a real database, each refusal, and A2 in small: whatever is killed, a position stays the
// fold of its ledger and every command has its effect once.
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serializePrincipal } from '#platform/auth/principal.ts';
import { Database } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { newId } from '#platform/kernel/ids.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import { upsertLocations } from '../../subgraphs/inventory/commands/upsert-locations.ts';
import { inventorySubgraph } from '../../subgraphs/inventory/main.ts';
import { principalOf, testKeys } from '../kit/graph.ts';
import {
  feed,
  HERE,
  type Inventory,
  type Mutate,
  mutateThrough,
  NOWHERE,
  place,
  positionsNotTheirFold,
  product,
  receipt,
  sale,
  startInventory,
  THERE,
  web,
} from '../kit/inventory.ts';

let inventory: Inventory;
beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(() => inventory.graph.close());

const codeOf = (answer: Awaited<ReturnType<Mutate>>) => answer.errors?.[0]?.extensions?.code ?? answer.result.code;

describe('receiving stock', () => {
  it('adds up lines of one SKU, takes SKUs the product feed has not told of, and says where it stands', async () => {
    const lines = [
      { sku: 'tea', quantity: { value: '2' } },
      { sku: 'JAM', quantity: { value: '1' } },
      { sku: 'TEA', quantity: { value: '3' } },
    ];
    const { result } = await inventory.mutate('receiveStock', receipt(lines), feed);
    expect(result.positions).toEqual(
      expect.arrayContaining([
        { sku: 'TEA', onHand: { value: '5', uom: 'EA' }, version: 2 },
        { sku: 'JAM', onHand: { value: '1', uom: 'EA' }, version: 1 },
      ]),
    );
    const [first] = await inventory.events('inventory.movement.recorded', `TEA@${HERE}`);
    expect(first).toMatchObject({ type: 'RECEIPT', documentRef: 'delivery-1', occurredAt: '2026-11-24T06:00:00.000Z' });
  });

  it('leaves out what no stock is kept of', async () => {
    await inventory.products.append([product([{ sku: 'ADVICE', trackInventory: false }])]);
    await inventory.graph.settle();
    const { result } = await inventory.mutate(
      'receiveStock',
      receipt([{ sku: 'ADVICE', quantity: { value: '1' } }]),
      feed,
    );
    expect(result).toMatchObject({ __typename: 'StockReceived', positions: [] });
  });

  it('is one delivery however often it is sent', async () => {
    const delivery = { ...receipt([{ sku: 'ONCE', quantity: { value: '4' } }]), idempotencyKey: newId() };
    const answers = await Promise.all([1, 2, 3].map(() => inventory.mutate('receiveStock', delivery, feed)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await inventory.position('ONCE')).toMatchObject({ onHand: '4', version: 1 });
  });

  it('is refused at an unknown location, in another unit, and to a token that speaks for no system', async () => {
    const lines = [{ sku: 'OATS', quantity: { value: '1' } }];
    const receive = (input: Record<string, unknown>, principal = feed) =>
      inventory.mutate('receiveStock', { ...receipt(lines), ...input }, principal);
    expect(codeOf(await receive({ location: NOWHERE }))).toBe('UNKNOWN_LOCATION');
    expect(codeOf(await receive({}, principalOf('feed')))).toBe('FORBIDDEN');
    expect(codeOf(await receive({}, web))).toBe('FORBIDDEN');
    await receive({});
    const refused = await receive({ lines: [{ sku: 'OATS', quantity: { value: '1', uom: 'KGM' } }] });
    expect(refused.result).toMatchObject({ code: 'UNIT_MISMATCH', sku: 'OATS', uom: 'EA' });
    expect(codeOf(await receive({ lines: [] }))).toBe('BAD_USER_INPUT');
    expect(await inventory.position('OATS')).toMatchObject({ onHand: '1' });
  });
});

describe('adjusting stock', () => {
  const adjustment = { sku: 'PEN', location: HERE, delta: { value: '-2' }, reasonCode: 'DAMAGED' };

  it('corrects what is on hand, also where nothing ever was', async () => {
    await inventory.stock('PEN', '5');
    const { result } = await inventory.mutate('adjustStock', adjustment);
    expect(result).toMatchObject({ position: { onHand: { value: '3' }, version: 2 } });
    const elsewhere = await inventory.mutate('adjustStock', { ...adjustment, location: THERE, delta: { value: '1' } });
    expect(elsewhere.result).toMatchObject({ position: { location: THERE, onHand: { value: '1' } } });
    const [, line] = await inventory.events('inventory.movement.recorded', `PEN@${HERE}`);
    expect(line).toMatchObject({ type: 'ADJUST', delta: '-2', reasonCode: 'DAMAGED' });
  });

  it('is for a till at its own location only', async () => {
    const till = principalOf('store', { location: THERE });
    expect(codeOf(await inventory.mutate('adjustStock', adjustment, till))).toBe('FORBIDDEN');
    const own = await inventory.mutate('adjustStock', { ...adjustment, location: THERE }, till);
    expect(own.result.__typename).toBe('StockAdjusted');
  });

  it.each([
    ['UNKNOWN_SKU', { sku: 'NO-SUCH-SKU' }],
    ['UNKNOWN_LOCATION', { location: NOWHERE }],
    ['UNIT_MISMATCH', { delta: { value: '1', uom: 'KGM' } }],
    ['BAD_USER_INPUT', { delta: { value: '0' } }],
    ['BAD_USER_INPUT', { delta: { value: '0.0001' } }],
    ['BAD_USER_INPUT', { delta: { value: '1000001' } }],
    ['BAD_USER_INPUT', { reasonCode: '' }],
  ])('is refused with %s: %j', async (code, input) => {
    expect(codeOf(await inventory.mutate('adjustStock', { ...adjustment, ...input }))).toBe(code);
  });

  it('is refused with STOCK_NOT_TRACKED', async () => {
    await inventory.products.append([product([{ sku: 'REPAIR', trackInventory: false }])]);
    await inventory.graph.settle();
    expect(codeOf(await inventory.mutate('adjustStock', { ...adjustment, sku: 'REPAIR' }))).toBe('STOCK_NOT_TRACKED');
  });
});

describe('locations', () => {
  const upsert = (input: Record<string, unknown>, principal = feed) =>
    inventory.mutate(
      'upsertLocations',
      { system: 'erp', locations: [place(HERE, 'High Street 2')], ...input },
      principal,
    );

  it('are told of, and changed, by their system of record', async () => {
    expect((await upsert({})).result).toMatchObject({ locations: [{ gln: HERE, name: 'High Street 2' }] });
    const query = 'query ($gln: Gln!) { location(gln: $gln) { name timeZone } locations { gln } }';
    expect((await inventory.graph.execute('inventory', query, { gln: HERE })).data).toEqual({
      location: { name: 'High Street 2', timeZone: 'Europe/London' },
      locations: [{ gln: THERE }, { gln: HERE }],
    });
    expect((await inventory.graph.execute('inventory', query, { gln: NOWHERE })).data?.location).toBeNull();
  });

  it('of another system are refused with NOT_OWNER, and none of the call is written', async () => {
    const wms = principalOf('feed', { system: 'wms' });
    const locations = [place(NOWHERE, 'New'), place(HERE, 'Taken over')];
    const { result } = await upsert({ system: 'wms', locations }, wms);
    expect(result).toMatchObject({ code: 'NOT_OWNER', owner: 'erp' });
    expect((await inventory.graph.execute('inventory', `{ location(gln: "${NOWHERE}") { name } }`)).data).toEqual({
      location: null,
    });
  });

  it('are refused to a token that speaks for another system or none, and when they make no sense', async () => {
    expect(codeOf(await upsert({ system: 'wms' }))).toBe('FORBIDDEN');
    expect(codeOf(await upsert({}, principalOf('feed')))).toBe('FORBIDDEN');
    const lost = { ...place(THERE, 'Lost'), timeZone: 'Europe/Atlantis' };
    expect(codeOf(await upsert({ locations: [lost] }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await upsert({ locations: [place(HERE, 'a'), place(HERE, 'b')] }))).toBe('BAD_USER_INPUT');
  });
});

it('a write by anyone but the owner is logged as a warning', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const db = new Database({ url: inventory.graph.url, schema: 'inventory', poolSize: 1, logger });
  const outbox = new Outbox(() => undefined);
  const context = { db, outbox, clock: inventory.graph.clock, logger, keys: testKeys, principal: feed };
  const locations = [place(HERE, 'Taken over')];
  const wms = { ...context, principal: principalOf('feed', { system: 'wms' }) };
  await upsertLocations(wms, { idempotencyKey: newId(), system: 'wms', locations });
  const none = { ...context, principal: principalOf('feed') };
  await expect(upsertLocations(none, { idempotencyKey: newId(), system: 'erp', locations })).rejects.toThrow('system');
  await db.close();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, system: 'wms', owner: 'erp', sub: 'test-feed' },
    { level: 40, operation: 'upsertLocations', claimed: 'erp', sub: 'test-feed' },
  ]);
});

it('the ledger cannot be changed', async () => {
  await inventory.stock('FINAL', '1');
  const { db } = inventory.graph.subgraph('inventory');
  const rewrite = command('test.rewrite', 'update stock_movement set delta = 2');
  const erase = command('test.erase', 'delete from stock_movement');
  await expect(db.transaction('rewrite', (tx) => tx.run(rewrite))).rejects.toThrow('ledger');
  await expect(db.transaction('erase', (tx) => tx.run(erase))).rejects.toThrow('ledger');
});

describe('A2 in small', () => {
  const SKUS = ['RA', 'RB', 'RC'];
  const MOST_TRIES = 40;
  const step = fc.record({
    kind: fc.constantFrom('reserve', 'release', 'extend', 'adjust', 'sell'),
    sku: fc.constantFrom(...SKUS),
    count: fc.integer({ min: 1, max: 3 }),
    ttlSeconds: fc.constantFrom(1, 600),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const kill = statement(
    'test.kill',
    `select pg_terminate_backend(pid) as killed from pg_stat_activity
     where datname = current_database() and application_name = 'inventory' and pid <> pg_backend_pid()
     order by random() limit 2`,
    () => undefined,
  );

  it('300 random commands in two processes, connections killed meanwhile: one effect each, positions are folds', async () => {
    for (const sku of SKUS) await inventory.stock(sku, '40');
    const [peer] = inventory.graph.startPeer([inventorySubgraph]);
    const there = mutateThrough(async (query, variables, principal) =>
      peer ? peer.execute({ query, variables: { ...variables }, principal: serializePrincipal(principal) }) : {},
    );
    const expected = new Map(SKUS.map((sku) => [sku, 40]));
    const reservations: string[] = [];
    const insist: Mutate = async (name, input, principal) => {
      const again = { idempotencyKey: newId(), ...input };
      for (let attempt = 1; ; attempt += 1) {
        const answer = await (attempt % 2 ? inventory.mutate : there)(name, again, principal);
        const code = answer.errors?.[0]?.extensions?.code;
        if (code !== 'DATABASE_UNAVAILABLE' || attempt === MOST_TRIES) return answer;
        await sleep(20);
      }
    };
    const run = async ({ kind, sku, count, ttlSeconds }: Step): Promise<void> => {
      const quantity = { value: String(count) };
      if (kind === 'reserve') {
        const holder = { kind: 'CART', id: 'a2' };
        const { result } = await insist('reserveStock', { sku, location: HERE, quantity, holder, ttlSeconds });
        if (result.__typename === 'StockReserved') reservations.push((result.reservation as { id: string }).id);
        else expect(result.code).toBe('OUT_OF_STOCK');
      } else if (kind === 'adjust') {
        const delta = { value: String(count - 2 || 1) };
        const { result } = await insist('adjustStock', { sku, location: HERE, delta, reasonCode: 'COUNTED' });
        expect(result.__typename).toBe('StockAdjusted');
        expected.set(sku, (expected.get(sku) ?? 0) + Number(delta.value));
      } else if (kind === 'sell') {
        await inventory.orders.append([sale([{ sku, quantity: '1' }])]);
        expected.set(sku, (expected.get(sku) ?? 0) - 1);
      } else {
        const reservationId = reservations.at(-count);
        if (reservationId === undefined) return;
        const name = kind === 'release' ? 'releaseReservation' : 'extendReservation';
        expect(codeOf(await insist(name, { reservationId }))).toBeOneOf([undefined, 'RESERVATION_NOT_HELD']);
      }
    };
    const steps = fc.sample(step, { numRuns: 300, seed: 20_261_124 });
    let ended = 0;
    const work = Array.from({ length: 10 }, async () => {
      for (let next = steps.pop(); next; next = steps.pop()) {
        await run(next);
        ended += 1;
      }
    });
    const database = inventory.graph.subgraph('orders_log').db;
    let working = true;
    let killed = 0;
    // Paced by what gets done: on a busy machine a kill every few milliseconds would let no command ever end.
    const killing = (async () => {
      for (let before = -2; working; await sleep(10)) {
        if (ended < before + 2) continue;
        before = ended;
        killed += (await database.all(kill)).length;
      }
    })();
    try {
      await Promise.all(work);
    } finally {
      working = false;
      steps.length = 0;
      await Promise.allSettled([...work, killing]);
    }
    expect(killed).toBeGreaterThan(100);
    await inventory.graph.settle();
    expect(await positionsNotTheirFold(inventory.graph)).toEqual([]);
    const now = await Promise.all(SKUS.map(async (sku) => [sku, Number((await inventory.position(sku))?.onHand)]));
    expect(now).toEqual([...expected]);
  }, 60_000);
});
