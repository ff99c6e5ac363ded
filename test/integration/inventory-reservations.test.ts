// Reservations on a real database: never beyond what is available, whoever asks at once; each refusal; the end of time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serializePrincipal } from '#platform/auth/principal.ts';
import { Database, type Writer } from '#platform/db/database.ts';
import { newId } from '#platform/kernel/ids.ts';
import { Outbox } from '#platform/messaging/outbox.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { extendReservation } from '../../subgraphs/inventory/commands/extend-reservation.ts';
import { releaseReservation } from '../../subgraphs/inventory/commands/release-reservation.ts';
import { reserveStock } from '../../subgraphs/inventory/commands/reserve-stock.ts';
import { inventorySubgraph } from '../../subgraphs/inventory/main.ts';
import { principalOf, TestClock, testKeys } from '../kit/graph.ts';
import {
  feed,
  HERE,
  type Inventory,
  type MutationAnswer,
  mutateThrough,
  NOWHERE,
  positionsNotTheirFold,
  product,
  startInventory,
  THERE,
  web,
} from '../kit/inventory.ts';

let inventory: Inventory;
beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(() => inventory.graph.close());

const typesOf = (answers: readonly MutationAnswer[]) =>
  answers.map(({ result }) => String(result.__typename)).toSorted((a, b) => a.localeCompare(b));
const reservationOf = ({ result }: MutationAnswer) =>
  result.reservation as { id: string; status: string; expiresAt: string };

