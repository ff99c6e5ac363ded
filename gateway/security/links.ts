// What a supergraph's @link directives name: an element of a specification goes by the name given here, whatever that is.
import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';

/** The name that a specification's directive has in this supergraph; undefined where the specification is not linked. */
export function directiveName(supergraph: DocumentNode, specification: string, directive: string): string | undefined {
  for (const link of linksOf(supergraph)) {
    const url = textOf(link, 'url')?.split('/') ?? [];
    // https://specs.apollo.dev/cost/v0.1
    if (url.at(-2) !== specification || !url.includes('specs.apollo.dev')) continue;
    const imported = importsOf(link).find(({ name }) => name === `@${directive}`);
    if (imported) return (imported.as ?? imported.name).slice(1);
    const namespace = textOf(link, 'as') ?? specification;
    return directive === specification ? namespace : `${namespace}__${directive}`;
  }
  return undefined;
}

/** Directives that links bring in under names of their own. */
export function importedDirectives(supergraph: DocumentNode): ReadonlySet<string> {
  const imported = linksOf(supergraph).flatMap(importsOf);
  return new Set(imported.flatMap(({ name, as }) => (name.startsWith('@') ? [(as ?? name).slice(1)] : [])));
}

export type Arguments = Readonly<Record<string, unknown>>;

/** The arguments of a directive where it stands. */
export function argumentsOf({ arguments: given = [] }: ConstDirectiveNode): Arguments {
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}

function linksOf({ definitions }: DocumentNode): readonly ConstDirectiveNode[] {
  return definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter(({ name }) => name.value === 'link')
      : [],
  );
}

function valueOf(link: ConstDirectiveNode, argument: string): ConstValueNode | undefined {
  return link.arguments?.find(({ name }) => name.value === argument)?.value;
}

function textOf(link: ConstDirectiveNode, argument: string): string | undefined {
  const value = valueOf(link, argument);
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function importsOf(link: ConstDirectiveNode): readonly { readonly name: string; readonly as?: string }[] {
  const value = valueOf(link, 'import');
  if (value?.kind !== Kind.LIST) return [];
  return (valueFromASTUntyped(value) as (string | { name: string; as?: string })[]).map((element) =>
    typeof element === 'string' ? { name: element } : element,
  );
}
