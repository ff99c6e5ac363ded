// In front of an engine that does not know who may see what: an operation its caller may not see the whole of is refused before it runs,
// whatever its conditions.
import { type DocumentNode, type GraphQLError, getOperationAST, Kind } from 'graphql';
import type { GatewayContext } from '../subgraph-client.ts';
import type { RuleIds } from './access-rules.ts';
import type { Authorization } from './authorization.ts';

export interface Asked {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly context: GatewayContext;
}

export class OperationGate {
  readonly #authorization: Authorization;
  readonly #rules = new WeakMap<object, RuleIds>();

  constructor(authorization: Authorization) {
    this.#authorization = authorization;
  }

  /** Undefined for what may run. */
  refusalOf({ document, operationName, context }: Asked): readonly GraphQLError[] | undefined {
    const definition = getOperationAST(document, operationName);
    // The engine says what is wrong with it.
    if (!definition) return undefined;
    const fragments = new Map(
      document.definitions.flatMap((node) =>
        node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
      ),
    );
    const operation = { definition, fragments };
    const rules = this.#rules.get(definition) ?? this.#authorization.rulesOf(operation);
    this.#rules.set(definition, rules);
    if (rules.length === 0 || this.#authorization.maskFor(rules, context.principal) === '') return undefined;
    return this.#authorization.refusalOf(operation, context.principal);
  }
}
