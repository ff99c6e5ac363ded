// Takes announced goods in: what came, in which condition, what becomes of it, and the money given back. Refuses more than was
// announced and more money than the goods are worth.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { idempotencyKey, positiveQuantity, shortText } from '#contracts/inputs.ts';
import { dispositions, returnReceived } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { InvalidInput } from '#platform/errors/fault.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { parseMinor, sumMinor } from '#platform/kernel/money.ts';
import type { Order, Tender } from '../order.ts';
import { type Rejected, reject } from '../rejections.ts';
import { creditOrder, findOrders, lockOrder } from '../repository/orders.ts';
import { findReturns, updateReturn } from '../repository/returns.ts';
import { decideReceipt, type Receipt, type Return } from '../return.ts';
import { tenderTypes } from '../ticket.ts';
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
    .min(1, { error: 'must name at least one line' }),
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

export type ReceiveReturnRefusal =
  | Rejected<'UnknownReturn'>
  | Rejected<'ReturnNotReceivable'>
  | Rejected<'ReceiptExceedsReturn'>
  | Rejected<'RefundExceedsReturn'>;
export type ReceiveReturnOutcome = ReturnReceived | ReceiveReturnRefusal;

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
  if (expected.status !== 'APPROVED') return reject('ReturnNotReceivable', 'RETURN_NOT_RECEIVABLE');
  const receipts = input.lines.map(toReceipt);
  const exceeding = receipts.find((receipt) => exceeds(expected, receipt));
  if (exceeding) {
    return reject(
      'ReceiptExceedsReturn',
      'RECEIPT_EXCEEDS_RETURN',
      `line ${exceeding.lineNo}: more came than was announced`,
    );
  }
  const received = decideReceipt(expected, order, receipts, readRefunds(input, order.currency), input.receivedAt);
  if (received.refund > sumMinor(received.lines.map((line) => line.gross))) {
    return reject('RefundExceedsReturn', 'REFUND_EXCEEDS_RETURN');
  }
  const kept = { ...received, location: input.location };
  updateReturn(tx, kept);
  creditOrder(tx, order.id, creditsOf(expected, kept), kept.refund);
  context.outbox.append(tx, [returnEvent(returnReceived, kept, order)], now);
  return {
    __typename: 'ReturnReceived',
    return: kept,
    order: { ...order, refunded: order.refunded + kept.refund, version: order.version + 1 },
  };
}

function toReceipt(line: Input['lines'][number]): Receipt {
  return {
    lineNo: line.lineNo,
    milli: line.quantity.milli,
    condition: line.condition ?? null,
    disposition: line.disposition ?? 'RESTOCK',
  };
}

function exceeds(expected: Return, receipt: Receipt): boolean {
  const line = expected.lines.find((candidate) => candidate.lineNo === receipt.lineNo);
  return !line || receipt.milli > line.quantity.milli;
}

/** What was announced is no longer pending, whether it came or not. */
function creditsOf(expected: Return, received: Return) {
  return expected.lines.flatMap((line) => {
    if (line.orderLineNo === null) return [];
    const came = received.lines.find((candidate) => candidate.lineNo === line.lineNo)?.quantity.milli ?? 0n;
    return [{ lineNo: line.orderLineNo, returned: came, pending: -line.quantity.milli }];
  });
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
