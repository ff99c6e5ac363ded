// SQL of products, variants and GTINs. A product is read whole: three statements for any number of products.
import { z } from 'zod';
import { productStatuses } from '#contracts/product.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, statement } from '#platform/db/statement.ts';
import type { FoundProduct, Product, Variant } from '../product.ts';
import { searchQuery, searchText } from '../search.ts';

const headRow = z
  .object({
    id: z.string(),
    system: z.string(),
    external_id: z.string(),
    external_version: z.string(),
    changed_at: z.date(),
    last_seen_at: z.date(),
    handle: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    brand: z.string().nullable(),
    categories: z.array(z.string()),
    status: z.enum(productStatuses),
    version: z.number(),
  })
  .transform(({ external_id, external_version, changed_at, last_seen_at, ...same }) => ({
    ...same,
    externalId: external_id,
    externalVersion: external_version,
    changedAt: changed_at,
    lastSeenAt: last_seen_at,
  }));

const variantRow = z
  .object({
    sku: z.string(),
    product_id: z.string(),
    title: z.string(),
    options: z.array(z.object({ name: z.string(), value: z.string() })),
    uom: z.string(),
    tax_category: z.string().nullable(),
    returnable: z.boolean(),
    return_window_days: z.number(),
    track_inventory: z.boolean(),
    withdrawn: z.boolean(),
    gtins: z.array(z.string()),
  })
  .transform((row) => ({
    withdrawn: row.withdrawn,
    variant: {
      sku: row.sku,
      productId: row.product_id,
      title: row.title,
      gtins: row.gtins,
      options: row.options,
      uom: row.uom,
      taxCategory: row.tax_category,
      returnable: row.returnable,
      returnWindowDays: row.return_window_days,
      trackInventory: row.track_inventory,
    } satisfies Variant,
  }));

const columns = `id, system, external_id, external_version, changed_at, last_seen_at, handle, title, description, brand, categories,
  status, version`;
const variantColumns = `sku, product_id, title, options, uom, tax_category, returnable, return_window_days, track_inventory,
  withdrawn, array(select gtin from variant_gtin g where g.sku = v.sku order by gtin) as gtins`;

const byIds = statement('product.byIds', `select ${columns} from product where id = any($1)`, headRow);
const byExternal = statement(
  'product.byExternal',
  `select ${columns} from product where system = $1 and external_id = any($2)`,
  headRow,
);
const variantsOf = statement(
  'product.variantsOf',
  `select ${variantColumns} from variant v where product_id = any($1) order by product_id, place`,
  variantRow,
);
const variantsBySku = statement(
  'product.variants',
  `select ${variantColumns} from variant v where sku = any($1)`,
  variantRow,
);
const search = statement(
  'product.search',
  `select id, title from product
   where search @@ to_tsquery('simple', $1) and ($2::text is null or (title, id) > ($2, $3)) order by title, id limit $4`,
  z.object({ id: z.string(), title: z.string() }),
);

type Head = z.output<typeof headRow>;

async function withVariants(reader: Reader, heads: readonly Head[]): Promise<Product[]> {
  const rows = heads.length === 0 ? [] : await reader.all(variantsOf, [heads.map((head) => head.id)]);
  const told = Map.groupBy(
    rows.filter((row) => !row.withdrawn).map((row) => row.variant),
    (variant) => variant.productId,
  );
  return heads.map((head) => ({ ...head, variants: told.get(head.id) ?? [] }));
}

export async function findProducts(reader: Reader, ids: readonly string[]): Promise<Product[]> {
  return withVariants(reader, await reader.all(byIds, [ids]));
}

export async function findByExternalIds(
  reader: Reader,
  system: string,
  externalIds: readonly string[],
): Promise<Product[]> {
  return withVariants(reader, await reader.all(byExternal, [system, externalIds]));
}

export async function findVariants(reader: Reader, skus: readonly string[]): Promise<Variant[]> {
  return (await reader.all(variantsBySku, [skus])).map((row) => row.variant);
}

