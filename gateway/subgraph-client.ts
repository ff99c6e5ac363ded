// What the gateway needs of a subgraph, wherever it runs: answers to operations and streams of answers.
import type { OperationResult } from '#platform/graphql/executor.ts';
import type { SubgraphRequest } from '#platform/graphql/subgraph.ts';

export type { OperationResult, SubgraphRequest };

export interface SubgraphClient {
  readonly name: string;
  /** Never rejects for what the subgraph says; rejects with a Fault when it cannot be reached. */
  execute(request: SubgraphRequest): Promise<OperationResult>;
  /** A stream whose return() settles at once, or the answer that refuses the subscription. */
  subscribe(request: SubgraphRequest): Promise<AsyncIterableIterator<OperationResult> | OperationResult>;
  close(): Promise<void>;
}

/** What one request of a client carries through the gateway. */
export interface GatewayContext {
  /** The serialised principal; undefined for anonymous. */
  readonly principal: string | undefined;
  readonly traceparent: string;
  /** Headers of the client that its subgraphs may see: names and values in turn. */
  readonly forwarded?: readonly string[] | undefined;
  /** Where the client is, for budgets of those without a token. */
  readonly address?: string | undefined;
  /** Aborted when the client has gone before its answer; heeded by queries. */
  readonly signal?: AbortSignal | undefined;
}
