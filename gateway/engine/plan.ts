// A query plan as this engine runs it, whichever planner made it. Conditions are decided before planning (variant.ts), so a plan
// has none; what a planner says besides this is refused when it is translated, never ignored.

/** One step down the data: a key, every element of a list, or only objects of these types. */
export type PathSegment =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'elements' }
  | { readonly kind: 'types'; readonly types: readonly string[] };

export type PlanPath = readonly PathSegment[];

/** Where in the data a value is set or renamed. */
export type RewritePath = readonly Exclude<PathSegment, { readonly kind: 'elements' }>[];

export type Rewrite =
  | { readonly kind: 'set'; readonly path: RewritePath; readonly key: string; readonly value: unknown }
  | { readonly kind: 'rename'; readonly path: RewritePath; readonly key: string; readonly to: string };

/** What of an entity its subgraph must be told to find it. */
export type Requirement =
  | {
      readonly kind: 'field';
      /** Where the value is in the data. */
      readonly from: string;
      /** What the subgraph calls it. */
      readonly to: string;
      readonly requirements: readonly Requirement[] | undefined;
    }
  | {
      readonly kind: 'type';
      readonly type: string;
      readonly requirements: readonly Requirement[];
      /** Names of types: where given, nothing is required of objects of other names. */
      readonly only?: ReadonlySet<string>;
    };

interface Request {
  readonly subgraph: string;
  readonly operation: string;
  /** Names of the client's variables the operation uses. */
  readonly variables: readonly string[];
}

export interface RootFetch extends Request {
  readonly kind: 'root';
  readonly mutation: boolean;
  readonly output: readonly Rewrite[];
}

/** One `_entities` field of an entity fetch, and the places its answers go to. */
export interface EntityGroup {
  /** Response key of the field in the operation. */
  readonly alias: string;
  /** Name of the operation's variable that takes the representations; groups may share one. */
  readonly variable: string;
  readonly paths: readonly PlanPath[];
  readonly requirements: readonly Requirement[];
  readonly input: readonly Rewrite[];
  readonly output: readonly Rewrite[];
}

export interface EntityFetch extends Request {
  readonly kind: 'entities';
  readonly groups: readonly EntityGroup[];
}

export type PlanNode =
  | RootFetch
  | EntityFetch
  | { readonly kind: 'sequence' | 'parallel'; readonly nodes: readonly PlanNode[] };

export interface QueryPlan {
  /** The fetch whose events begin everything else; only of subscriptions. */
  readonly stream: RootFetch | undefined;
  /** Undefined where nothing is to be fetched. */
  readonly node: PlanNode | undefined;
}

/** Plans valid operations of one supergraph; rejects for what it cannot plan. */
export interface Planner {
  plan(operation: string): Promise<QueryPlan>;
  stop(): Promise<void>;
}
