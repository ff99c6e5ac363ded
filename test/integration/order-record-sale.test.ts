// recordSale on a real database: what is stored, what is refused, and that the same ticket is one ticket however often it comes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../kit/database.ts';
import { ELSEWHERE, type Orders, operator, startKnowingOrders, till } from '../kit/orders.ts';
import { LOCATION, line, saleInput } from '../kit/tickets.ts';

let orders: Orders;
beforeAll(async () => {
  orders = await startKnowingOrders();
});
afterAll(() => orders.graph.close());

const HOURS = 3_600_000;
const exceptionsOf = async (changes: Record<string, unknown>) =>
  (await orders.sell(changes)).transaction.exceptions.map(({ code, lineNo }) => [code, lineNo]);
const salesTold = async (orderId: string) =>
  (await orders.events('order.sale.recorded')).filter((told) => told.partition_key === orderId);

describe('a ticket', () => {
  it('is stored with its order, exact totals and one event', async () => {
    const lines = [
      { ...line(1, 'mug-blue', 2, '4.50', '9.00'), taxRate: '0.20' },
      line(2, 'CANDLE', 1, '12.00', '12.00'),
    ];
    const input = saleInput({ lines });
    const sold = await orders.sell(input);
    expect(sold).toMatchObject({
      __typename: 'SaleRecorded',
      duplicate: false,
      transaction: { type: 'SALE', transactionId: input.transactionId, exceptions: [], heldFromPosting: false },
      order: {
        number: `${LOCATION}-till-1-20261124-${String(input.sequence)}`,
        status: 'FULFILLED',
        version: 1,
        customer: null,
        lines: [{ variant: { sku: 'MUG-BLUE' } }, { gross: { amount: '12.00' } }],
        totals: {
          net: { amount: '19.50' },
          tax: { amount: '1.50' },
          grandTotal: { amount: '21.00' },
          paid: { amount: '21.00' },
          refunded: { amount: '0.00' },
          due: { amount: '0.00' },
        },
        tenders: [{ type: 'CARD', amount: { amount: '21.00' } }],
      },
    });
    expect(await salesTold(sold.order.id)).toMatchObject([
      {
        sequence: 1n,
        data: { net: '19.50', grandTotal: '21.00', location: LOCATION, transactionId: sold.transaction.id },
      },
    ]);
  });

  it('of a thousand lines is taken', async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => line(n + 1, 'MUG-BLUE', 1, '1.00', '1.00'));
    const sold = await orders.sell({ lines, grandTotal: '1000.00', tenders: [{ type: 'CASH', amount: '1000.00' }] });
    expect(sold.transaction.exceptions).toEqual([]);
  });

  it('of practice is stored and never told', async () => {
    const sold = await orders.sell({ training: true });
    expect(sold).toMatchObject({ transaction: { training: true } });
    expect(await salesTold(sold.order.id)).toEqual([]);
    const { orders: list } = await orders.read('{ orders(first: 100) { edges { node { id } } } }');
    expect(JSON.stringify(list)).not.toContain(sold.order.id);
  });
});

describe('the same ticket', () => {
  it('under one key, 20 at once and again 24 hours later, is one effect with one answer', async () => {
    const input = saleInput();
    const answers = await Promise.all(Array.from({ length: 20 }, () => orders.answer('recordSale', input)));
    orders.graph.clock.advance(24 * HOURS);
    answers.push(await orders.answer('recordSale', input));
    expect(answers[0]).toMatchObject({ __typename: 'SaleRecorded', duplicate: false });
    for (const again of answers) expect(again).toEqual(answers[0]);
    expect(await salesTold(answers[0]?.order?.id ?? '')).toHaveLength(1);
  });

  it('under one key with another body is an IdempotencyConflict, and nothing is written', async () => {
    const input = saleInput();
    const first = await orders.answer('recordSale', input);
    const before = await orders.written();
    const other = { ...input, grandTotal: '22.00' };
    expect(await orders.answer('recordSale', other)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await orders.written()).toBe(before);
    expect(await orders.answer('recordSale', input)).toEqual(first);
  });

  it('under another key, also of another cashier, is a duplicate with the first answer', async () => {
    const input = saleInput();
    const first = await orders.answer('recordSale', input);
    const again = { ...input, idempotencyKey: randomUUID(), offline: true };
    expect(await orders.answer('recordSale', again, { ...till, sub: 'another' })).toEqual({
      ...first,
      duplicate: true,
    });
    expect(await orders.answer('recordSale', again, operator)).toEqual({ ...first, duplicate: true });
  });

  it('under 20 keys at once is one sale and 19 duplicates of it', async () => {
    const ticket = saleInput();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => orders.answer('recordSale', { ...ticket, idempotencyKey: randomUUID() })),
    );
    expect(answers.filter(({ duplicate }) => duplicate === false)).toHaveLength(1);
    expect(new Set(answers.map(({ order }) => order?.id)).size).toBe(1);
  });

  it('answers with the order as it is now: a return in between shows', async () => {
    const input = saleInput();
    const { order } = await orders.answer('recordSale', input);
    const requested = { orderId: order?.id, location: LOCATION, requestedAt: '2026-11-25T10:00:00Z' };
    await orders.answer('requestReturn', { ...requested, lines: [{ lineNo: 1, quantity: { value: '1' } }] });
    expect(await orders.answer('recordSale', input)).toMatchObject({ order: { id: order?.id, version: 2 } });
  });
});

