// Which engine runs the graph. Ours, unless told otherwise or its planner has no build for this platform.
import { Fault } from '#platform/errors/fault.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import type { SubgraphClient } from '../subgraph-client.ts';
import { createApolloEngine } from './apollo-engine.ts';
import type { QueryEngine } from './engine.ts';
import { createTillgraphEngine } from './tillgraph-engine.ts';

export interface EngineOptions {
  readonly engine: 'tillgraph' | 'apollo';
  readonly supergraphSdl: string;
  readonly subgraphs: readonly SubgraphClient[];
  readonly logger: Logger;
}

export async function createEngine({ engine, supergraphSdl, subgraphs, logger }: EngineOptions): Promise<QueryEngine> {
  if (engine === 'apollo') return createApolloEngine(supergraphSdl, subgraphs);
  try {
    return await createTillgraphEngine(supergraphSdl, subgraphs);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ENGINE_UNAVAILABLE') throw error;
    logger.warn({ error: error.cause }, `${error.message}; running with it`);
    return createApolloEngine(supergraphSdl, subgraphs);
  }
}
