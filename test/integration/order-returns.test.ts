// Announced returns on a real database: what policy allows, what comes in, and that no race gives more back than was sold or paid.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '#platform/auth/principal.ts';
import { ELSEWHERE, type Orders, operator, otherShop, shopperOf, startKnowingOrders, till } from '../kit/orders.ts';
import { LOCATION, line, returnInput } from '../kit/tickets.ts';

let orders: Orders;
beforeAll(async () => {
  orders = await startKnowingOrders();
  await orders.know({ sku: 'UNDERWEAR', returnable: false }, { sku: 'RADIO', returnWindowDays: 7 });
});
afterAll(() => orders.graph.close());

const part = (lineNo: number, value = '1') => ({ lineNo, quantity: { value } });
const REQUESTED = { location: LOCATION, requestedAt: '2026-11-25T10:00:00Z' };
const RECEIVED = { location: LOCATION, receivedAt: '2026-11-26T10:00:00Z' };
const request = (orderId: string, lines: object[], more: Record<string, unknown> = {}, principal?: Principal) =>
  orders.answer('requestReturn', { ...REQUESTED, orderId, lines, ...more }, principal);
const receive = (
  returnId: string | undefined,
  lines: object[],
  money?: string,
  more: Record<string, unknown> = {},
  principal?: Principal,
) => {
  const refunds = money === undefined ? [] : [{ type: 'CASH', amount: money }];
  return orders.answer('receiveReturn', { ...RECEIVED, returnId, lines, refunds, ...more }, principal);
};
async function announced(lines: object[] = [part(1)], changes: Record<string, unknown> = {}) {
  const { order } = await orders.sell(changes);
  const { return: made } = await request(order.id, lines);
  return { orderId: order.id, returnId: made?.id };
}
async function stateOf(orderId: string) {
  const query = `query ($id: ID!) { order(id: $id) { version lines { quantityReturned { value } } totals { refunded { amount } }
    returns { id status } } }`;
  return (await orders.read(query, { id: orderId })).order;
}
const told = async (type: string, orderId: string) =>
  (await orders.events(type)).filter((event) => event.partition_key === orderId);

