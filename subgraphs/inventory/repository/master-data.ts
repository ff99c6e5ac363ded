// SQL of what others tell us: locations (their system of record) and stock items (the product subgraph).
import { z } from 'zod';
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import { type Location, locationKinds, type OwnedLocation } from '../location.ts';
import type { StockItem, ToldItem } from '../situation.ts';

const locationRow = z
  .object({ gln: z.string(), name: z.string(), kind: z.enum(locationKinds), time_zone: z.string(), system: z.string() })
  .transform(({ time_zone, ...row }): OwnedLocation => ({ ...row, timeZone: time_zone }));

const toLocation = (row: Record<string, unknown>) => locationRow.parse(row);

const byGlns = statement(
  'location.byGlns',
  'select gln, name, kind, time_zone, system from location where gln = any($1)',
  toLocation,
);
const all = statement(
  'location.all',
  'select gln, name, kind, time_zone, system from location order by name, gln',
  toLocation,
);
const lock = statement(
  'location.lock',
  'select gln, name, kind, time_zone, system from location where gln = any($1) order by gln for update',
  toLocation,
);
// The condition closes the race of two systems telling of one new location: the second one's row is not written.
const upsert = command(
  'location.upsert',
  `insert into location as l (gln, name, kind, time_zone, system, updated_at)
   select n.gln, n.name, n.kind, n.time_zone, $5, $6
   from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (gln, name, kind, time_zone)
   on conflict (gln) do update set name = excluded.name, kind = excluded.kind, time_zone = excluded.time_zone,
     updated_at = excluded.updated_at
   where l.system = excluded.system`,
);

const items = statement(
  'item.bySkus',
  'select sku, uom, track_inventory from stock_item where sku = any($1)',
  z
    .object({ sku: z.string(), uom: z.string(), track_inventory: z.boolean() })
    .transform(({ track_inventory, ...row }): StockItem => ({ ...row, tracked: track_inventory })),
);
// A SKU may move from one product to another: versions compare only within one.
const upsertItems = command(
  'item.upsert',
  `insert into stock_item as i (sku, uom, track_inventory, product_id, product_version)
   select n.sku, n.uom, n.track_inventory, n.product_id, n.product_version
   from unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::bigint[])
     as n (sku, uom, track_inventory, product_id, product_version) order by n.sku
   on conflict (sku) do update set uom = excluded.uom, track_inventory = excluded.track_inventory,
     product_id = excluded.product_id, product_version = excluded.product_version
   where i.product_id <> excluded.product_id or i.product_version < excluded.product_version`,
);

export function readLocations(db: Reader, glns: readonly string[]): Promise<OwnedLocation[]> {
  return db.all(byGlns, [glns]);
}

export function readAllLocations(db: Reader): Promise<OwnedLocation[]> {
  return db.all(all);
}

export function lockLocations(tx: Writer, glns: readonly string[]): Promise<OwnedLocation[]> {
  return tx.all(lock, [glns]);
}

/** Answers how many were written: fewer than given when another system was first. */
export function saveLocations(tx: Writer, system: string, locations: readonly Location[], now: Date): Promise<number> {
  return tx.run(upsert, [
    locations.map(({ gln }) => gln),
    locations.map(({ name }) => name),
    locations.map(({ kind }) => kind),
    locations.map(({ timeZone }) => timeZone),
    system,
    now,
  ]);
}

export function readItems(db: Reader, skus: readonly string[]): Promise<StockItem[]> {
  return db.all(items, [skus]);
}

export function saveItems(tx: Writer, told: readonly ToldItem[]): void {
  if (told.length === 0) return;
  tx.defer(upsertItems, [
    told.map(({ sku }) => sku),
    told.map(({ uom }) => uom),
    told.map(({ tracked }) => tracked),
    told.map(({ productId }) => productId),
    told.map(({ productVersion }) => productVersion),
  ]);
}
