// Takes announced goods in: what came, in which condition, what becomes of it, and the money given back.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { idempotencyKey, positiveQuantity, shortText } from '#contracts/inputs.ts';
import { dispositions, returnReceived } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { InvalidInput } from '#platform/errors/fault.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { parseMinor } from '#platform/kernel/money.ts';
import type { Order, Tender } from '../order.ts';
import { decideReceipt, type Receipt, type ReceiptRefusal } from '../receipt.ts';
import { type Rejected, reject } from '../rejections.ts';
import { findDateAt } from '../repository/business-days.ts';
import { creditOrder, findOrders, lockOrder } from '../repository/orders.ts';
import { findReturns, insertRefunds, updateReturn } from '../repository/returns.ts';
import type { Return } from '../return.ts';
import { eachLineOnce, MOST_LINES, tenderTypes } from '../ticket.ts';
import { returnEvent } from './record-return.ts';
import { requireOwnLocation } from './tickets.ts';

const receiveInput = z.object({
  idempotencyKey,
  returnId: shortText,
  location: gln,
  receivedAt: z.date(),
  lines: z
    .array(
      z.object({
        lineNo: z.int().min(1),
        quantity: positiveQuantity,
        condition: shortText.nullish(),
        disposition: z.enum(dispositions).nullish(),
      }),
    )
    .min(1, { error: 'must name at least one line' })
    .max(MOST_LINES, { error: `must have at most ${MOST_LINES} lines` })
    .superRefine(eachLineOnce),
  refunds: z
    .array(z.object({ type: z.enum(tenderTypes), amount: z.string(), reference: shortText.nullish() }))
    .max(50)
    .nullish(),
});

export interface ReturnReceived {
  readonly __typename: 'ReturnReceived';
  readonly return: Return;
  readonly order: Order;
}

export type ReceiveReturnOutcome = ReturnReceived | Rejected<'UnknownReturn'> | ReceiptRefusal;

type Input = Omit<z.output<typeof receiveInput>, 'idempotencyKey'>;

export async function receiveReturn(
  context: CommandContext,
  rawInput: unknown,
): Promise<ReceiveReturnOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(receiveInput, rawInput);
  requireOwnLocation(context, input.location);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'receiveReturn', key, input, now };
  return idempotently(context.db, scope, { run: (tx) => takeIn(context, tx, input, now), keep, restore });
}

async function takeIn(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<ReceiveReturnOutcome> {
  const [seen] = await findReturns(tx, [input.returnId]);
  const order = seen?.orderId ? await lockOrder(tx, seen.orderId) : undefined;
  // Read again: the order's lock orders everything that happens to its returns.
  const [expected] = order ? await findReturns(tx, [input.returnId]) : [];
  if (!expected || !order) return reject('UnknownReturn', 'UNKNOWN_RETURN');
  const { location, receivedAt: at } = input;
  // A shop that opens no days counts them by the calendar.
  const businessDate = (await findDateAt(tx, location, at)) ?? at.toISOString().slice(0, 10);
  const refunds = readRefunds(input, order.currency);
  const decided = decideReceipt(expected, order, { location, at, receipts: input.lines.map(toReceipt), refunds });
  if ('code' in decided) return decided;
  const { returned, credits } = decided;
  updateReturn(tx, returned);
  insertRefunds(tx, returned, businessDate, refunds);
  creditOrder(tx, order.id, credits, returned.refund);
  context.outbox.append(tx, [returnEvent(returnReceived, returned, order)], now);
  return { __typename: 'ReturnReceived', return: returned, order: decided.order };
}

function toReceipt(line: Input['lines'][number]): Receipt {
  return {
    lineNo: line.lineNo,
    milli: line.quantity.milli,
    condition: line.condition ?? null,
    disposition: line.disposition ?? 'RESTOCK',
  };
}

function readRefunds(input: Input, currency: string): Tender[] {
  return (input.refunds ?? []).map((refund, index) => {
    const amount = parseMinor(refund.amount, currency);
    if (amount === null || amount <= 0n) {
      throw new InvalidInput([
        { path: `refunds.${index}.amount`, message: `${refund.amount} must be an amount of ${currency} above 0` },
      ]);
    }
    return { type: refund.type, amount, reference: refund.reference ?? null };
  });
}

function keep(outcome: ReceiveReturnOutcome): StoredOutcome {
  if (outcome.__typename === 'ReturnReceived') return { type: outcome.__typename, returnId: outcome.return.id };
  return { type: outcome.__typename, rejection: outcome };
}

const storedReturn = z.object({ returnId: z.string() });

async function restore(outcome: StoredOutcome, reader: Reader): Promise<ReceiveReturnOutcome> {
  if (outcome.type !== 'ReturnReceived') return outcome.rejection as ReceiveReturnOutcome;
  const { returnId } = storedReturn.parse(outcome);
  const [returned] = await findReturns(reader, [returnId]);
  const [order] = returned?.orderId ? await findOrders(reader, [returned.orderId]) : [];
  if (!returned || !order) throw new TypeError(`return ${returnId} of a stored outcome is missing`);
  return { __typename: 'ReturnReceived', return: returned, order };
}