describe('requestReturn', () => {
  it('announces what policy allows, and tells of it', async () => {
    const { order } = await orders.sell();
    const result = await request(order.id, [{ ...part(1), reasonCode: 'TOO_BLUE' }]);
    expect(result).toMatchObject({
      __typename: 'ReturnRequested',
      return: {
        status: 'APPROVED',
        refund: { amount: '0.00' },
        lines: [{ orderLineNo: 1, reasonCode: 'TOO_BLUE', gross: { amount: '4.50' } }],
      },
    });
    expect(await told('return.requested', order.id)).toHaveLength(1);
    expect(await told('return.approved', order.id)).toMatchObject([
      { sequence: 2n, data: { returnId: result.return?.id } },
    ]);
    expect(await stateOf(order.id)).toMatchObject({ version: 2, lines: [{ quantityReturned: { value: '0' } }, {}] });
  });

  it('under one key, 20 at once and again 24 hours later, is one effect with one answer', async () => {
    const { order } = await orders.sell();
    const input = { ...REQUESTED, idempotencyKey: randomUUID(), orderId: order.id, lines: [part(1)] };
    const answers = await Promise.all(Array.from({ length: 20 }, () => orders.answer('requestReturn', input)));
    orders.graph.clock.advance(24 * 3_600_000);
    answers.push(await orders.answer('requestReturn', input));
    for (const again of answers) expect(again).toEqual(answers[0]);
    expect(await told('return.requested', order.id)).toHaveLength(1);
    expect(await orders.answer('requestReturn', { ...input, lines: [part(2)] })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  it('is RETURN_DENIED with every reason, and announces nothing', async () => {
    const lines = [line(1, 'UNDERWEAR', 1, '10.00', '10.00'), line(2, 'RADIO', 1, '11.00', '11.00')];
    const { order } = await orders.sell({ lines });
    const wanted = [part(1), part(2, '2'), part(3)];
    const late = { requestedAt: '2026-12-02T10:00:00Z' };
    const denied = await request(order.id, wanted, { ...late, idempotencyKey: 'denied' });
    expect(denied).toMatchObject({
      code: 'RETURN_DENIED',
      reasons: [
        'line 1: UNDERWEAR is not returnable',
        'line 2: the return window of 7 days has passed',
        'line 2: 1 EA can still come back',
        'line 3: the order has no such line',
      ],
    });
    expect(await request(order.id, wanted, { ...late, idempotencyKey: 'denied' })).toEqual(denied);
    expect(await stateOf(order.id)).toMatchObject({ version: 1, returns: [] });
  });

  it('is UNKNOWN_ORDER for an order that is none, or of another shopper', async () => {
    await orders.register('c-own');
    const { order } = await orders.sell({ customer: { id: 'c-own' } });
    expect(await request('none', [part(1)])).toMatchObject({ code: 'UNKNOWN_ORDER', orderId: 'none' });
    expect(await request(order.id, [part(1)], {}, shopperOf('c-other'))).toMatchObject({ code: 'UNKNOWN_ORDER' });
    expect(await request(order.id, [part(1)], {}, shopperOf('c-own'))).toMatchObject({ __typename: 'ReturnRequested' });
  });

  it('many at once never announce more than was sold', async () => {
    const { order } = await orders.sell();
    const answers = await Promise.all(Array.from({ length: 8 }, () => request(order.id, [part(1)])));
    expect(answers.filter(({ __typename }) => __typename === 'ReturnRequested')).toHaveLength(2);
    expect(answers.filter(({ code }) => code === 'RETURN_DENIED')).toHaveLength(6);
  });

  it('of a practice sale is denied: nothing was sold', async () => {
    const { order } = await orders.sell({ training: true });
    expect(await request(order.id, [part(1)])).toMatchObject({ code: 'RETURN_DENIED' });
  });
});

describe('returnEligibility', () => {
  const QUERY =
    'query ($input: ReturnEligibilityInput!) { returnEligibility(input: $input) { decision reasons policyVersion } }';
  const ask = async (input: object, principal?: Principal) =>
    (await orders.read(QUERY, { input }, principal)).returnEligibility;

  it('says what requestReturn would decide at that time, and announces nothing', async () => {
    const { order } = await orders.sell({ lines: [line(1, 'RADIO', 1, '21.00', '21.00')] });
    const input = { orderId: order.id, lines: [part(1)] };
    expect(await ask({ ...input, at: '2026-12-01T09:30:00Z' })).toEqual({
      decision: 'ALLOW',
      reasons: [],
      policyVersion: 'standard-1',
    });
    expect(await ask({ ...input, at: '2026-12-01T09:30:01Z' })).toMatchObject({ decision: 'DENY' });
    expect(await stateOf(order.id)).toMatchObject({ version: 1 });
  });

  it('knows nothing of another shopper’s order', async () => {
    const { order } = await orders.sell();
    const denied = { decision: 'DENY', reasons: ['the order is not known'] };
    expect(await ask({ orderId: order.id, lines: [part(1)] }, shopperOf('c-other'))).toMatchObject(denied);
  });
});

describe('receiveReturn', () => {
  it('takes goods in at any shop, gives the money back, and tells what becomes of the goods', async () => {
    const { orderId, returnId } = await announced([part(1, '2')]);
    const lines = [{ ...part(1), condition: 'chipped', disposition: 'DESTROY' }];
    const result = await receive(returnId, lines, '4.50', { location: ELSEWHERE }, otherShop);
    expect(result).toMatchObject({
      __typename: 'ReturnReceived',
      return: { status: 'REFUNDED', location: { gln: ELSEWHERE }, refund: { amount: '4.50' }, version: 2 },
      order: {
        version: 3,
        totals: { refunded: { amount: '4.50' } },
        lines: [{ quantityReturned: { value: '1' } }, {}],
      },
    });
    expect(result.return?.lines).toMatchObject([
      { condition: 'chipped', disposition: 'DESTROY', quantity: { value: '1' } },
    ]);
    expect(await told('return.received', orderId)).toMatchObject([
      {
        sequence: 3n,
        data: { location: ELSEWHERE, lines: [{ quantity: '1', gross: '4.50', disposition: 'DESTROY' }] },
      },
    ]);
    // The second mug was announced and did not come: it may be announced again.
    expect(await request(orderId, [part(1)])).toMatchObject({ __typename: 'ReturnRequested' });
  });

  it('under one key, 20 at once and again 24 hours later, is one effect with one answer', async () => {
    const { orderId, returnId } = await announced();
    const input = {
      ...RECEIVED,
      idempotencyKey: randomUUID(),
      returnId,
      lines: [part(1)],
      refunds: [{ type: 'CASH', amount: '4.50' }],
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => orders.answer('receiveReturn', input)));
    orders.graph.clock.advance(24 * 3_600_000);
    answers.push(await orders.answer('receiveReturn', input));
    for (const again of answers) expect(again).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ order: { totals: { refunded: { amount: '4.50' } } } });
    expect(await told('return.received', orderId)).toHaveLength(1);
    expect(await orders.answer('receiveReturn', { ...input, refunds: [] })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  it('takes its refund out of the money of the day the shop is in, opened or by the calendar', async () => {
    const shop = '5060000000047';
    const query = `query ($shop: Gln!, $date: Date!) { businessDay(location: $shop, date: $date) {
      tenders { type recorded { amount } } } }`;
    const tenders = async (date: string) => (await orders.read(query, { shop, date }, operator)).businessDay;
    const takeIn = async (receivedAt: string) => {
      const { returnId } = await announced();
      await receive(returnId, [part(1)], '4.50', { location: shop, receivedAt }, operator);
    };
    await orders.answer(
      'openBusinessDay',
      { location: shop, date: '2027-03-01', openedAt: '2027-03-01T08:00:00Z' },
      operator,
    );
    await takeIn('2027-02-28T23:59:59Z');
    // After midnight, before the next day was opened.
    await takeIn('2027-03-02T00:30:00Z');
    await takeIn('2027-03-01T12:00:00Z');
    expect(await tenders('2027-02-28')).toEqual({ tenders: [{ type: 'CASH', recorded: { amount: '-4.50' } }] });
    expect(await tenders('2027-03-01')).toEqual({ tenders: [{ type: 'CASH', recorded: { amount: '-9.00' } }] });
  });

  it('is UNKNOWN_RETURN for none, and for one without an announcement', async () => {
    expect(await receive('none', [part(1)])).toMatchObject({ code: 'UNKNOWN_RETURN' });
    const { results } = await orders.answer('recordTransactions', { transactions: [{ return: returnInput() }] });
    expect(await receive(results?.[0]?.return?.id, [part(1)])).toMatchObject({ code: 'UNKNOWN_RETURN' });
  });

  it('is RETURN_NOT_RECEIVABLE a second time', async () => {
    const { returnId } = await announced();
    await receive(returnId, [part(1)]);
    expect(await receive(returnId, [part(1)])).toMatchObject({ code: 'RETURN_NOT_RECEIVABLE' });
  });

  it('is RECEIPT_EXCEEDS_RETURN for more than was announced, and for a line that was not', async () => {
    const { returnId, orderId } = await announced();
    expect(await receive(returnId, [part(1, '2')])).toMatchObject({ code: 'RECEIPT_EXCEEDS_RETURN' });
    expect(await receive(returnId, [part(2)])).toMatchObject({ code: 'RECEIPT_EXCEEDS_RETURN' });
    expect(await stateOf(orderId)).toMatchObject({ version: 2 });
  });

  it('is REFUND_EXCEEDS_RETURN for more than the goods are worth, or than is left of what was paid', async () => {
    const { returnId } = await announced();
    expect(await receive(returnId, [part(1)], '4.51')).toMatchObject({ code: 'REFUND_EXCEEDS_RETURN' });
    const unpaid = await announced([part(1)], { tenders: [{ type: 'CASH', amount: '4.00' }] });
    expect(await receive(unpaid.returnId, [part(1)], '4.50')).toMatchObject({ code: 'REFUND_EXCEEDS_RETURN' });
    expect(await receive(unpaid.returnId, [part(1)], '4.00')).toMatchObject({ __typename: 'ReturnReceived' });
  });

  it('twice at once takes the goods in once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { orderId, returnId } = await announced([part(1, '2')]);
      const answers = await Promise.all([1, 2].map(() => receive(returnId, [part(1, '2')], '9.00')));
      expect(answers.filter(({ __typename }) => __typename === 'ReturnReceived')).toHaveLength(1);
      expect(answers.filter(({ code }) => code === 'RETURN_NOT_RECEIVABLE')).toHaveLength(1);
      expect(await stateOf(orderId)).toMatchObject({ version: 3, totals: { refunded: { amount: '9.00' } } });
    }
  });

  it('in parts that do not divide evenly never gives back more than was paid, however the parts race', async () => {
    const lines = [line(1, 'MUG-BLUE', 3, '3.33', '10.00')];
    const money = { lines, tenders: [{ type: 'CASH', amount: '10.00' }], grandTotal: '10.00' };
    const { order } = await orders.sell(money);
    const requested = await Promise.all([1, 2, 3].map(() => request(order.id, [part(1)])));
    // Whoever takes the second third in gets 3.34, the others 3.33.
    const taken = await Promise.all(
      requested.map(async ({ return: made }) => {
        const full = await receive(made?.id, [part(1)], '3.34');
        return full.code === 'REFUND_EXCEEDS_RETURN' ? receive(made?.id, [part(1)], '3.33') : full;
      }),
    );
    const refunds = taken.map((answer) => answer.return?.refund.amount ?? '0');
    expect(taken.every(({ __typename }) => __typename === 'ReturnReceived')).toBe(true);
    expect(Math.round(refunds.reduce((sum, amount) => sum + Number(amount) * 100, 0))).toBeLessThanOrEqual(1_000);
    expect(await stateOf(order.id)).toMatchObject({ lines: [{ quantityReturned: { value: '3' } }] });
  });

  it('and return tickets and requests at once never take back more than was sold', async () => {
    const { order } = await orders.sell({ lines: [line(1, 'MUG-BLUE', 4, '5.25', '21.00')] });
    const returns = await Promise.all([part(1), part(1)].map((wanted) => request(order.id, [wanted])));
    const ticket = () => ({ transactions: [{ return: returnInput({ original: { orderId: order.id } }) }] });
    await Promise.all([
      ...returns.map(({ return: made }) => receive(made?.id, [part(1)], '5.25')),
      ...Array.from({ length: 4 }, () => orders.answer('recordTransactions', ticket())),
      ...Array.from({ length: 4 }, () => request(order.id, [part(1)])),
    ]);
    const state = (await stateOf(order.id)) as {
      lines: { quantityReturned: { value: string } }[];
      returns: { status: string }[];
    };
    const back = Number(state.lines[0]?.quantityReturned.value);
    const pending = state.returns.filter(({ status }) => status === 'APPROVED').length;
    expect(back + pending).toBe(4);
  });
});

describe('bad input', () => {
  it.each([
    ['a line named twice', [part(1), part(1)], undefined, 'lines.1.lineNo'],
    ['no line', [], undefined, 'lines'],
    ['a quantity of 0', [part(1, '0')], undefined, 'lines.0.quantity.value'],
    ['a refund of three decimals', [part(1)], '4.505', 'refunds.0.amount'],
    ['a refund below 0', [part(1)], '-1.00', 'refunds.0.amount'],
  ])('%s is refused, the field named, nothing written', async (_, lines, money, path) => {
    const { orderId, returnId } = await announced();
    const before = await orders.written();
    const refunds = money ? [{ type: 'CASH', amount: money }] : [];
    const refusals = [await orders.mutate('receiveReturn', { ...RECEIVED, returnId, lines, refunds }, till)];
    if (!money) refusals.push(await orders.mutate('requestReturn', { ...REQUESTED, orderId, lines }, till));
    for (const { errors } of refusals)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', issues: [{ path }] } }]);
    expect(await orders.written()).toBe(before);
  });

  it('without token or scope, or for another shop, nothing happens', async () => {
    const { orderId, returnId } = await announced();
    const code = async (name: 'requestReturn' | 'receiveReturn', principal?: Principal) => {
      const input = name === 'requestReturn' ? { ...REQUESTED, orderId } : { ...RECEIVED, returnId };
      return (await orders.mutate(name, { ...input, lines: [part(1)] }, principal)).errors?.[0]?.extensions?.code;
    };
    expect(await code('requestReturn')).toBe('UNAUTHENTICATED');
    expect(await code('receiveReturn', shopperOf('c-own'))).toBe('FORBIDDEN');
    expect(await code('receiveReturn', otherShop)).toBe('FORBIDDEN');
    expect(await code('requestReturn', { ...operator, scopes: [] })).toBe('FORBIDDEN');
  });
});
