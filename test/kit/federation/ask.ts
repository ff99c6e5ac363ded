// Asks an engine as the gateway does, and subgraphs that answer what a test says.
import { type ExecutionResult, parse } from 'graphql';
import type { QueryEngine } from '../../../gateway/engine/engine.ts';
import type { OperationResult, SubgraphClient, SubgraphRequest } from '../../../gateway/subgraph-client.ts';

/** The answer as it goes over the wire. */
export async function ask(
  engine: QueryEngine,
  source: string,
  variables: Record<string, unknown> = {},
): Promise<ExecutionResult> {
  const document = parse(source);
  // The reference keeps its plans by the hash.
  const queryHash = source;
  const operation = document.definitions.find((definition) => definition.kind === 'OperationDefinition');
  const operationName = operation?.name?.value ?? null;
  const request = { variables, operationName: operationName ?? undefined };
  const context = { principal: undefined, traceparent: '' };
  const asked = { source, document, operation, operationName, request, context, queryHash };
  const result = await engine.execute(asked);
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

export type Reply = (request: SubgraphRequest) => OperationResult | Promise<OperationResult>;

export interface ScriptedSubgraph extends SubgraphClient {
  readonly requests: SubgraphRequest[];
}

/** A foreign subgraph of which only the answers matter. */
export function scriptedSubgraph(name: string, reply: Reply): ScriptedSubgraph {
  const requests: SubgraphRequest[] = [];
  return {
    name,
    requests,
    async execute(request) {
      requests.push(request);
      return reply(request);
    },
    subscribe: () => Promise.resolve({ errors: [{ message: 'no streams here' }] }),
    close: () => Promise.resolve(),
  };
}
