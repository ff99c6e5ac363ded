// Limits of this graph where LIMITS does not say otherwise; a foreign supergraph has none of them. A shopper's page costs some hundreds.
import type { Redis } from '#platform/cache/redis.ts';
import type { Config } from '#platform/config/config.ts';
import { Guard } from './guarded-engine.ts';
import { type GivenLimits, readLimits } from './limit-settings.ts';
import { readTrustedDocuments } from './trusted-documents.ts';

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

/** The guard of the whole graph, as the settings say. */
export function guardOf(config: Config, redis: Redis | undefined): Guard {
  return new Guard({
    limits: readLimits(config.LIMITS, graphLimits),
    introspection: config.INTROSPECTION ?? (config.SEED === 'demo' ? 'open' : 'role'),
    trusted: readTrustedDocuments(config.TRUSTED_DOCUMENTS),
    redis,
  });
}