describe('another ticket under a known name', () => {
  const quarantined = (transactionId: string | undefined) =>
    query(orders.graph.url, 'select body from orders.transaction_conflict where transaction_id = $1', [transactionId]);

  it('at the same place of the till’s day is a TransactionConflict, kept in quarantine once', async () => {
    const input = saleInput();
    const first = await orders.answer('recordSale', input);
    const other = { ...input, transactionId: randomUUID(), grandTotal: '22.00' };
    for (const idempotencyKey of [randomUUID(), randomUUID()]) {
      const conflict = await orders.answer('recordSale', { ...other, idempotencyKey });
      expect(conflict).toMatchObject({ code: 'TRANSACTION_CONFLICT', transaction: { id: first.transaction?.id } });
      expect(await orders.answer('recordSale', { ...other, idempotencyKey })).toEqual(conflict);
    }
    expect(await quarantined(first.transaction?.id)).toMatchObject([
      { body: { grandTotal: '2200', transactionId: other.transactionId } },
    ]);
  });

  it('with the UUID of another is a TransactionConflict', async () => {
    const first = await orders.sell();
    const { transactionId } = first.transaction;
    expect(await orders.answer('recordSale', saleInput({ transactionId }))).toMatchObject({
      code: 'TRANSACTION_CONFLICT',
      transaction: { id: first.transaction.id },
    });
    expect(await quarantined(first.transaction.id)).toHaveLength(1);
  });

  it('of two tills that both count as till-1: one sale, one conflict, whoever comes first', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ticket = saleInput();
      const rival = { ...ticket, idempotencyKey: randomUUID(), transactionId: randomUUID(), grandTotal: '20.00' };
      const answers = await Promise.all([orders.answer('recordSale', ticket), orders.answer('recordSale', rival)]);
      expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(
        new Set(['SaleRecorded', 'TransactionConflict']),
      );
      expect(new Set(answers.map(({ transaction }) => transaction?.id)).size).toBe(1);
    }
  });
});

