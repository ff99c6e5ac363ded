// Tickets as tills send them: what GraphQL let through becomes exact amounts, or BAD_USER_INPUT naming the field. Only a ticket
// that cannot be understood is refused here; one that does not add up is recorded with exceptions.
import { z } from 'zod';
import { gln, gtin, sku } from '#contracts/identifiers.ts';
import { identity } from '#contracts/identities.ts';
import { currencyCode, longText, positiveQuantity, shortText } from '#contracts/inputs.ts';
import { dispositions } from '#contracts/order.ts';
import { parseDecimal } from '#platform/kernel/decimal.ts';
import { parseMinor } from '#platform/kernel/money.ts';

export const tenderTypes = ['CASH', 'CARD', 'GIFT_CARD', 'STORE_CREDIT', 'LOYALTY_POINTS', 'VOUCHER', 'BNPL'] as const;
export type TenderType = (typeof tenderTypes)[number];

export const MOST_LINES = 1_000;
const MOST_TENDERS = 50;
/** Rates are kept in millionths: "0.2" is 200000. */
export const TAX_SCALE = 6;
const LARGEST_MINOR = 1_000_000_000_000n;

const decimalText = z.string();

const taxRate = decimalText.nullish().transform((text, context) => {
  const rate = parseDecimal(text ?? '0', TAX_SCALE);
  if (rate !== null && rate >= 0n && rate <= 1_000_000n) return rate;
  context.addIssue({ code: 'custom', message: `${text} must be a fraction from 0 to 1, such as "0.20" for 20 %` });
  return z.NEVER;
});

const lineFields = {
  lineNo: z.int().min(1, { error: 'must be 1 or more' }),
  sku: sku.nullish(),
  gtin: gtin.nullish(),
  description: longText.nullish(),
  quantity: positiveQuantity,
  unitPrice: decimalText,
  taxRate,
  lineTotal: decimalText,
};

const saleLine = z.object({ ...lineFields, discount: decimalText.nullish() });

const returnLine = z.object({
  ...lineFields,
  originalLineNo: z.int().min(1).nullish(),
  reasonCode: shortText.nullish(),
  disposition: z.enum(dispositions).nullish(),
});

const tender = z.object({ type: z.enum(tenderTypes), amount: decimalText, reference: shortText.nullish() });

const header = {
  transactionId: z
    .uuid({ error: 'must be a UUID the till made for this ticket' })
    .transform((text) => text.toLowerCase()),
  location: gln,
  workstation: shortText,
  sequence: z.int().min(0, { error: 'must be 0 or more' }),
  businessDate: z.string(),
  occurredAt: z.date(),
  currency: currencyCode,
  customer: z
    .object({ id: shortText.nullish(), identity: identity.nullish() })
    .refine((customer) => customer.id || customer.identity, { error: 'must have an id or an identity' })
    .nullish(),
  tenders: z.array(tender).max(MOST_TENDERS, { error: `must have at most ${MOST_TENDERS} tenders` }),
  grandTotal: decimalText,
  offline: z.boolean().nullish(),
  training: z.boolean().nullish(),
};

/** No two lines share a number. */
export function eachLineOnce(lines: readonly { readonly lineNo: number }[], context: z.RefinementCtx): void {
  const seen = new Set<number>();
  for (const [index, { lineNo }] of lines.entries()) {
    if (seen.has(lineNo))
      context.addIssue({ code: 'custom', path: [index, 'lineNo'], message: `${lineNo} is used twice` });
    seen.add(lineNo);
  }
}

const linesOf = <T extends z.ZodType<{ lineNo: number }>>(line: T) =>
  z
    .array(line)
    .min(1, { error: 'must have at least one line' })
    .max(MOST_LINES, { error: `must have at most ${MOST_LINES} lines; a ticket is not a catalogue` })
    .superRefine(eachLineOnce);

