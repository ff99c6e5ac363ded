// The ERP's records as we accept them: what could not pass the graph as a whole call is refused here, one record at a time.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { currencyCode } from '#contracts/inputs.ts';

const unit = z.enum(['PC', 'KG', 'L', 'M']);
const time = z.iso.datetime({ offset: true });

const price = z.object({
  kind: z.enum(['L', 'S', 'P', 'B']),
  coins: z.int().min(0),
  currency: currencyCode,
  channel: z.string().optional(),
  site_gln: gln.optional(),
  customer_group: z.string().optional(),
  from: time.optional(),
  until: time.optional(),
});

const article = z.object({
  art_no: z.string(),
  text: z.string(),
  eans: z.array(z.string()),
  attributes: z.record(z.string(), z.string()),
  unit,
  tax_class: z.string(),
  return_days: z.int().nullable(),
  stock_kept: z.boolean(),
  prices: z.array(price),
});

export const itemShape = z.object({
  item_no: z.string(),
  rev: z.int(),
  changed_at: time,
  slug: z.string(),
  text: z.string(),
  long_text: z.string().optional(),
  brand: z.string().optional(),
  groups: z.array(z.string()),
  state: z.enum(['N', 'A', 'D', 'R']),
  articles: z.array(article),
});

export const siteShape = z.object({
  site_no: z.string(),
  gln,
  name: z.string().min(1).max(128),
  type: z.enum(['SHOP', 'DC']),
  time_zone: z.string(),
});

export const documentShape = z.object({
  doc_no: z.string().min(1).max(64),
  kind: z.enum(['OPENING', 'RECEIPT']),
  site_gln: gln,
  posted_at: time,
  lines: z.array(z.object({ art_no: z.string().min(1), qty: z.string().regex(/^\d{1,12}(\.\d{1,3})?$/), unit })).min(1),
});

export const postingShape = z.object({ posting_no: z.string(), reference: z.string(), booked_at: time });

/** A page; its records are read one by one, so that a wrong one is set aside alone. */
export const pageShape = z.object({ records: z.array(z.unknown()), cursor: z.string(), more: z.boolean() });
export const sitesShape = z.object({ sites: z.array(z.unknown()) });

export type ErpItem = z.output<typeof itemShape>;
export type ErpSite = z.output<typeof siteShape>;
export type ErpDocument = z.output<typeof documentShape>;
export type ErpPosting = z.output<typeof postingShape>;

/** A record that is not as agreed, and why. */
export interface SetAside {
  readonly record: string;
  readonly reason: string;
}

/** The records of a list that are as agreed, a repeated one once, as it came last; the others with their reasons. */
export function readRecords<Record>(
  schema: z.ZodType<Record>,
  records: readonly unknown[],
  nameOf: (record: Record) => string,
): { readonly good: readonly Record[]; readonly setAside: readonly SetAside[] } {
  const good = new Map<string, Record>();
  const setAside: SetAside[] = [];
  for (const raw of records) {
    const { success, data, error } = schema.safeParse(raw);
    if (success) good.set(nameOf(data), data);
    else {
      const issue = error.issues[0];
      setAside.push({
        record: JSON.stringify(raw).slice(0, 80),
        reason: `${issue?.path.join('.')}: ${issue?.message}`,
      });
    }
  }
  return { good: [...good.values()], setAside };
}
