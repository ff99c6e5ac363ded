// Which engine runs the graph. Ours, unless told otherwise or its planner has no build for this platform.
import { Fault } from '#platform/errors/fault.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import type { SubgraphClient } from '../subgraph-client.ts';
import type { AuthorizationMode } from './authorization.ts';
import type { QueryEngine } from './engine.ts';
import { createTillgraphEngine } from './tillgraph-engine.ts';

export interface EngineOptions {
  readonly engine: 'tillgraph' | 'apollo';
  readonly supergraphSdl: string;
  readonly subgraphs: readonly SubgraphClient[];
  readonly logger: Logger;
  /** What becomes of an operation that asks for what its caller may not see. @apollo/gateway always rejects it. */
  readonly authorization?: AuthorizationMode | undefined;
}

/** Loaded when it runs only: @apollo/gateway takes its time. */
async function createReference({ supergraphSdl, subgraphs }: EngineOptions): Promise<QueryEngine> {
  const { createApolloEngine } = await import('./apollo-engine.ts');
  return createApolloEngine(supergraphSdl, subgraphs);
}

export async function createEngine(options: EngineOptions): Promise<QueryEngine> {
  const { engine, supergraphSdl, subgraphs, logger, authorization } = options;
  if (engine === 'apollo') return createReference(options);
  try {
    return await createTillgraphEngine(supergraphSdl, subgraphs, authorization);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ENGINE_UNAVAILABLE') throw error;
    logger.warn({ error: error.cause }, `${error.message}; running with it`);
    return createReference(options);
  }
}
