// recordTransactions on a real database: one answer per ticket, and a bad one spoils only itself.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ELSEWHERE, type Orders, operator, startKnowingOrders, till } from '../kit/orders.ts';
import { line, returnInput, saleInput, saleTicket } from '../kit/tickets.ts';

let orders: Orders;
beforeAll(async () => {
  orders = await startKnowingOrders();
});
afterAll(() => orders.graph.close());

const sale = (changes?: Record<string, unknown>) => ({ sale: saleTicket(changes) });
const back = (changes?: Record<string, unknown>) => ({ return: returnInput(changes) });
const batch = (...transactions: object[]) => ({ idempotencyKey: randomUUID(), transactions });
async function record(...transactions: object[]): Promise<Answer[]> {
  const { results } = await orders.answer('recordTransactions', batch(...transactions));
  return results ?? [];
}
const kinds = (results: readonly Answer[] | undefined) => results?.map(({ __typename }) => __typename);
const returnsTold = async (returnId: string | undefined) =>
  (await orders.events('return.received')).filter(({ data }) => data.returnId === returnId);
const quantityReturned = async (orderId: string) => {
  const query =
    'query ($id: ID!) { order(id: $id) { version lines { quantityReturned { value } } totals { refunded { amount } } } }';
  return (await orders.read(query, { id: orderId })).order;
};

