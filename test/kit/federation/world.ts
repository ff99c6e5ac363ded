// A composed graph over invented subgraphs that all answer from one truth, with a SubgraphClient for each and the right answer of
// one big schema beside them.

import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  buildASTSchema,
  type DirectiveNode,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isLeafType,
  isObjectType,
  Kind,
  parse,
  type TypeNode,
  validate,
} from 'graphql';
import { buildApiSchema, isHiddenType, isHiddenValue } from '../../../gateway/engine/api-schema.ts';
import type { OperationResult, SubgraphClient, SubgraphRequest } from '../../../gateway/subgraph-client.ts';
import { isDrawn, type Spoiling, spoiled } from './spoiled.ts';
import { type Thing, Truth } from './truth.ts';

export interface WorldDefinition {
  readonly name: string;
  /** SDL by subgraph, without the link to the federation specification. */
  readonly subgraphs: Readonly<Record<string, string>>;
  /** Why @apollo/gateway cannot be asked beside ours. */
  readonly beyondReference?: string;
}

export interface WorldOptions {
  readonly seed: number;
  readonly nulls: number;
  readonly failures: number;
  /** Of a hundred answers of subgraphs, this many are none. */
  readonly malformed?: number;
}

export interface World {
  readonly name: string;
  readonly supergraphSdl: string;
  readonly apiSchema: GraphQLSchema;
  readonly clients: readonly SubgraphClient[];
  /** Operations sent to subgraphs so far. */
  readonly sent: { readonly subgraph: string; readonly request: SubgraphRequest }[];
  /** What was wrong with answers so far. */
  readonly spoilings: Spoiling[];
  rightAnswer(document: DocumentNode, variables: Record<string, unknown>): Promise<ExecutionResult>;
}

const IMPORTS = [
  '@key',
  '@external',
  '@requires',
  '@provides',
  '@shareable',
  '@override',
  '@inaccessible',
  '@interfaceObject',
];
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ${JSON.stringify(IMPORTS)})\n`;

/** Composes once; `at` makes the same graph with other data. */
export function composeWorld({ name, subgraphs }: WorldDefinition): (options: WorldOptions) => World {
  const documents = Object.entries(subgraphs).map(([subgraph, sdl]) => [subgraph, parse(LINK + sdl)] as const);
  const { errors, supergraphSdl } = composeServices(
    documents.map(([subgraph, typeDefs]) => ({ name: subgraph, typeDefs, url: `http://${subgraph}.invalid` })),
  );
  if (!supergraphSdl) throw new Error(`${name}: ${errors?.map(({ message }) => message).join('; ')}`);
  const apiSchema = buildApiSchema(parse(supergraphSdl));
  const wholeSchema = buildASTSchema(parse(supergraphSdl), { assumeValid: true });
  const schemas = documents.map(([subgraph, typeDefs]) => [subgraph, subgraphSchema(typeDefs)] as const);
  const facts = factsOf(
    documents.map(([, document]) => document),
    wholeSchema,
  );
  return (options) => {
    const truth = new Truth({ schema: wholeSchema, population: 4, ...facts, ...options });
    const sent: World['sent'] = [];
    const spoilings: Spoiling[] = [];
    const spoil = spoilerOf(options, facts, spoilings);
    const clients = schemas.map(([subgraph, schema]) => clientOf(subgraph, schema, truth, sent, spoil));
    const fieldResolver = resolverOf(truth);
    return {
      name,
      supergraphSdl,
      apiSchema,
      clients,
      sent,
      spoilings,
      rightAnswer: async (document, variableValues) =>
        execute({ schema: apiSchema, document, variableValues, fieldResolver: withoutHidden(fieldResolver) }),
    };
  };
}

/** A value or an object that clients must not see is null to them, which is an error only where there may be none. */
function withoutHidden(resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info) => {
    const type = getNamedType(info.returnType);
    const value: unknown = resolve(source, args, context, info);
    const seen = (inner: unknown): unknown => {
      if (Array.isArray(inner)) return inner.map(seen);
      const hidden = isEnumType(type)
        ? isHiddenValue(type, inner)
        : isHiddenType(info.schema, (inner as Thing | null)?.__typename);
      return hidden ? null : inner;
    };
    return isLeafType(type) && !isEnumType(type) ? value : seen(value);
  };
}

function subgraphSchema(typeDefs: DocumentNode): GraphQLSchema {
  const entities = typeDefs.definitions.flatMap((definition) =>
    'directives' in definition &&
    definition.directives?.some(({ name }) => name.value === 'key') &&
    'name' in definition
      ? [definition.name?.value ?? '']
      : [],
  );
  const resolver = { __resolveReference: (key: object, context: { truth: Truth }) => referenced(key, context.truth) };
  return buildSubgraphSchema([{ typeDefs, resolvers: Object.fromEntries(entities.map((name) => [name, resolver])) }]);
}