describe('reserving stock', () => {
  it('A5: one key, 20 at once and again later, has one effect and one answer; another body is a conflict', async () => {
    await inventory.stock('A5', '9');
    const idempotencyKey = newId();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => inventory.reserve('A5', '2', { idempotencyKey })),
    );
    expect(typesOf(answers)).toEqual(answers.map(() => 'StockReserved'));
    await inventory.mutate('adjustStock', { sku: 'A5', location: HERE, delta: { value: '-1' }, reasonCode: 'DAMAGED' });
    inventory.graph.clock.advance(24 * 3_600_000);
    answers.push(await inventory.reserve('a5', '2.0', { idempotencyKey, ttlSeconds: 900 }));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const { result } = await inventory.reserve('A5', '3', { idempotencyKey });
    expect(result).toMatchObject({ __typename: 'IdempotencyConflict', code: 'IDEMPOTENCY_CONFLICT' });
    expect(await inventory.events('inventory.reservation.held', `A5@${HERE}`)).toHaveLength(1);
  });

  it('keeps a refusal under its key too', async () => {
    await inventory.stock('KEPT', '1');
    const idempotencyKey = newId();
    const first = await inventory.reserve('KEPT', '2', { idempotencyKey });
    await inventory.mutate('adjustStock', { sku: 'KEPT', location: HERE, delta: { value: '5' }, reasonCode: 'FOUND' });
    expect(first.result).toMatchObject({ code: 'OUT_OF_STOCK', available: { value: '1', uom: 'EA' } });
    expect(await inventory.reserve('KEPT', '2', { idempotencyKey })).toEqual(first);
  });

  it('tells who holds what until when, and what is left', async () => {
    await inventory.stock('LEFT', '3');
    const { result } = await inventory.reserve('left', '1.5', { ttlSeconds: 60, channel: 'web' });
    expect(result).toMatchObject({
      __typename: 'StockReserved',
      reservation: { sku: 'LEFT', location: HERE, quantity: { value: '1.5', uom: 'EA' }, status: 'HELD' },
      position: { onHand: { value: '3' }, reserved: { value: '1.5' }, available: { value: '1.5' }, version: 2 },
    });
    const [told] = await inventory.events('inventory.reservation.held', `LEFT@${HERE}`);
    expect(told).toMatchObject({ quantity: '1.5', holder: { kind: 'CART', id: 'c1' }, channel: 'web', status: 'HELD' });
  });

  it('takes five statements, so that the lock of a busy position is short', async () => {
    await inventory.stock('FIVE', '3');
    const { db, sent } = countingDatabase(inventory.graph.url);
    const { clock } = inventory.graph;
    const outbox = new Outbox(() => undefined);
    const context = { db, outbox, clock, logger: silentLogger, keys: testKeys, principal: web };
    const input = { idempotencyKey: newId(), sku: 'FIVE', location: HERE, quantity: { value: '1' } };
    await reserveStock(context, { ...input, holder: { kind: 'CART', id: 'c' }, ttlSeconds: 5 });
    await db.close();
    expect(sent).toEqual([
      'idempotency.find',
      'position.lockSituation',
      'reservation.hold',
      'outbox.append',
      'idempotency.keep',
    ]);
  });

  describe('is refused', () => {
    it('for an unknown SKU', async () => {
      expect((await inventory.reserve('NO-SUCH-SKU', '1')).result).toMatchObject({ code: 'UNKNOWN_SKU' });
    });

    it('at an unknown location', async () => {
      await inventory.stock('PLACED', '1');
      const { result } = await inventory.reserve('PLACED', '1', { location: NOWHERE });
      expect(result).toMatchObject({ code: 'UNKNOWN_LOCATION', location: NOWHERE });
    });

    it('where the known SKU never was', async () => {
      await inventory.stock('ELSEWHERE', '1');
      const { result } = await inventory.reserve('ELSEWHERE', '1', { location: THERE });
      expect(result).toMatchObject({ code: 'OUT_OF_STOCK', available: { value: '0' } });
    });

    it('for a SKU no stock is kept of', async () => {
      await inventory.products.append([product([{ sku: 'GIFT-WRAP', trackInventory: false }])]);
      await inventory.graph.settle();
      expect((await inventory.reserve('GIFT-WRAP', '1')).result).toMatchObject({ code: 'STOCK_NOT_TRACKED' });
    });

    it('in another unit', async () => {
      await inventory.stock('UNIT', '1');
      const { result } = await inventory.reserve('UNIT', '1', { quantity: { value: '1', uom: 'KGM' } });
      expect(result).toMatchObject({ code: 'UNIT_MISMATCH', uom: 'EA' });
    });

    it.each([
      ['quantity', { quantity: { value: '0' } }],
      ['quantity', { quantity: { value: '-1' } }],
      ['quantity', { quantity: { value: '1.0001' } }],
      ['ttlSeconds', { ttlSeconds: 0 }],
      ['ttlSeconds', { ttlSeconds: 86_401 }],
      ['sku', { sku: ' ' }],
      ['idempotencyKey', { idempotencyKey: '' }],
    ])('with BAD_USER_INPUT naming %s: %j', async (field, input) => {
      const { errors } = await inventory.reserve('UNIT', '1', input);
      expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
      expect(JSON.stringify(errors?.[0]?.extensions?.issues)).toContain(field);
    });

    it('without a token, and without the scope', async () => {
      const anonymous = await inventory.reserve('UNIT', '1', {}, { ...web, sub: 'anonymous' });
      expect(anonymous.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
      const scopeless = await inventory.reserve('UNIT', '1', {}, feed);
      expect(scopeless.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    });
  });
});

