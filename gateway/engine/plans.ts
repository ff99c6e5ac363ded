// Query plans, one per operation text and name, bounded. Says which operations a single subgraph can answer as they are.
import { operationFromDocument, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { type FetchNode, type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { type DocumentNode, type GraphQLSchema, Kind, validate, visit } from 'graphql';

export interface Preparation {
  readonly plan: QueryPlan;
  /** The subgraph that can answer the client's own text; undefined when the plan has to be run. */
  readonly wholly: string | undefined;
}

const MOST_PREPARED = 2_000;

export class Plans {
  readonly supergraph: Supergraph;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  /** All types with the joins, as plans refer to them. */
  readonly wholeSchema: GraphQLSchema;
  readonly #planner: QueryPlanner;
  readonly #subgraphs = new Map<string, GraphQLSchema>();
  readonly #prepared = new Map<string, Preparation>();

  constructor(supergraphSdl: string) {
    this.supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES });
    this.apiSchema = this.supergraph.apiSchema().toGraphQLJSSchema();
    this.wholeSchema = this.supergraph.schema.toGraphQLJSSchema();
    this.#planner = new QueryPlanner(this.supergraph);
    for (const subgraph of this.supergraph.subgraphs()) {
      this.#subgraphs.set(subgraph.name, subgraph.schema.toGraphQLJSSchema());
    }
  }

  /** Names of the subgraphs the supergraph was composed of. */
  get subgraphNames(): string[] {
    return [...this.#subgraphs.keys()];
  }

  prepare(source: string, document: DocumentNode, operationName: string | null): Preparation {
    const key = `${operationName ?? ''}\n${source}`;
    const known = this.#prepared.get(key);
    if (known) {
      // Moved to the end, so that the map's order is by last use.
      this.#prepared.delete(key);
      this.#prepared.set(key, known);
      return known;
    }
    const named = operationName === null ? {} : { operationName };
    const operation = operationFromDocument(this.supergraph.apiSchema(), document, named);
    const plan = this.#planner.buildQueryPlan(operation);
    const preparation = { plan, wholly: this.#whollyAnsweredBy(plan, document) };
    if (this.#prepared.size >= MOST_PREPARED) {
      const [oldest] = this.#prepared.keys();
      if (oldest !== undefined) this.#prepared.delete(oldest);
    }
    this.#prepared.set(key, preparation);
    return preparation;
  }

  #whollyAnsweredBy(plan: QueryPlan, document: DocumentNode): string | undefined {
    const node = plan.node;
    if (node?.kind !== 'Fetch' || !isPlain(node) || asksForSchema(document)) return undefined;
    const schema = this.#subgraphs.get(node.serviceName);
    // A fragment on a type of another subgraph, or an argument unknown here, needs the plan's own text.
    return schema && validate(schema, document).length === 0 ? node.serviceName : undefined;
  }
}

function isPlain(fetch: FetchNode): boolean {
  return (
    !fetch.requires && !fetch.inputRewrites?.length && !fetch.outputRewrites?.length && !fetch.contextRewrites?.length
  );
}

/** `__schema` and `__type` are the gateway's to answer. */
function asksForSchema(document: DocumentNode): boolean {
  let asks = false;
  visit(document, {
    [Kind.FIELD](node) {
      if (node.name.value === '__schema' || node.name.value === '__type') asks = true;
    },
  });
  return asks;
}
