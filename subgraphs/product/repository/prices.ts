// SQL of prices and of how far each feed has come. A price row is written once; only its end as a fact is added later.
import { z } from 'zod';
import { priceTypes } from '#contracts/product.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import type { Price } from '../price.ts';

const priceRow = z
  .object({
    id: z.string(),
    sku: z.string(),
    amount_minor: z.bigint(),
    currency: z.string(),
    type: z.enum(priceTypes),
    channel: z.string().nullable(),
    location: z.string().nullable(),
    customer_group: z.string().nullable(),
    tax_included: z.boolean(),
    valid_from: z.date(),
    valid_to: z.date().nullable(),
    recorded_at: z.date(),
    superseded_at: z.date().nullable(),
  })
  .transform(
    (row): Price => ({
      id: row.id,
      sku: row.sku,
      amount: row.amount_minor,
      currency: row.currency,
      type: row.type,
      channel: row.channel,
      location: row.location,
      customerGroup: row.customer_group,
      taxIncluded: row.tax_included,
      validFrom: row.valid_from,
      validTo: row.valid_to,
      recordedAt: row.recorded_at,
      supersededAt: row.superseded_at,
    }),
  );

const columns = `id, sku, amount_minor, currency, type, channel, location, customer_group, tax_included, valid_from, valid_to,
  recorded_at`;
const ofSkus = statement(
  'price.ofSkus',
  `select ${columns}, superseded_at from price where sku = any($1) and superseded_at is null`,
  priceRow,
);
const historyOfSkus = statement(
  'price.historyOfSkus',
  `select ${columns}, superseded_at from price where sku = any($1)`,
  priceRow,
);
const supersede = command('price.supersede', 'update price set superseded_at = $2 where id = any($1)');
const insert = command(
  'price.insert',
  `insert into price (${columns}) select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
     $7::text[], $8::text[], $9::boolean[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[])`,
);

export function findPrices(reader: Reader, skus: readonly string[]): Promise<Price[]> {
  return reader.all(ofSkus, [skus]);
}

export function findPriceHistory(reader: Reader, skus: readonly string[]): Promise<Price[]> {
  return reader.all(historyOfSkus, [skus]);
}

export function replacePrices(tx: Writer, gone: readonly Price[], added: readonly Price[], now: Date): void {
  if (gone.length > 0) tx.defer(supersede, [gone.map((price) => price.id), now]);
  if (added.length === 0) return;
  const column = <T>(pick: (price: Price) => T) => added.map(pick);
  tx.defer(insert, [
    column((p) => p.id),
    column((p) => p.sku),
    column((p) => p.amount),
    column((p) => p.currency),
    column((p) => p.type),
    column((p) => p.channel),
    column((p) => p.location),
    column((p) => p.customerGroup),
    column((p) => p.taxIncluded),
    column((p) => p.validFrom),
    column((p) => p.validTo),
    column((p) => p.recordedAt),
  ]);
}

const checkpoints = statement(
  'feed.checkpoints',
  'select system, checkpoint, updated_at from feed_checkpoint where system = any($1)',
  z
    .object({ system: z.string(), checkpoint: z.string(), updated_at: z.date() })
    .transform(({ updated_at: updatedAt, ...same }) => ({ ...same, updatedAt })),
);
const moveCheckpoint = command(
  'feed.moveCheckpoint',
  `insert into feed_checkpoint (system, checkpoint, updated_at) values ($1, $2, $3)
   on conflict (system) do update set checkpoint = excluded.checkpoint, updated_at = excluded.updated_at`,
);

export function findCheckpoints(reader: Reader, systems: readonly string[]) {
  return reader.all(checkpoints, [systems]);
}

export function saveCheckpoint(tx: Writer, system: string, value: string, now: Date): void {
  tx.defer(moveCheckpoint, [system, value, now]);
}
