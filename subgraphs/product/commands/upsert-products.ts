// Takes a page of the product master from its system of record: each product on its own terms, the page's checkpoint in the same
// transaction. A write by anyone but the owner is refused and logged.
import { z } from 'zod';
import { priceActivated, productUpserted } from '#contracts/product.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { InvalidInput } from '#platform/errors/fault.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import { formatMinor } from '#platform/kernel/money.ts';
import { event, type NewEvent } from '#platform/messaging/contract.ts';
import { productInput, productName, upsertInput } from '../feed-input.ts';
import type { Price } from '../price.ts';
import { decidePrices } from '../price-list.ts';
import { decideUpserts, type FedProduct, type ItemOutcome, type Product } from '../product.ts';
import type { NotOwner } from '../rejections.ts';
import { readTaken } from '../repository/names.ts';
import { findPrices, replacePrices, saveCheckpoint } from '../repository/prices.ts';
import { findProducts, saveProducts, touchProducts } from '../repository/products.ts';

export interface UpsertResult {
  readonly externalId: string;
  readonly outcome: ItemOutcome['outcome'];
  readonly product: Product | null;
  readonly code: string | null;
  readonly message: string | null;
}

export interface ProductsUpserted {
  readonly __typename: 'ProductsUpserted';
  readonly results: readonly UpsertResult[];
  readonly checkpoint: string | null;
}

export type UpsertOutcome = ProductsUpserted | NotOwner;

export async function upsertProducts(
  context: CommandContext,
  rawInput: unknown,
): Promise<UpsertOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(upsertInput, rawInput);
  const speaksFor = context.principal.system;
  if (speaksFor !== input.system) return refuseOwner(context, input.system);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'upsertProducts', key, input, now };
  return idempotently<UpsertOutcome>(context.db, scope, {
    run: (tx) => takePage(context, tx, input, now),
    keep,
    restore,
  });
}

function refuseOwner(context: CommandContext, system: string): NotOwner {
  const owner = context.principal.system ?? '';
  context.logger.warn({ sub: context.principal.sub, owner, system }, 'write by another system refused');
  const speaks = owner === '' ? 'no system of record' : owner;
  return {
    __typename: 'NotOwner',
    code: 'NOT_OWNER',
    message: `This token speaks for ${speaks}, not for ${system}`,
    owner,
  };
}

type Page = Omit<z.output<typeof upsertInput>, 'idempotencyKey'>;
type Read = { readonly fed: FedProduct } | { readonly refused: UpsertResult };

async function takePage(context: CommandContext, tx: Writer, page: Page, now: Date): Promise<ProductsUpserted> {
  const read = page.products.map(readProduct);
  const fed = read.flatMap((entry) => ('fed' in entry ? [entry.fed] : []));
  const taken = await readTaken(tx, page.system, {
    externalIds: fed.map((product) => product.externalId),
    skus: fed.flatMap((product) => product.variants.map((variant) => variant.sku)),
    gtins: fed.flatMap((product) => product.variants.flatMap((variant) => variant.gtins)),
    handles: fed.map((product) => product.handle),
  });
  const outcomes = decideUpserts(page.system, fed, taken, newId, now);
  for (const outcome of outcomes) {
    if (outcome.outcome === 'REJECTED' && outcome.code === 'NOT_OWNER') {
      context.logger.warn({ sub: context.principal.sub, externalId: outcome.externalId }, outcome.message);
    }
  }
  await save(context, tx, outcomes, now);
  if (page.checkpoint) saveCheckpoint(tx, page.system, page.checkpoint, now);
  const results = outcomes.map(toResult);
  // Products that could not be read keep their place among the results.
  const inOrder = read.map((entry) => ('refused' in entry ? entry.refused : (results.shift() as UpsertResult)));
  return { __typename: 'ProductsUpserted', results: inOrder, checkpoint: page.checkpoint ?? null };
}

