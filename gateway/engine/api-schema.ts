// The schema that clients see, made of the supergraph's text: without the joins, without what is @inaccessible, without the
// directives that the specifications it links put on schemas.
import {
  buildASTSchema,
  type ConstDirectiveNode,
  type DirectiveDefinitionNode,
  DirectiveLocation,
  type DocumentNode,
  type GraphQLEnumType,
  type GraphQLSchema,
  isEnumType,
  isTypeDefinitionNode,
  Kind,
  visit,
} from 'graphql';
import { importedDirectives } from '../security/links.ts';

/** Directives of the language itself: they mean to clients what they mean here. */
const kept = new Set(['deprecated', 'specifiedBy', 'oneOf']);
const operationLocations = new Set<string>([
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
]);

export function buildApiSchema(supergraph: DocumentNode): GraphQLSchema {
  const features = linkedFeatures(supergraph);
  const imported = importedDirectives(supergraph);
  const inaccessible = features.get('inaccessible') ?? 'inaccessible';
  const belongsToFeature = (name: string) =>
    [...features.values()].some((feature) => name === feature || name.startsWith(`${feature}__`));
  const isHidden = (node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }) =>
    node.directives?.some((directive) => directive.name.value === inaccessible) ?? false;
  const gone = new Set(
    supergraph.definitions.flatMap((definition) =>
      isTypeDefinitionNode(definition) && (isHidden(definition) || belongsToFeature(definition.name.value))
        ? [definition.name.value]
        : [],
    ),
  );
  const shown = visit(supergraph, {
    enter(node) {
      if (isTypeDefinitionNode(node) || node.kind === Kind.NAMED_TYPE)
        return gone.has(node.name.value) ? null : undefined;
      switch (node.kind) {
        case Kind.FIELD_DEFINITION:
        case Kind.INPUT_VALUE_DEFINITION:
        case Kind.ENUM_VALUE_DEFINITION:
          // Their names are of another space than those of types.
          return isHidden(node) ? null : undefined;
        case Kind.DIRECTIVE_DEFINITION:
          if (isForOperations(node)) return undefined;
          return belongsToFeature(node.name.value) || imported.has(node.name.value) ? null : undefined;
        case Kind.DIRECTIVE:
          return kept.has(node.name.value) ? undefined : null;
        default:
          return undefined;
      }
    },
  });
  const schema = buildASTSchema(shown, { assumeValidSDL: true });
  for (const definition of supergraph.definitions) {
    const type = definition.kind === Kind.ENUM_TYPE_DEFINITION && schema.getType(definition.name.value);
    const values = definition.kind === Kind.ENUM_TYPE_DEFINITION ? (definition.values ?? []).filter(isHidden) : [];
    if (isEnumType(type) && values.length > 0) hidden.set(type, new Set(values.map(({ name }) => name.value)));
  }
  hiddenTypes.set(schema, gone);
  return schema;
}

const hiddenTypes = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

/** True for a type of the supergraph's that clients must not see. */
export function isHiddenType(schema: GraphQLSchema, name: unknown): boolean {
  return typeof name === 'string' && (hiddenTypes.get(schema)?.has(name) ?? false);
}

const hidden = new WeakMap<GraphQLEnumType, ReadonlySet<string>>();

/** True for a value of the supergraph's that clients must not see. */
export function isHiddenValue(type: GraphQLEnumType, value: unknown): boolean {
  return typeof value === 'string' && (hidden.get(type)?.has(value) ?? false);
}

/** A directive clients may write, whichever specification it is of: subgraphs composed it for them. */
function isForOperations({ locations }: DirectiveDefinitionNode): boolean {
  return locations.some(({ value }) => operationLocations.has(value));
}

/** The specifications the supergraph links, by their own name: the name their elements have here. */
function linkedFeatures(supergraph: DocumentNode): ReadonlyMap<string, string> {
  const schema = supergraph.definitions.find((definition) => definition.kind === Kind.SCHEMA_DEFINITION);
  const links = schema?.directives?.filter((directive) => directive.name.value === 'link') ?? [];
  return new Map(
    links.flatMap((link) => {
      const url = textOf(link, 'url');
      const name = url?.split('/').at(-2);
      return name === undefined ? [] : [[name, textOf(link, 'as') ?? name] as const];
    }),
  );
}

function textOf(directive: ConstDirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}