describe('a reservation', () => {
  const ann = principalOf('shopper', { customerId: 'ann', clientId: 'app' });
  const bob = principalOf('shopper', { customerId: 'bob', clientId: 'app' });
  const QUERY = 'query ($id: ID!) { reservation(id: $id) { id status } }';

  it('is extended, and released, and then has ended', async () => {
    await inventory.stock('ROUND', '2');
    const reservationId = reservationOf(await inventory.reserve('ROUND', '2', { ttlSeconds: 60 })).id;
    const extended = await inventory.mutate('extendReservation', { reservationId, ttlSeconds: 600 });
    expect(new Date(reservationOf(extended).expiresAt).getTime()).toBeGreaterThan(
      inventory.graph.clock.now().getTime() + 500_000,
    );
    const released = await inventory.mutate('releaseReservation', { reservationId });
    expect(released.result).toMatchObject({
      reservation: { status: 'RELEASED' },
      position: { available: { value: '2' } },
    });
    const refusal = { code: 'RESERVATION_NOT_HELD', status: 'RELEASED' };
    expect((await inventory.mutate('releaseReservation', { reservationId })).result).toMatchObject(refusal);
    expect((await inventory.mutate('extendReservation', { reservationId })).result).toMatchObject(refusal);
    expect(await inventory.events('inventory.reservation.extended', `ROUND@${HERE}`)).toHaveLength(1);
    expect(await inventory.events('inventory.reservation.released', `ROUND@${HERE}`)).toHaveLength(1);
  });

  it('that never was can be neither extended nor released', async () => {
    const refusal = { code: 'RESERVATION_NOT_FOUND' };
    expect((await inventory.mutate('releaseReservation', { reservationId: newId() })).result).toMatchObject(refusal);
    expect((await inventory.mutate('extendReservation', { reservationId: newId() })).result).toMatchObject(refusal);
  });

  it('of a shopper is hers: absent for another one, FORBIDDEN to change', async () => {
    await inventory.stock('HERS', '2');
    const { id } = reservationOf(await inventory.reserve('HERS', '1', {}, ann));
    const seen = (principal: typeof ann) => inventory.graph.execute('inventory', QUERY, { id }, principal);
    expect((await seen(ann)).data).toEqual({ reservation: { id, status: 'HELD' } });
    expect(await seen(bob)).toEqual({ data: { reservation: null } });
    const foreign = await inventory.mutate('releaseReservation', { reservationId: id }, bob);
    expect(foreign.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    const extended = await inventory.mutate('extendReservation', { reservationId: id }, bob);
    expect(extended.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  });

  it('needs a scope also where another subgraph refers to it', async () => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Reservation { status } } }`;
    const of = [{ __typename: 'Reservation', id: newId() }];
    expect((await inventory.graph.execute('inventory', query, { of }, web)).errors).toBeUndefined();
    await inventory.stock('ENTITY', '1');
    const { id } = reservationOf(await inventory.reserve('ENTITY', '1'));
    const own = { of: [{ ...of[0], id }] };
    const { errors } = await inventory.graph.execute('inventory', query, own, { ...web, scopes: [] });
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect((await inventory.graph.execute('inventory', query, own)).data).toEqual({ _entities: [null] });
  });

  it('is ended by the sweeper when its time is over, once, and what it held can be had again', async () => {
    await inventory.stock('SWEPT', '4');
    const held = await Promise.all([1, 2, 3].map(() => inventory.reserve('SWEPT', '1', { ttlSeconds: 30 })));
    const kept = await inventory.reserve('SWEPT', '1', { ttlSeconds: 3_600 });
    inventory.graph.clock.advance(31_000);
    await expect.poll(() => inventory.position('SWEPT'), { timeout: 5_000 }).toMatchObject({ available: '3' });
    const statusOf = async (answer: MutationAnswer) =>
      (await inventory.graph.execute('inventory', QUERY, { id: reservationOf(answer).id }, web)).data?.reservation;
    expect(await Promise.all(held.map(statusOf))).toMatchObject(held.map(() => ({ status: 'EXPIRED' })));
    expect(await statusOf(kept)).toMatchObject({ status: 'HELD' });
    expect(await inventory.events('inventory.reservation.expired', `SWEPT@${HERE}`)).toHaveLength(3);
    expect(await positionsNotTheirFold(inventory.graph)).toEqual([]);
  });

  it('whose time is over ends for whoever meets it first, swept or not', async () => {
    await inventory.stock('DUE', '2');
    const answers = [
      await inventory.reserve('DUE', '1', { ttlSeconds: 5 }),
      await inventory.reserve('DUE', '1', { ttlSeconds: 5 }),
    ];
    const [extended, released] = answers.map((answer) => reservationOf(answer).id);
    const { unswept, advance } = inventoryWithoutSweeper(inventory);
    advance(6_000);
    const refusal = { __typename: 'ReservationNotHeld', status: 'EXPIRED' };
    const input = { idempotencyKey: newId() };
    expect(await extendReservation(unswept, { ...input, reservationId: extended })).toMatchObject(refusal);
    expect(await releaseReservation(unswept, { ...input, reservationId: released })).toMatchObject(refusal);
    expect(await inventory.position('DUE')).toMatchObject({ onHand: '2', reserved: '0' });
    expect(await inventory.events('inventory.reservation.expired', `DUE@${HERE}`)).toHaveLength(2);
    await unswept.db.close();
  });

  it('whose time is over makes room for the next at once', async () => {
    await inventory.stock('ROOM', '3');
    await inventory.reserve('ROOM', '2', { ttlSeconds: 5 });
    const { unswept, advance } = inventoryWithoutSweeper(inventory);
    advance(6_000);
    const input = { sku: 'ROOM', location: HERE, holder: { kind: 'CART', id: 'next' } };
    const reserve = (value: string) =>
      reserveStock(unswept, { ...input, idempotencyKey: newId(), quantity: { value } });
    expect(await reserve('4')).toMatchObject({ __typename: 'OutOfStock', available: { milli: 3_000n } });
    expect(await reserve('3')).toMatchObject({ __typename: 'StockReserved', position: { reserved: 3_000n } });
    expect(await inventory.events('inventory.reservation.expired', `ROOM@${HERE}`)).toHaveLength(1);
    expect(await positionsNotTheirFold(inventory.graph)).toEqual([]);
    await unswept.db.close();
  });
});

// Last, because from here on two processes share the consumers' work.
it('A1: of 50 at once on 5 units, through two processes, exactly 5 are held and 45 are out of stock', async () => {
  await inventory.stock('A1', '5');
  const [peer] = inventory.graph.startPeer([inventorySubgraph]);
  const there = mutateThrough(async (query, variables, principal) =>
    peer ? peer.execute({ query, variables: { ...variables }, principal: serializePrincipal(principal) }) : {},
  );
  const input = { sku: 'A1', location: HERE, quantity: { value: '1' }, holder: { kind: 'CART', id: 'c' } };
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? there : inventory.mutate)('reserveStock', input)),
  );
  const types = typesOf(answers);
  expect(types.filter((type) => type === 'StockReserved')).toHaveLength(5);
  expect(types.filter((type) => type === 'OutOfStock')).toHaveLength(45);
  expect(await inventory.position('A1')).toMatchObject({ onHand: '5', reserved: '5', available: '0' });
  expect(await positionsNotTheirFold(inventory.graph)).toEqual([]);
});

/** A command's context on the same database whose clock runs ahead of the sweeper's. */
function inventoryWithoutSweeper({ graph }: Inventory) {
  const clock = new TestClock();
  clock.advance(graph.clock.now().getTime() - clock.now().getTime());
  const db = new Database({ url: graph.url, schema: 'inventory', poolSize: 2, logger: silentLogger });
  const outbox = new Outbox(() => undefined);
  const unswept = { db, outbox, clock, logger: silentLogger, keys: testKeys, principal: web };
  return { unswept, advance: (ms: number) => clock.advance(ms) };
}

/** A database that writes down which statements its transactions send. */
function countingDatabase(url: string): { db: Database; sent: string[] } {
  const sent: string[] = [];
  class Counting extends Database {
    override transaction<T>(name: string, work: (tx: Writer) => Promise<T>): Promise<T> {
      return super.transaction(name, (tx) =>
        work({
          all: (statement, values) => (sent.push(statement.name), tx.all(statement, values)),
          one: (statement, values) => (sent.push(statement.name), tx.one(statement, values)),
          run: (statement, values) => (sent.push(statement.name), tx.run(statement, values)),
          defer(statement, values) {
            sent.push(statement.name);
            tx.defer(statement, values);
          },
          onCommit: (callback) => tx.onCommit(callback),
        }),
      );
    }
  }
  return { db: new Counting({ url, schema: 'inventory', poolSize: 1, logger: silentLogger }), sent };
}
