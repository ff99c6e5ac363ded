// The engine's interface: Apollo Server's GatewayInterface for queries and mutations, plus streams for subscriptions. Whatever
// executes plans stands behind it.
import type { DocumentNode, ExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { GatewayContext } from '../subgraph-client.ts';

/** An answer's data that is JSON text already: sent as it is, parsed only where somebody looks into it. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

export interface SubscriptionRequest {
  readonly source: string;
  /** What the client sent, where `source` is a rewriting of it. */
  readonly sent?: string | undefined;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
  readonly context: GatewayContext;
  /** What the document was validated against; the one clients see now, if it is not said. */
  readonly schema?: GraphQLSchema | undefined;
}

export interface EngineRequest {
  readonly source: string;
  readonly document: DocumentNode;
  /** Name of the operation; null for one without a name. */
  readonly operationName: string | null;
  /** Undefined when the document has none of the name asked for, or several and no name was. */
  readonly operation?: OperationDefinitionNode | undefined;
  readonly request: { readonly variables?: Record<string, unknown>; readonly operationName?: string | undefined };
  readonly context: GatewayContext;
  /** What the document was validated against; the one clients see now, if it is not said. */
  readonly schema?: GraphQLSchema | undefined;
}

export interface QueryEngine {
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  execute(request: EngineRequest): Promise<ExecutionResult>;
  /** One answer per event, in order; or why the subscription was refused. */
  subscribe(request: SubscriptionRequest): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;
  stop(): Promise<void>;
}
