// Records the file's invoices as tickets, several at a time. A return waits for the sale it names; a ticket that the graph has already
// is answered as a duplicate and changes nothing.
import { parseMinor } from '#platform/kernel/money.ts';
import { inParallel } from './concurrency.ts';
import { EarlierSales, type Original } from './earlier-sales.ts';
import { mapInvoice, type Reason, type Ticket } from './mapping.ts';
import type { Preparation } from './prepare.ts';
import type { Quarantine } from './quarantine.ts';
import type { Invoice } from './reader.ts';
import type { Survey } from './survey.ts';
import { Tally } from './tally.ts';
import { toTransactionInput } from './ticket-input.ts';

const RECORD = `mutation ReplayTickets($input: RecordTransactionsInput!) {
  recordTransactions(input: $input) {
    __typename
    ... on TransactionsRecorded {
      results {
        __typename
        ... on SaleRecorded { duplicate transaction { grandTotal { amount } } }
        ... on ReturnRecorded { duplicate transaction { grandTotal { amount } } }
        ... on Rejection { code message }
      }
    }
    ... on Rejection { code message }
  }
}`;

interface Recorded {
  readonly __typename: 'SaleRecorded' | 'ReturnRecorded';
  readonly duplicate: boolean;
  readonly transaction: { readonly grandTotal: { readonly amount: string } };
}
interface NotRecorded {
  readonly __typename: 'TransactionConflict' | 'TransactionInvalid';
  readonly code: Extract<Reason, 'TRANSACTION_CONFLICT' | 'TRANSACTION_INVALID'>;
  readonly message: string;
}
interface Answer {
  readonly recordTransactions: {
    readonly __typename: string;
    readonly results?: readonly (Recorded | NotRecorded)[];
    readonly message?: string;
  };
}

export interface Recording extends Preparation {
  readonly survey: Survey;
  readonly quarantine: Quarantine;
  /** After each invoice, or piece of one. */
  readonly onInvoice: () => void;
}

/** Sums up what the graph answered; rows that were not taken are in the quarantine. */
export async function recordInvoices(invoices: AsyncIterable<Invoice>, recording: Recording): Promise<Tally> {
  const tally = new Tally();
  const sales = new EarlierSales(recording.survey.returned);
  const underWay = new Map<string, Promise<void>>();
  await inParallel(
    readTickets(invoices, sales, recording),
    recording.concurrency,
    async ({ invoice, ticket, original }) => {
      if (ticket) {
        const sale = original && underWay.get(original.transactionId);
        const recorded = (sale ?? Promise.resolve()).then(() =>
          recordTicket(ticket, invoice, original, recording, tally),
        );
        underWay.set(ticket.transactionId, recorded);
        await recorded.finally(() => underWay.delete(ticket.transactionId));
      }
      recording.onInvoice();
    },
  );
  return tally;
}

interface ReadTicket {
  readonly invoice: Invoice;
  readonly ticket: Ticket | null;
  readonly original: Original | undefined;
}

/** In the order of the file, so that every run finds the same sale for a return. */
async function* readTickets(
  invoices: AsyncIterable<Invoice>,
  sales: EarlierSales,
  { location, quarantine }: Recording,
): AsyncGenerator<ReadTicket> {
  for await (const invoice of invoices) {
    const { ticket, taken, refused } = mapInvoice(invoice, location);
    quarantine.add(refused);
    if (ticket?.kind === 'SALE') sales.remember(ticket);
    const original = ticket?.kind === 'RETURN' ? sales.take(ticket) : undefined;
    yield { invoice: { ...invoice, rows: taken }, ticket, original };
  }
}

async function recordTicket(
  ticket: Ticket,
  invoice: Invoice,
  original: Original | undefined,
  { tills, location, run, quarantine }: Recording,
  tally: Tally,
): Promise<void> {
  const transactions = [toTransactionInput(ticket, location, original)];
  const input = { idempotencyKey: `${run}/${ticket.transactionId}`, transactions };
  const { recordTransactions } = await tills.execute<Answer>(RECORD, { input });
  const [result] = recordTransactions.results ?? [];
  if (!result) throw new Error(`The graph refused invoice ${ticket.invoice}: ${recordTransactions.message}`);
  if ('code' in result) {
    quarantine.add(invoice.rows.map((row) => ({ row, reason: result.code, detail: result.message })));
    return;
  }
  const { amount } = result.transaction.grandTotal;
  const money = parseMinor(amount, 'GBP');
  if (money === null)
    throw new Error(`The graph answered no amount of pounds for invoice ${ticket.invoice}: ${amount}`);
  tally.add(ticket, { money, duplicate: result.duplicate, withSale: original !== undefined });
}
