// What must be in the graph before the file's sales are: the shop, the products, their opening stock, the customers. Brings in what is
// missing through the operations of feeds; leaves alone what another system owns.
import { createHash } from 'node:crypto';
import { formatMinor } from '#platform/kernel/money.ts';
import { inParallel } from './concurrency.ts';
import type { Graph } from './graph.ts';
import { readOnHand } from './stock.ts';
import type { Survey, SurveyedProduct } from './survey.ts';

/** The system of record the replay speaks for. */
export const SYSTEM = 'online-retail';

export interface Preparation {
  /** Sells the goods, knows the customers. */
  readonly tills: Graph;
  /** Speaks for SYSTEM. */
  readonly feed: Graph;
  readonly location: string;
  readonly concurrency: number;
  /** Idempotency keys of this run begin with it. */
  readonly run: string;
  readonly now: Date;
}

const MOST_PRODUCTS = 500;
const MOST_STOCK_LINES = 1_000;

const LOCATION = `mutation ReplayLocation($input: UpsertLocationsInput!) {
  upsertLocations(input: $input) { __typename ... on Rejection { message } }
}`;
const PRODUCTS = `mutation ReplayProducts($input: UpsertProductsInput!) {
  upsertProducts(input: $input) {
    __typename
    ... on ProductsUpserted { results { externalId outcome code message } }
    ... on Rejection { message }
  }
}`;
const OPENING = `mutation ReplayOpening($input: ReceiveStockInput!) {
  receiveStock(input: $input) { __typename ... on Rejection { message } }
}`;
const CUSTOMER = `mutation ReplayCustomer($input: RegisterCustomerInput!) {
  registerCustomer(input: $input) { __typename ... on Rejection { message } }
}`;

interface Outcome {
  readonly __typename: string;
  readonly message?: string;
}

function refused(what: string, outcome: Outcome): Error {
  return new Error(`The graph refused ${what}: ${outcome.message ?? outcome.__typename}`);
}

export async function bringLocation({ feed, location, run }: Preparation): Promise<void> {
  const shop = { gln: location, name: 'Online Retail (replay)', kind: 'STORE', timeZone: 'Europe/London' };
  const input = { idempotencyKey: `${run}/location`, system: SYSTEM, locations: [shop] };
  const { upsertLocations } = await feed.execute<{ upsertLocations: Outcome }>(LOCATION, { input });
  // A shop of another system may sell the file's goods too.
  const fine = ['LocationsUpserted', 'NotOwner'].includes(upsertLocations.__typename);
  if (!fine) throw refused(`the location ${location}`, upsertLocations);
}

interface Upserted extends Outcome {
  readonly results?: readonly { externalId: string; outcome: string; code: string | null; message: string | null }[];
}

/** Number of products the graph did not know. */
export async function bringProducts({ feed, run }: Preparation, survey: Survey): Promise<number> {
  let created = 0;
  for (const [index, page] of pages([...survey.products.values()], MOST_PRODUCTS).entries()) {
    const input = { idempotencyKey: `${run}/products/${index}`, system: SYSTEM, products: page.map(toProduct) };
    const { upsertProducts } = await feed.execute<{ upsertProducts: Upserted }>(PRODUCTS, { input });
    if (!upsertProducts.results) throw refused('the products', upsertProducts);
    created += upsertProducts.results.filter(({ outcome }) => outcome === 'CREATED').length;
    const wrong = upsertProducts.results.find(({ outcome, code }) => outcome === 'REJECTED' && !isElsewhere(code));
    if (wrong) throw new Error(`The graph refused the product ${wrong.externalId}: ${wrong.message}`);
  }
  return created;
}

/** Another system sells something under this SKU: it is known, and that is enough. */
function isElsewhere(code: string | null): boolean {
  return code === 'SKU_TAKEN' || code === 'NOT_OWNER';
}

