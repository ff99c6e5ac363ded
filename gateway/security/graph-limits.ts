// Limits of this graph where LIMITS does not say otherwise; a foreign supergraph has none of them. A shopper's page costs some hundreds.
import type { GivenLimits } from './limit-settings.ts';

export const graphLimits: GivenLimits = {
  // A name under a thousand aliases would else be free.
  leafCost: 0.1,
  assumedListSize: 10,
  clients: {
    anonymous: { cost: 3_000, perSecond: 5_000, burst: 50_000 },
    'role:shopper': { cost: 5_000, perSecond: 5_000, burst: 50_000 },
    // Tills and systems of record: a page of the product master has some ten thousand values, and a shop has one address.
    '*': { cost: 100_000, perSecond: 1_000_000, burst: 5_000_000 },
  },
  objects: [
    // Beyond what the tills of any shop sell.
    { field: 'recordSale', keys: ['input.location'], points: 60_000, seconds: 60 },
    { field: 'reserveStock', keys: ['input.holder.id'], points: 300, seconds: 60 },
    { field: 'adjustStock', keys: ['input.location', 'input.sku'], points: 120, seconds: 60 },
  ],
};