function referenced(key: object, truth: Truth): Thing {
  const told = key as Record<string, unknown>;
  const thing = truth.thingOf(told);
  // A subgraph that knows only the interface calls the object by that name.
  return { ...thing, as: told.__typename } as Thing;
}

type Spoil = (answer: OperationResult, request: SubgraphRequest) => OperationResult;

function spoilerOf(
  { seed, malformed = 0 }: WorldOptions,
  { keyFields, firm, requirements }: ReturnType<typeof factsOf>,
  spoilings: Spoiling[],
): Spoil {
  const required = [...requirements.values()].flatMap((selection) => selection.match(/\w+/g) ?? []);
  const steady = new Set([...firm, ...required, ...[...keyFields.values()].flatMap((names) => [...names])]);
  return (answer, request) => {
    const outcome = isDrawn(malformed, seed, request) ? spoiled(answer, request, seed, steady) : undefined;
    if (outcome) spoilings.push(outcome.spoiling);
    return outcome?.answer ?? answer;
  };
}

function clientOf(
  name: string,
  schema: GraphQLSchema,
  truth: Truth,
  sent: World['sent'],
  spoil: Spoil,
): SubgraphClient {
  const fieldResolver = resolverOf(truth);
  return {
    name,
    async execute(request): Promise<OperationResult> {
      sent.push({ subgraph: name, request });
      const document = parse(request.query);
      const invalid = validate(schema, document);
      if (invalid.length > 0) return { errors: invalid.map((error) => error.toJSON()) };
      const result = await execute({
        schema,
        document,
        variableValues: request.variables ?? {},
        contextValue: { truth },
        fieldResolver,
        typeResolver: (value) => {
          const { __typename } = value as Thing;
          return schema.getType(__typename) ? __typename : (value as { as?: string }).as;
        },
      });
      // As over a wire.
      return spoil(JSON.parse(JSON.stringify(result)) as OperationResult, request);
    },
    subscribe: () => Promise.resolve({ errors: [{ message: 'no streams here' }] }),
    close: () => Promise.resolve(),
  };
}

function resolverOf(truth: Truth): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, _context, info) => {
    const thing = (source ?? { __typename: info.parentType.name, identity: info.parentType.name }) as Thing;
    return truth.valueOf(thing, info.fieldName, args as Record<string, unknown>);
  };
}

/** Keys, requirements and values of enums, as the subgraphs declare them. */
function factsOf(documents: readonly DocumentNode[], api: GraphQLSchema) {
  const keyFields = new Map<string, Set<string>>();
  const firm = new Set<string>();
  const requirements = new Map<string, string>();
  const enumValues = new Map<string, readonly string[]>();
  for (const { definition, enums } of documents.flatMap(definitionsOf)) {
    const types = Object.values(api.getTypeMap()).filter(
      (type) =>
        isObjectType(type) &&
        (type.name === definition.name.value ||
          type.getInterfaces().some((parent) => parent.name === definition.name.value)),
    );
    const keys = definition.directives?.filter(({ name }) => name.value === 'key').map(fieldsOf) ?? [];
    for (const { name } of types) {
      for (const key of keys) {
        for (const field of key.replaceAll(/\w+ *\{[^}]*\}/g, '').match(/\w+/g) ?? []) {
          keyFields.set(name, (keyFields.get(name) ?? new Set()).add(field));
        }
        for (const field of key.match(/\w+(?= *\{)/g) ?? []) firm.add(field);
      }
      for (const field of definition.fields ?? []) {
        const place = `${name}.${field.name.value}`;
        const requires = field.directives?.find((directive) => directive.name.value === 'requires');
        if (requires) requirements.set(place, fieldsOf(requires));
        const values = enums.get(namedType(field.type));
        // What every subgraph with the field can say.
        if (values) enumValues.set(place, enumValues.get(place)?.filter((value) => values.includes(value)) ?? values);
      }
    }
  }
  return { keyFields, firm, requirements, enumValues };
}

/** Types with fields, and the values that the enums have in their subgraph. */
function definitionsOf({ definitions }: DocumentNode) {
  const enums = new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION
        ? [[definition.name.value, (definition.values ?? []).map(({ name }) => name.value)] as const]
        : [],
    ),
  );
  return definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? [{ definition, enums }]
      : [],
  );
}

function fieldsOf(directive: DirectiveNode): string {
  const value = directive.arguments?.find(({ name }) => name.value === 'fields')?.value;
  return value?.kind === Kind.STRING ? value.value : '';
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