function readProduct(raw: unknown): Read {
  try {
    return { fed: parse(productInput, raw) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { externalId } = productName.parse(raw);
    return {
      refused: { externalId, outcome: 'REJECTED', product: null, code: 'PRODUCT_INVALID', message: error.message },
    };
  }
}

async function save(context: CommandContext, tx: Writer, outcomes: readonly ItemOutcome[], now: Date): Promise<void> {
  const changed = outcomes.flatMap((item) => (item.outcome === 'CREATED' || item.outcome === 'UPDATED' ? [item] : []));
  const unchanged = outcomes.flatMap((item) => (item.outcome === 'UNCHANGED' ? [item.product.id] : []));
  const priced = changed.flatMap((item) =>
    item.fed.variants.flatMap(({ sku, prices }) => (prices ? [{ sku, prices }] : [])),
  );
  const current = Map.groupBy(
    await findPrices(
      tx,
      priced.map(({ sku }) => sku),
    ),
    (price) => price.sku,
  );
  const changes = priced.map(({ sku, prices }) => decidePrices(sku, prices, current.get(sku) ?? [], newId, now));
  const added = changes.flatMap((change) => change.added);
  saveProducts(
    tx,
    changed.map((item) => item.product),
  );
  touchProducts(tx, unchanged, now);
  replacePrices(
    tx,
    changes.flatMap((change) => change.gone),
    added,
    now,
  );
  context.outbox.append(tx, [...changed.map((item) => productEvent(item.product)), ...added.map(priceEvent)], now);
}

function productEvent(product: Product): NewEvent {
  const { id, status, system, externalId, externalVersion, version } = product;
  const variants = product.variants.map(
    ({ sku, gtins, title, uom, taxCategory, returnable, returnWindowDays, trackInventory }) => {
      return { sku, gtins: [...gtins], title, uom, taxCategory, returnable, returnWindowDays, trackInventory };
    },
  );
  const data = { productId: id, status, system, externalId, externalVersion, version, variants };
  return event(productUpserted, { key: id, sequence: version, occurredAt: product.changedAt, data });
}

function priceEvent(price: Price): NewEvent {
  const { id, sku, currency, type, channel, location, customerGroup } = price;
  const data = {
    priceId: id,
    sku,
    amount: formatMinor(price.amount, currency),
    currency,
    type,
    channel,
    location,
    customerGroup,
    validFrom: price.validFrom.toISOString(),
    validTo: price.validTo?.toISOString() ?? null,
  };
  return event(priceActivated, { key: sku, sequence: price.recordedAt.getTime(), occurredAt: price.recordedAt, data });
}

function toResult(item: ItemOutcome): UpsertResult {
  const { externalId, outcome } = item;
  if (item.outcome === 'REJECTED')
    return { externalId, outcome, product: null, code: item.code, message: item.message };
  return { externalId, outcome, product: item.product, code: null, message: null };
}

function keep(outcome: UpsertOutcome): StoredOutcome {
  if (outcome.__typename === 'NotOwner') return { type: 'NotOwner' };
  const results = outcome.results.map(({ product, ...result }) => ({ ...result, productId: product?.id ?? null }));
  return { type: outcome.__typename, results, checkpoint: outcome.checkpoint };
}

const stored = z.object({
  checkpoint: z.string().nullable(),
  results: z.array(
    z.object({
      externalId: z.string(),
      outcome: z.enum(['CREATED', 'UPDATED', 'UNCHANGED', 'STALE', 'REJECTED']),
      productId: z.string().nullable(),
      code: z.string().nullable(),
      message: z.string().nullable(),
    }),
  ),
});

async function restore(outcome: StoredOutcome, reader: Reader): Promise<UpsertOutcome> {
  const { results, checkpoint } = stored.parse(outcome);
  const products = new Map(
    (
      await findProducts(
        reader,
        results.flatMap((item) => item.productId ?? []),
      )
    ).map((p) => [p.id, p]),
  );
  const answered = results.map(({ productId, ...result }) => ({
    ...result,
    product: products.get(productId ?? '') ?? null,
  }));
  return { __typename: 'ProductsUpserted', results: answered, checkpoint };
}