describe('a ticket with something wrong is recorded, held and listed', () => {
  it.each([
    ['UNKNOWN_SKU', 1, { lines: [line(1, 'NOWHERE', 1, '21.00', '21.00')] }],
    ['UNKNOWN_GTIN', 1, { lines: [{ ...line(1, undefined, 1, '21.00', '21.00'), gtin: '4006381333931' }] }],
    ['UNKNOWN_CUSTOMER', null, { customer: { id: 'nobody' } }],
    ['LINE_TOTAL_MISMATCH', 1, { lines: [line(1, 'MUG-BLUE', 1, '20.00', '21.00')] }],
    ['GRAND_TOTAL_MISMATCH', null, { lines: [line(1, 'MUG-BLUE', 1, '20.00', '20.00')] }],
    ['TENDERS_MISMATCH', null, { tenders: [{ type: 'CASH', amount: '20.00' }] }],
  ])('%s', async (code, lineNo, changes) => {
    const sold = await orders.sell(changes);
    expect(sold.transaction).toMatchObject({ heldFromPosting: true, exceptions: [{ code, lineNo }] });
    const held = await orders.read(`{ heldTransactions(first: 1) { edges { node { id exceptions { code } } } } }`);
    expect(held).toMatchObject({
      heldTransactions: { edges: [{ node: { id: sold.transaction.id, exceptions: [{ code }] } }] },
    });
    expect(await salesTold(sold.order.id)).toHaveLength(1);
  });

  it('UNKNOWN_CUSTOMER is told by the id named: who keeps points can wait for it', async () => {
    const sold = await orders.sell({ customer: { id: 'not-yet' } });
    expect(sold.order).toMatchObject({ customer: null });
    expect(await salesTold(sold.order.id)).toMatchObject([{ data: { customerId: 'not-yet' } }]);
  });

  it('all of it at once', async () => {
    const lines = [line(1, 'NOWHERE', 1, '5.00', '6.00')];
    expect(await exceptionsOf({ lines, customer: { id: 'nobody' } })).toEqual([
      ['UNKNOWN_SKU', 1],
      ['LINE_TOTAL_MISMATCH', 1],
      ['GRAND_TOTAL_MISMATCH', null],
      ['UNKNOWN_CUSTOMER', null],
    ]);
  });

  it('unless it was practice: nobody has to mend that', async () => {
    const sold = await orders.sell({ training: true, tenders: [] });
    const held = await orders.read(`{ heldTransactions(first: 100) { edges { node { id } } } }`);
    expect(JSON.stringify(held)).not.toContain(sold.transaction.id);
  });
});

describe('a ticket that cannot be understood is refused, its field named, nothing written', () => {
  const lineWith = (changes: Record<string, unknown>) => ({
    lines: [{ ...line(1, 'MUG-BLUE', 1, '21.00', '21.00'), ...changes }],
  });
  const many = Array.from({ length: 10_000 }, (_, n) => line(n + 1, 'MUG-BLUE', 1, '1.00', '1.00'));

  it.each([
    ['negative quantity', lineWith({ quantity: { value: '-1' } }), 'lines.0.quantity.value'],
    ['huge quantity', lineWith({ quantity: { value: '1000000000000' } }), 'lines.0.quantity.value'],
    ['wrong GTIN', lineWith({ gtin: '4006381333932' }), 'lines[0].gtin'],
    ['wrong GLN', { location: '5060000000017' }, 'location'],
    ['float money', lineWith({ unitPrice: 4.5 }), 'lines[0].unitPrice'],
    ['float total', { grandTotal: 21 }, 'grandTotal'],
    ['too many decimals', { grandTotal: '21.001' }, 'grandTotal'],
    ['pence of yen', { currency: 'JPY' }, 'lines.0.unitPrice'],
    ['10,000 lines', { lines: many }, 'lines'],
    ['no lines', { lines: [] }, 'lines'],
    ['two lines of one number', { lines: [line(1, 'A', 1, '1', '1'), line(1, 'B', 1, '1', '1')] }, 'lines.1.lineNo'],
    ['no date', { businessDate: '2026-02-30' }, 'businessDate'],
    ['no UUID', { transactionId: '42' }, 'transactionId'],
    ['empty key', { idempotencyKey: '' }, 'idempotencyKey'],
    ['key of 129 characters', { idempotencyKey: 'k'.repeat(129) }, 'idempotencyKey'],
    ['U+0000', { workstation: 'till\u0000' }, 'workstation'],
  ])('%s', async (_, changes, field) => {
    const before = await orders.written();
    const { errors } = await orders.mutate('recordSale', saleInput(changes), till);
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    const named = JSON.stringify([errors?.[0]?.message, errors?.[0]?.extensions?.issues]);
    expect(named).toContain(field);
    expect(await orders.written()).toBe(before);
  });

  it('without a token, without the scope, for another shop', async () => {
    const before = await orders.written();
    const code = async (...[changes, principal]: [Record<string, unknown>, typeof till?]) =>
      (await orders.mutate('recordSale', saleInput(changes), principal)).errors?.[0]?.extensions?.code;
    expect(await code({})).toBe('UNAUTHENTICATED');
    expect(await code({}, { ...till, scopes: ['orders:read'] })).toBe('FORBIDDEN');
    expect(await code({ location: ELSEWHERE }, till)).toBe('FORBIDDEN');
    expect(await orders.written()).toBe(before);
  });
});
