// Events of the loyalty subgraph: what happened to points, with the balances after it.
import { z } from 'zod';
import { defineEvent } from '#platform/messaging/contract.ts';

const ofPoints = {
  version: 1,
  key: 'account id',
  dataclass: 'INTERNAL',
  schema: z.object({
    accountId: z.string(),
    customerId: z.string(),
    /** Points moved, always positive. */
    points: z.string(),
    orderId: z.string().nullable(),
    entryIds: z.array(z.string()),
    balances: z.object({ available: z.string(), pending: z.string(), held: z.string(), debt: z.string() }),
    version: z.number(),
  }),
} as const;

export const pointsPending = defineEvent({
  ...ofPoints,
  name: 'loyalty.points.pending',
  meaning: 'A sale earned points that may be spent once the return window has passed.',
});

export const pointsReversed = defineEvent({
  ...ofPoints,
  name: 'loyalty.points.reversed',
  meaning: 'Goods came back: the points they had earned are taken back in proportion.',
});
