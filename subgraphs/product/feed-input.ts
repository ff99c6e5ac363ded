// The feed's input: the call is refused as a whole only when it cannot be read at all; a product that is wrong is refused alone.
import { z } from 'zod';
import { gln, gtin, sku } from '#contracts/identifiers.ts';
import { currencyCode, idempotencyKey, longText, shortText } from '#contracts/inputs.ts';
import { priceTypes, productStatuses } from '#contracts/product.ts';
import { parseMinor } from '#platform/kernel/money.ts';
import { unitsOfMeasure } from '#platform/kernel/quantity.ts';
import { isStorable } from '#platform/kernel/text.ts';
import type { FedPrice, FedProduct } from './product.ts';

const MOST_PRODUCTS = 500;
const ALWAYS = new Date(0);
/** Beyond it stands a typing error, and soon the end of a 64-bit column. */
const LARGEST_MINOR = 10n ** 15n - 1n;

export const upsertInput = z.object({
  idempotencyKey,
  system: shortText,
  checkpoint: longText.nullish(),
  products: z.array(z.unknown()).max(MOST_PRODUCTS, { error: `must have at most ${MOST_PRODUCTS} products a call` }),
});

/** Just enough to say which product a refusal is about. */
export const productName = z.object({ externalId: z.string() });

const price = z
  .object({
    amount: z.string(),
    currency: currencyCode,
    type: z.enum(priceTypes).nullish(),
    channel: shortText.nullish(),
    location: gln.nullish(),
    customerGroup: shortText.nullish(),
    taxIncluded: z.boolean().nullish(),
    validFrom: z.date().nullish(),
    validTo: z.date().nullish(),
  })
  .transform((raw, context): FedPrice => {
    const amount = parseMinor(raw.amount, raw.currency);
    const validFrom = raw.validFrom ?? ALWAYS;
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (amount === null || amount < 0n || amount > LARGEST_MINOR) {
      refuse('amount', `${raw.amount} must be an amount of ${raw.currency} from 0, with at most 15 digits`);
    }
    if (raw.validTo && raw.validTo <= validFrom) refuse('validTo', 'must be after validFrom');
    return {
      amount: amount ?? 0n,
      currency: raw.currency,
      type: raw.type ?? 'LIST',
      channel: raw.channel ?? null,
      location: raw.location ?? null,
      customerGroup: raw.customerGroup ?? null,
      taxIncluded: raw.taxIncluded ?? true,
      validFrom,
      validTo: raw.validTo ?? null,
    };
  });

const variant = z.object({
  sku,
  title: longText.nullish(),
  gtins: z.array(gtin).max(20).nullish(),
  options: z
    .array(z.object({ name: shortText, value: shortText }))
    .max(20)
    .nullish(),
  uom: z.enum(unitsOfMeasure).nullish(),
  taxCategory: shortText.nullish(),
  returnable: z.boolean().nullish(),
  returnWindowDays: z.int().min(0).max(3_650).nullish(),
  trackInventory: z.boolean().nullish(),
  prices: z.array(price).max(200).nullish(),
});

export const productInput = z
  .object({
    externalId: shortText,
    externalVersion: shortText,
    changedAt: z.date(),
    handle: shortText.regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'must have lower-case letters, digits and hyphens only' }),
    title: longText.min(1, { error: 'must not be empty' }),
    description: z
      .string()
      .max(20_000, { error: 'must have at most 20000 characters' })
      .refine(isStorable, { error: 'must not contain the character U+0000' })
      .nullish(),
    brand: shortText.nullish(),
    categories: z.array(shortText).max(50).nullish(),
    status: z.enum(productStatuses).nullish(),
    variants: z.array(variant).min(1, { error: 'must have at least one variant' }).max(200),
  })
  .transform(
    (raw): FedProduct => ({
      externalId: raw.externalId,
      externalVersion: raw.externalVersion,
      changedAt: raw.changedAt,
      handle: raw.handle,
      title: raw.title,
      description: raw.description ?? null,
      brand: raw.brand ?? null,
      categories: raw.categories ?? [],
      status: raw.status ?? 'ACTIVE',
      variants: raw.variants.map((entry) => ({
        sku: entry.sku,
        title: entry.title ?? raw.title,
        gtins: [...new Set(entry.gtins ?? [])],
        options: entry.options ?? [],
        uom: entry.uom ?? 'EA',
        taxCategory: entry.taxCategory ?? null,
        returnable: entry.returnable ?? true,
        returnWindowDays: entry.returnWindowDays ?? 30,
        trackInventory: entry.trackInventory ?? true,
        prices: entry.prices ?? null,
      })),
    }),
  );