const rawSale = z.object({ ...header, lines: linesOf(saleLine) });
const rawReturn = z.object({
  ...header,
  original: z.object({ transactionId: shortText.nullish(), orderId: shortText.nullish() }).nullish(),
  lines: linesOf(returnLine),
});

export const saleTicket = rawSale.transform((raw, context) => {
  const amount = amountReader(raw.currency, context);
  const lines = raw.lines.map((line, index) => ({
    ...lineAmounts(line, index, amount, 'any'),
    discount: amount(['lines', index, 'discount'], line.discount ?? '0', 'from 0'),
  }));
  return { ...headerFields(raw, amount, 'any'), lines };
});

/** Amounts below 0 are refused: money a till took is a sale, and would lower what was given back. */
export const returnTicket = rawReturn.transform((raw, context) => {
  const amount = amountReader(raw.currency, context);
  const lines = raw.lines.map((line, index) => ({
    ...lineAmounts(line, index, amount, 'from 0'),
    originalLineNo: line.originalLineNo ?? null,
    reasonCode: line.reasonCode ?? null,
    disposition: line.disposition ?? ('RESTOCK' as const),
  }));
  return { ...headerFields(raw, amount, 'from 0'), original: raw.original ?? null, lines };
});

export type SaleTicket = z.output<typeof saleTicket>;
export type ReturnTicket = z.output<typeof returnTicket>;
export type Ticket = Pick<SaleTicket, Exclude<keyof SaleTicket, 'lines'>>;
export type SaleTicketLine = SaleTicket['lines'][number];
export type ReturnTicketLine = ReturnTicket['lines'][number];

type AmountRange = 'from 0' | 'any';
type AmountReader = (path: (string | number)[], text: string, range: AmountRange) => bigint;

/** Reads amounts of one currency; what is wrong becomes an issue at its path. */
export function amountReader(currency: string, context: z.RefinementCtx): AmountReader {
  return (path, text, range) => {
    const minor = parseMinor(text, currency);
    const refuse = (message: string): bigint => {
      context.addIssue({ code: 'custom', path, message: `${text} ${message}` });
      return 0n;
    };
    if (minor === null)
      return refuse(`is no amount of ${currency}; send a decimal string with the decimals of the currency`);
    if (minor > LARGEST_MINOR || minor < -LARGEST_MINOR) return refuse('is larger than any ticket');
    return range === 'from 0' && minor < 0n ? refuse('must not be negative') : minor;
  };
}

function lineAmounts(
  line: z.output<typeof saleLine> | z.output<typeof returnLine>,
  index: number,
  amount: AmountReader,
  totals: AmountRange,
) {
  return {
    lineNo: line.lineNo,
    sku: line.sku ?? null,
    gtin: line.gtin ?? null,
    description: line.description ?? null,
    quantity: line.quantity,
    unitPrice: amount(['lines', index, 'unitPrice'], line.unitPrice, 'from 0'),
    taxRate: line.taxRate,
    lineTotal: amount(['lines', index, 'lineTotal'], line.lineTotal, totals),
  };
}

function headerFields(raw: Omit<z.output<typeof rawSale>, 'lines'>, amount: AmountReader, totals: AmountRange) {
  const tenders = raw.tenders.map((entry, index) => ({
    type: entry.type,
    amount: amount(['tenders', index, 'amount'], entry.amount, totals),
    reference: entry.reference ?? null,
  }));
  return {
    transactionId: raw.transactionId,
    location: raw.location,
    workstation: raw.workstation,
    sequence: raw.sequence,
    businessDate: raw.businessDate,
    occurredAt: raw.occurredAt,
    currency: raw.currency,
    customer: raw.customer ? { id: raw.customer.id ?? null, identity: raw.customer.identity ?? null } : null,
    tenders,
    grandTotal: amount(['grandTotal'], raw.grandTotal, totals),
    offline: raw.offline ?? false,
    training: raw.training ?? false,
  };
}
