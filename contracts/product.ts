// Events of the product subgraph: what may be sold, and at which prices.
import { z } from 'zod';
import { defineEvent } from '#platform/messaging/contract.ts';

export const productStatuses = ['DRAFT', 'ACTIVE', 'DISCONTINUED', 'RECALLED'] as const;
export const priceTypes = ['LIST', 'SALE', 'PROMO', 'PRIOR_30D_LOWEST'] as const;

export const productUpserted = defineEvent({
  name: 'product.upserted',
  version: 1,
  meaning: 'The system of record told us of a product or a change of it; the payload is its state now.',
  key: 'product id',
  dataclass: 'PUBLIC',
  schema: z.object({
    productId: z.string(),
    status: z.enum(productStatuses),
    system: z.string(),
    externalId: z.string(),
    externalVersion: z.string(),
    version: z.number(),
    variants: z.array(
      z.object({
        sku: z.string(),
        gtins: z.array(z.string()),
        title: z.string(),
        uom: z.string(),
        taxCategory: z.string().nullable(),
        returnable: z.boolean(),
        returnWindowDays: z.number(),
        trackInventory: z.boolean(),
      }),
    ),
  }),
});

export const priceActivated = defineEvent({
  name: 'price.activated',
  version: 1,
  meaning: 'A price became part of the price list; it counts within its validity.',
  key: 'sku',
  dataclass: 'PUBLIC',
  schema: z.object({
    priceId: z.string(),
    sku: z.string(),
    amount: z.string(),
    currency: z.string(),
    type: z.enum(priceTypes),
    channel: z.string().nullable(),
    location: z.string().nullable(),
    customerGroup: z.string().nullable(),
    validFrom: z.string(),
    validTo: z.string().nullable(),
  }),
});
