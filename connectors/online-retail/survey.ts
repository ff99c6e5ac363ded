// The first walk through the file: what must be in the graph before its sales are — products, opening stock, customers — and what the
// file's money adds up to. Grows with the number of SKUs and customers, not with rows.
import { returnedKey } from './earlier-sales.ts';
import { mapInvoice, type Ticket, type TicketLine } from './mapping.ts';
import type { Invoice } from './reader.ts';

export interface SurveyedProduct {
  readonly sku: string;
  title: string;
  /** Pence; the last one above 0, or null when the file gives it away only. */
  price: bigint | null;
  changedAt: string;
  sold: bigint;
}

export interface Survey {
  rows: number;
  invoices: number;
  /** Pieces the reader gives them in: more than invoices where one is too long or comes in parts. */
  pieces: number;
  /** Pence of all rows whose quantity and price can be read. */
  money: bigint;
  readonly products: Map<string, SurveyedProduct>;
  /** Customer → first seen. */
  readonly customers: Map<string, string>;
  /** What came back, by customer: `returnedKey`s. */
  readonly returned: Set<string>;
  firstAt: string | null;
}

export async function surveyInvoices(invoices: AsyncIterable<Invoice>, location: string): Promise<Survey> {
  const survey: Survey = {
    rows: 0,
    invoices: 0,
    pieces: 0,
    money: 0n,
    products: new Map(),
    customers: new Map(),
    returned: new Set(),
    firstAt: null,
  };
  let previous: string | undefined;
  for await (const invoice of invoices) {
    survey.rows += invoice.rows.length;
    survey.pieces += 1;
    // An invoice too long for a ticket comes in several pieces.
    if (invoice.number !== previous && !invoice.apart) survey.invoices += 1;
    previous = invoice.number;
    for (const row of invoice.rows) survey.money += row.pence ?? 0n;
    const { ticket } = mapInvoice(invoice, location);
    if (ticket) addTicket(survey, ticket);
  }
  return survey;
}

function addTicket(survey: Survey, ticket: Ticket): void {
  const { customer, occurredAt } = ticket;
  if (survey.firstAt === null || occurredAt < survey.firstAt) survey.firstAt = occurredAt;
  if (customer !== null) {
    const first = survey.customers.get(customer);
    if (first === undefined || occurredAt < first) survey.customers.set(customer, occurredAt);
  }
  for (const line of ticket.lines) {
    if (line.sku === null) continue;
    addProduct(survey, line.sku, line, ticket);
    if (ticket.kind === 'RETURN' && customer !== null) survey.returned.add(returnedKey(customer, line.sku));
  }
}

function addProduct(survey: Survey, sku: string, line: TicketLine, { kind, occurredAt }: Ticket): void {
  const known = survey.products.get(sku) ?? { sku, title: sku, price: null, changedAt: occurredAt, sold: 0n };
  survey.products.set(sku, known);
  // Where the description is empty, mapping puts the code.
  if (known.title === sku && line.description.toUpperCase() !== sku) known.title = line.description;
  if (line.unitPrice > 0n) known.price = line.unitPrice;
  if (occurredAt > known.changedAt) known.changedAt = occurredAt;
  if (kind === 'SALE') known.sold += line.quantity;
}