function toProduct({ sku, title, price, changedAt }: SurveyedProduct) {
  const prices = price === null ? null : [{ amount: formatMinor(price, 'GBP'), currency: 'GBP' }];
  const version = createHash('sha256')
    .update(JSON.stringify([title, price?.toString(), changedAt]))
    .digest('hex');
  return {
    externalId: sku,
    externalVersion: version.slice(0, 16),
    changedAt,
    handle: handleOf(sku),
    title,
    variants: [{ sku, prices }],
  };
}

/** What a web address cannot hold is hashed: "A/1" and "A-1" stay two. */
function handleOf(sku: string): string {
  const plain = /^[A-Z0-9]+$/.test(sku);
  return `${SYSTEM}-${plain ? sku.toLowerCase() : createHash('sha256').update(sku).digest('hex').slice(0, 16)}`;
}

/** The most a delivery line may have. */
const MOST_UNITS = 1_000_000n;

/** What a SKU's books begin with: all the file sells of it and a little more, so that stock stays above 0. */
export function openingUnits(sold: bigint): bigint {
  const units = (sold / 100n + 2n) * 100n;
  return units < MOST_UNITS ? units : MOST_UNITS;
}

/** Number of SKUs that got opening stock: those that had no history at the location. */
export async function bringOpeningStock(
  { feed, location }: Preparation,
  survey: Survey,
  onHand: ReadonlyMap<string, bigint>,
): Promise<number> {
  // Pages are cut before what is there already is left out: a killed run's request that still arrives has the same key as ours.
  const bySku = [...survey.products.values()].toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
  let opened = 0;
  for (const page of pages(bySku, MOST_STOCK_LINES)) {
    const lines = page
      .filter(({ sku }) => !onHand.has(sku))
      .map(({ sku, sold }) => ({ sku, quantity: { value: openingUnits(sold).toString() } }));
    if (lines.length === 0) continue;
    const content = { location, documentRef: `${SYSTEM} opening`, occurredAt: survey.firstAt, opening: true, lines };
    const key = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    const input = { idempotencyKey: `opening/${key}`, ...content };
    const { receiveStock } = await feed.execute<{ receiveStock: Outcome }>(OPENING, { input });
    if (receiveStock.__typename !== 'StockReceived') throw refused('the opening stock', receiveStock);
    opened += lines.length;
  }
  return opened;
}

/** The customer of a ticket, as its number is linked. */
export function identityOf(customer: string): { type: 'CRM_ID'; value: string } {
  return { type: 'CRM_ID', value: `${SYSTEM}:${customer}` };
}

/** Number of customers the graph did not know. */
export async function bringCustomers({ tills, run, now, concurrency }: Preparation, survey: Survey): Promise<number> {
  let registered = 0;
  await inParallel(survey.customers, concurrency, async ([customer, firstSeen]) => {
    const registeredAt = new Date(firstSeen) < now ? firstSeen : null;
    const idempotencyKey = `${run}/customer/${createHash('sha256').update(customer).digest('hex')}`;
    const input = { idempotencyKey, identities: [identityOf(customer)], registeredAt };
    const { registerCustomer } = await tills.execute<{ registerCustomer: Outcome }>(CUSTOMER, { input });
    if (registerCustomer.__typename === 'CustomerRegistered') registered += 1;
    else if (registerCustomer.__typename !== 'IdentityTaken') throw refused(`customer ${customer}`, registerCustomer);
  });
  return registered;
}

export interface Prepared {
  readonly products: number;
  readonly opened: number;
  readonly customers: number;
  /** Units on hand at the location before this run's first ticket, by SKU. */
  readonly onHand: ReadonlyMap<string, bigint>;
}

export async function prepare(preparation: Preparation, survey: Survey): Promise<Prepared> {
  const { tills, location } = preparation;
  await bringLocation(preparation);
  const products = await bringProducts(preparation, survey);
  const before = await readOnHand(tills, [...survey.products.keys()], location);
  const opened = await bringOpeningStock(preparation, survey, before);
  const customers = await bringCustomers(preparation, survey);
  const onHand = new Map(
    [...survey.products.values()].map(({ sku, sold }) => [sku, before.get(sku) ?? openingUnits(sold)] as const),
  );
  return { products, opened, customers, onHand };
}

function pages<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, page) => all.slice(page * size, (page + 1) * size));
}