/** Products whose words begin with those of the text, by title; `after` is the last one of the page before. */
export async function searchProducts(
  reader: Reader,
  text: string,
  after: FoundProduct | undefined,
  limit: number,
): Promise<FoundProduct[]> {
  const query = searchQuery(text);
  return query === null ? [] : reader.all(search, [query, after?.title ?? null, after?.id ?? null, limit]);
}

const upsertHeads = command(
  'product.upsert',
  `insert into product (${columns}, search_text)
   select id, system, external_id, external_version, changed_at, last_seen_at, handle, title, description, brand,
     array(select jsonb_array_elements_text(categories)), status, version, search_text
   from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[],
     $9::text[], $10::text[], $11::jsonb[], $12::text[], $13::int[], $14::text[])
     as p (id, system, external_id, external_version, changed_at, last_seen_at, handle, title, description, brand, categories,
       status, version, search_text)
   on conflict (id) do update set external_version = excluded.external_version, changed_at = excluded.changed_at,
     last_seen_at = excluded.last_seen_at, handle = excluded.handle, title = excluded.title,
     description = excluded.description, brand = excluded.brand, categories = excluded.categories, status = excluded.status,
     version = excluded.version, search_text = excluded.search_text`,
);
const withdraw = command('product.withdraw', 'update variant set withdrawn = true where product_id = any($1)');
const upsertVariants = command(
  'product.upsertVariants',
  `insert into variant (sku, product_id, place, title, options, uom, tax_category, returnable, return_window_days,
     track_inventory, withdrawn)
   select v.*, false from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::jsonb[], $6::text[], $7::text[],
     $8::boolean[], $9::int[], $10::boolean[]) as v
   on conflict (sku) do update set product_id = excluded.product_id, place = excluded.place, title = excluded.title,
     options = excluded.options, uom = excluded.uom, tax_category = excluded.tax_category, returnable = excluded.returnable,
     return_window_days = excluded.return_window_days, track_inventory = excluded.track_inventory, withdrawn = false`,
);
// A withdrawn variant keeps its GTINs until they are given to another one.
const clearGtins = command('product.clearGtins', 'delete from variant_gtin where sku = any($1) or gtin = any($2)');
const insertGtins = command(
  'product.insertGtins',
  'insert into variant_gtin (gtin, sku) select * from unnest($1::text[], $2::text[])',
);
const touch = command('product.touch', 'update product set last_seen_at = $2 where id = any($1)');

export function saveProducts(tx: Writer, products: readonly Product[]): void {
  if (products.length === 0) return;
  const column = <T>(pick: (product: Product) => T) => products.map(pick);
  tx.defer(upsertHeads, [
    column((p) => p.id),
    column((p) => p.system),
    column((p) => p.externalId),
    column((p) => p.externalVersion),
    column((p) => p.changedAt),
    column((p) => p.lastSeenAt),
    column((p) => p.handle),
    column((p) => p.title),
    column((p) => p.description),
    column((p) => p.brand),
    column((p) => JSON.stringify(p.categories)),
    column((p) => p.status),
    column((p) => p.version),
    column(searchText),
  ]);
  tx.defer(withdraw, [column((p) => p.id)]);
  const variants = products.flatMap((p) => p.variants.map((variant, place) => ({ ...variant, place })));
  const of = <T>(pick: (variant: (typeof variants)[number]) => T) => variants.map(pick);
  tx.defer(upsertVariants, [
    of((v) => v.sku),
    of((v) => v.productId),
    of((v) => v.place),
    of((v) => v.title),
    of((v) => JSON.stringify(v.options)),
    of((v) => v.uom),
    of((v) => v.taxCategory),
    of((v) => v.returnable),
    of((v) => v.returnWindowDays),
    of((v) => v.trackInventory),
  ]);
  const gtins = variants.flatMap((v) => v.gtins.map((gtin) => [gtin, v.sku] as const));
  tx.defer(clearGtins, [of((v) => v.sku), gtins.map(([gtin]) => gtin)]);
  tx.defer(insertGtins, [gtins.map(([gtin]) => gtin), gtins.map(([, sku]) => sku)]);
}

export function touchProducts(tx: Writer, ids: readonly string[], seenAt: Date): void {
  if (ids.length > 0) tx.defer(touch, [ids, seenAt]);
}
