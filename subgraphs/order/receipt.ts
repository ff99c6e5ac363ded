// What comes of announced goods coming in. Refuses more goods than were announced, and more money than they are worth or than was
// paid and not given back yet.
import { sumMinor } from '#platform/kernel/money.ts';
import { creditedOrder, type LineCredit, type Order, type Tender, totalsOf } from './order.ts';
import { type Rejected, reject } from './rejections.ts';
import { type Disposition, type Return, type ReturnLine, shareOf } from './return.ts';

export interface Receipt {
  readonly lineNo: number;
  readonly milli: bigint;
  readonly condition: string | null;
  readonly disposition: Disposition;
}

export type ReceiptRefusal =
  | Rejected<'ReturnNotReceivable'>
  | Rejected<'ReceiptExceedsReturn'>
  | Rejected<'RefundExceedsReturn'>;

export interface Received {
  readonly returned: Return;
  readonly order: Order;
  readonly credits: readonly LineCredit[];
}

export interface Delivery {
  readonly location: string;
  readonly at: Date;
  readonly receipts: readonly Receipt[];
  readonly refunds: readonly Tender[];
}

/** The return as it came in: quantities received, what becomes of them, and the money for them. */
export function decideReceipt(expected: Return, order: Order, delivery: Delivery): Received | ReceiptRefusal {
  if (expected.status !== 'APPROVED') return reject('ReturnNotReceivable', 'RETURN_NOT_RECEIVABLE');
  const exceeding = delivery.receipts.find((receipt) => exceeds(expected, receipt));
  if (exceeding) {
    const detail = `line ${exceeding.lineNo}: more came than was announced`;
    return reject('ReceiptExceedsReturn', 'RECEIPT_EXCEEDS_RETURN', detail);
  }
  const lines = receivedLines(expected, order, delivery.receipts);
  const refund = sumMinor(delivery.refunds.map((tender) => tender.amount));
  const worth = sumMinor(lines.map((line) => line.gross));
  if (refund > worth || refund > totalsOf(order).paid - order.refunded) {
    return reject('RefundExceedsReturn', 'REFUND_EXCEEDS_RETURN');
  }
  const { location, at } = delivery;
  const status = refund === worth ? 'REFUNDED' : 'RECEIVED';
  const returned: Return = {
    ...expected,
    ...{ location, lines, refund, status, occurredAt: at, version: expected.version + 1 },
  };
  const credits = creditsOf(expected, returned);
  return { returned, order: creditedOrder(order, credits, refund), credits };
}

function exceeds(expected: Return, receipt: Receipt): boolean {
  const line = expected.lines.find((candidate) => candidate.lineNo === receipt.lineNo);
  return !line || receipt.milli > line.quantity.milli;
}

function receivedLines(expected: Return, order: Order, receipts: readonly Receipt[]): ReturnLine[] {
  return expected.lines.flatMap((line): ReturnLine[] => {
    const receipt = receipts.find((candidate) => candidate.lineNo === line.lineNo);
    const orderLine = order.lines.find((candidate) => candidate.lineNo === line.orderLineNo);
    if (!receipt || !orderLine) return [];
    const { milli, condition, disposition } = receipt;
    const quantity = { milli, uom: line.quantity.uom };
    return [{ ...line, quantity, condition, disposition, ...shareOf(orderLine, orderLine.returned, milli) }];
  });
}

/** What was announced is no longer pending, whether it came or not. */
function creditsOf(expected: Return, returned: Return): LineCredit[] {
  return expected.lines.flatMap((line) => {
    if (line.orderLineNo === null) return [];
    const came = returned.lines.find((candidate) => candidate.lineNo === line.lineNo)?.quantity.milli ?? 0n;
    return [{ lineNo: line.orderLineNo, returned: came, pending: -line.quantity.milli }];
  });
}