describe('a batch', () => {
  it('has one result per ticket in the order given; a ticket that cannot be understood says so in its place', async () => {
    const known = saleTicket();
    await orders.answer('recordSale', { idempotencyKey: randomUUID(), ...known });
    const results = await record(
      sale(),
      sale({ lines: [line(1, 'MUG-BLUE', -1, '4.50', '4.50')] }),
      { sale: known },
      back(),
      { sale: { ...known, transactionId: randomUUID() } },
      sale({ lines: [line(1, 'NOWHERE', 1, '21.00', '21.00')] }),
      {},
      { ...sale(), ...back() },
    );
    expect(results).toMatchObject([
      { __typename: 'SaleRecorded', duplicate: false },
      { code: 'TRANSACTION_INVALID', issues: [{ path: 'lines.0.quantity.value' }] },
      { __typename: 'SaleRecorded', duplicate: true },
      { __typename: 'ReturnRecorded', duplicate: false },
      { code: 'TRANSACTION_CONFLICT' },
      { __typename: 'SaleRecorded', transaction: { exceptions: [{ code: 'UNKNOWN_SKU' }] } },
      { code: 'TRANSACTION_INVALID', issues: [{ path: '', message: 'must have exactly one of sale and return' }] },
      { code: 'TRANSACTION_INVALID' },
    ]);
  });

  it('with one ticket twice records it once', async () => {
    const ticket = sale();
    const [first, second] = await record(ticket, ticket);
    expect(second).toEqual({ ...first, duplicate: true });
  });

  it('under one key, 20 at once and again 24 hours later, is one effect with one answer', async () => {
    const input = batch(sale(), back(), sale({ transactionId: 'none' }));
    const answers = await Promise.all(Array.from({ length: 20 }, () => orders.answer('recordTransactions', input)));
    orders.graph.clock.advance(24 * 3_600_000);
    answers.push(await orders.answer('recordTransactions', input));
    expect(kinds(answers[0]?.results)).toEqual(['SaleRecorded', 'ReturnRecorded', 'TransactionInvalid']);
    for (const again of answers) expect(again).toEqual(answers[0]);
    expect(await returnsTold(answers[0]?.results?.[1]?.return?.id)).toHaveLength(1);
  });

  it('under one key with other tickets is an IdempotencyConflict, and nothing is written', async () => {
    const input = batch(sale(), sale());
    await orders.answer('recordTransactions', input);
    const before = await orders.written();
    const other = { ...input, transactions: [...input.transactions, sale()] };
    expect(await orders.answer('recordTransactions', other)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await orders.written()).toBe(before);
  });

  it('sent whole again under another key, shuffled, records nothing twice', async () => {
    const tickets = Array.from({ length: 30 }, () => sale());
    const first = await record(...tickets);
    const again = await record(...tickets.toReversed());
    expect(again).toEqual(first.toReversed().map((result) => ({ ...result, duplicate: true })));
  });

  it('from two tills that were offline, a third of it sent twice, shuffled, in batches at once: each ticket once', async () => {
    const tickets = [1, 2].flatMap((tillNo) =>
      Array.from({ length: 60 }, (_, sequence) => sale({ workstation: `offline-${tillNo}`, sequence, offline: true })),
    );
    const sent = [...tickets, ...tickets.filter((_, index) => index % 3 === 0)];
    // A fixed shuffle: neighbours, and a ticket and its double, end up in different batches.
    const shuffled = sent.map((_, index) => sent[(index * 67) % sent.length] ?? sale());
    const batches = Array.from({ length: 8 }, (_, n) => shuffled.slice(n * 20, n * 20 + 20));
    const results = (await Promise.all(batches.map((one) => record(...one)))).flat();
    expect(results).toHaveLength(160);
    expect(results.filter(({ duplicate }) => duplicate === false)).toHaveLength(120);
    const made = new Set(results.map(({ order }) => order?.id));
    expect(made.size).toBe(120);
    const told = (await orders.events('order.sale.recorded')).filter(({ partition_key: key }) => made.has(key));
    expect(told).toHaveLength(120);
  });

  it('of 101 tickets, or of none, is refused', async () => {
    const before = await orders.written();
    for (const tickets of [Array.from({ length: 101 }, () => sale()), []]) {
      const { errors } = await orders.mutate('recordTransactions', batch(...tickets), till);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', issues: [{ path: 'transactions' }] } }]);
    }
    expect(await orders.written()).toBe(before);
  });

  it('with another shop’s ticket in it is refused whole, before anything is written', async () => {
    const before = await orders.written();
    const { errors } = await orders.mutate('recordTransactions', batch(sale(), sale({ location: ELSEWHERE })), till);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await orders.written()).toBe(before);
  });

  it('of 100 tickets is recorded, and without a token refused', async () => {
    const tickets = Array.from({ length: 100 }, () => sale());
    expect(new Set(kinds(await record(...tickets)))).toEqual(new Set(['SaleRecorded']));
    const { errors } = await orders.mutate('recordTransactions', batch(sale()));
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('a return ticket', () => {
  it('without a receipt is a return of nobody’s order, told with what becomes of the goods', async () => {
    const lines = [{ ...line(1, 'MUG-BLUE', 1, '4.50', '4.50'), disposition: 'DESTROY', reasonCode: 'BROKEN' }];
    const [result] = await record(back({ lines }));
    expect(result).toMatchObject({
      transaction: { type: 'RETURN', exceptions: [] },
      return: {
        status: 'REFUNDED',
        order: null,
        refund: { amount: '4.50', currency: 'GBP' },
        lines: [{ orderLineNo: null, disposition: 'DESTROY', reasonCode: 'BROKEN' }],
      },
    });
    const returnId = result?.return?.id;
    expect(await returnsTold(returnId)).toMatchObject([
      {
        partition_key: returnId,
        data: { orderId: null, lines: [{ sku: 'MUG-BLUE', disposition: 'DESTROY', gross: '4.50' }] },
      },
    ]);
  });

  it.each([
    ['its ticket', ({ transaction }: Answer) => ({ transactionId: transaction?.transactionId.toUpperCase() })],
    ['its order', ({ order }: Answer) => ({ orderId: order?.id })],
  ])('that names the sale by %s takes it off the order, in the order’s own sequence of events', async (_, nameOf) => {
    const sold = await orders.sell();
    const [result] = await record(back({ original: nameOf(sold) }));
    expect(result).toMatchObject({ return: { order: { id: sold.order.id }, lines: [{ orderLineNo: 1 }] } });
    expect(await quantityReturned(sold.order.id)).toEqual({
      version: 2,
      lines: [{ quantityReturned: { value: '1' } }, { quantityReturned: { value: '0' } }],
      totals: { refunded: { amount: '4.50' } },
    });
    expect(await returnsTold(result?.return?.id)).toMatchObject([{ partition_key: sold.order.id, sequence: 2n }]);
  });

  it('may come in the same batch as its sale', async () => {
    const ticket = sale();
    const results = await record(ticket, back({ original: { transactionId: ticket.sale.transactionId } }));
    expect(results[1]).toMatchObject({
      transaction: { exceptions: [] },
      return: { order: { id: results[0]?.order?.id } },
    });
  });

  it('of more than the sale had left is OVER_RETURN, also when many come at once', async () => {
    const { order } = await orders.sell();
    const tickets = Array.from({ length: 6 }, () => batch(back({ original: { orderId: order.id } })));
    const answers = await Promise.all(tickets.map((one) => orders.answer('recordTransactions', one)));
    const found = answers.flatMap(({ results }) => results?.[0]?.transaction?.exceptions.map(({ code }) => code) ?? []);
    expect(found.filter((code) => code === 'OVER_RETURN')).toHaveLength(4);
    expect(await quantityReturned(order.id)).toMatchObject({
      lines: [{ quantityReturned: { value: '2' } }, {}],
      version: 7,
    });
  });

  it.each([
    ['UNKNOWN_ORIGINAL', () => ({ original: { transactionId: randomUUID() } })],
    [
      'OVER_REFUND',
      async () => {
        const { order } = await orders.sell();
        const lines = [line(1, 'MUG-BLUE', 1, '99.00', '99.00')];
        return {
          original: { orderId: order.id },
          lines,
          tenders: [{ type: 'CASH', amount: '99.00' }],
          grandTotal: '99.00',
        };
      },
    ],
    ['CURRENCY_MISMATCH', async () => ({ original: { orderId: (await orders.sell()).order.id }, currency: 'EUR' })],
    ['LINE_TOTAL_MISMATCH', () => ({ lines: [line(1, 'MUG-BLUE', 1, '4.00', '4.50')] })],
    ['UNKNOWN_SKU', () => ({ lines: [line(1, 'NOWHERE', 1, '4.50', '4.50')] })],
  ])('with %s is recorded, held and listed', async (code, changes) => {
    const [result] = await record(back(await changes()));
    expect(result).toMatchObject({ transaction: { heldFromPosting: true, exceptions: [{ code }] } });
    const held = await orders.read('{ heldTransactions(first: 1) { edges { node { id type return { id } } } } }');
    const node = { id: result?.transaction?.id, type: 'RETURN', return: { id: result?.return?.id } };
    expect(held).toEqual({ heldTransactions: { edges: [{ node }] } });
  });

  it('of practice is kept, told to nobody, and takes nothing off a real sale', async () => {
    const { order } = await orders.sell();
    const [result] = await record(back({ training: true, original: { orderId: order.id } }));
    expect(result).toMatchObject({ transaction: { training: true }, return: { order: null } });
    expect(await returnsTold(result?.return?.id)).toEqual([]);
    expect(await quantityReturned(order.id)).toMatchObject({ version: 1, totals: { refunded: { amount: '0.00' } } });
  });

  it('as the sale’s own ticket is a conflict: one place in the day, one ticket', async () => {
    const { workstation, sequence, transactionId } = saleInput();
    const results = await record(
      sale({ workstation, sequence, transactionId }),
      back({ workstation, sequence, transactionId }),
    );
    expect(kinds(results)).toEqual(['SaleRecorded', 'TransactionConflict']);
  });

  it('is answered with its own shop’s goods to an operator too', async () => {
    const { results } = await orders.answer('recordTransactions', batch(back({ location: ELSEWHERE })), operator);
    expect(results).toMatchObject([{ return: { location: { gln: ELSEWHERE } } }]);
  });
});
