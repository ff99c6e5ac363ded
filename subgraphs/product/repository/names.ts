// SQL of names that only one may have: who has which SKU, GTIN and handle.
import { z } from 'zod';
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import type { NameOwner, Taken } from '../product.ts';
import { findByExternalIds } from './products.ts';

const nameOwner = z
  .object({ name: z.string(), sku: z.string(), product_id: z.string(), system: z.string(), withdrawn: z.boolean() })
  .transform(({ product_id: productId, ...same }) => ({ ...same, productId }));
const skuOwners = statement(
  'product.skuOwners',
  `select v.sku as name, v.sku, v.product_id, v.withdrawn, p.system from variant v join product p on p.id = v.product_id
   where v.sku = any($1)`,
  nameOwner,
);
const gtinOwners = statement(
  'product.gtinOwners',
  `select g.gtin as name, v.sku, v.product_id, v.withdrawn, p.system
   from variant_gtin g join variant v on v.sku = g.sku join product p on p.id = v.product_id where g.gtin = any($1)`,
  nameOwner,
);
const handleOwners = statement(
  'product.handleOwners',
  'select handle, id from product where handle = any($1)',
  z.object({ handle: z.string(), id: z.string() }),
);

export function findIdsByHandle(reader: Reader, handles: readonly string[]) {
  return reader.all(handleOwners, [handles]);
}

export function findSkusByGtin(reader: Reader, gtins: readonly string[]) {
  return reader.all(gtinOwners, [gtins]);
}

const lock = command('product.lockFeeds', `select pg_advisory_xact_lock(hashtext('product feed'))`);
export interface Names {
  readonly externalIds: readonly string[];
  readonly skus: readonly string[];
  readonly gtins: readonly string[];
  readonly handles: readonly string[];
}

/** Who has these names now. One feed writes at a time, so that it stays so until the transaction ends. */
export async function readTaken(tx: Writer, system: string, names: Names): Promise<Taken> {
  await tx.run(lock);
  const [products, skus, gtins, handles] = await Promise.all([
    findByExternalIds(tx, system, names.externalIds),
    tx.all(skuOwners, [names.skus]),
    tx.all(gtinOwners, [names.gtins]),
    tx.all(handleOwners, [names.handles]),
  ]);
  return {
    products: new Map(products.map((product) => [product.externalId, product])),
    skus: byName(skus),
    gtins: byName(gtins),
    handles: new Map(handles.map((row) => [row.handle, row.id])),
  };
}

function byName(rows: readonly z.output<typeof nameOwner>[]): Map<string, NameOwner> {
  return new Map(rows.map(({ name, ...owner }) => [name, owner]));
}
