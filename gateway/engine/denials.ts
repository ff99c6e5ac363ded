// What one kind of caller may not see of one operation, and how it is told: an error for each place a client selected, with a path
// that has no indexes, for nothing was fetched that could have any.
import { type FieldNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import type { ClientPath } from './client-paths.ts';
import type { IsIncluded, Operation } from './variant.ts';

export interface Denial {
  readonly reason: 'UNAUTHENTICATED' | 'FORBIDDEN';
  readonly message: string;
}

export interface DenialParts {
  readonly operation: Pick<Operation, 'definition' | 'fragments'>;
  readonly fields: ReadonlyMap<FieldNode, Denial>;
  /** Of objects that may come where an interface or union is declared. */
  readonly types: ReadonlyMap<string, Denial>;
  readonly isIncluded: IsIncluded;
}

interface Place {
  readonly path: readonly string[];
  readonly denial: Denial;
}

/** An operation may be small and name one fragment in very many places. */
const MOST_TOLD = 100;

export class Denials {
  readonly types: ReadonlyMap<string, Denial>;
  readonly #fields: ReadonlyMap<FieldNode, Denial>;
  readonly #places: readonly Place[];

  constructor(parts: DenialParts) {
    this.types = parts.types;
    this.#fields = parts.fields;
    this.#places = [...placesOf(parts)];
  }

  denies(field: FieldNode): boolean {
    return this.#fields.has(field);
  }

  /** The selections that are left. */
  shown(isIncluded: IsIncluded): IsIncluded {
    return (selection) => !this.#fields.has(selection as FieldNode) && isIncluded(selection);
  }

  /** True when a field of the operation itself is among them, or with `deep` any field. */
  touches(deep: boolean): boolean {
    return this.#places.some(({ path }) => deep || path.length === 1);
  }

  /** Fresh ones for each answer: whoever handles an error may write on it. */
  errors(): GraphQLError[] {
    return this.#places.map(({ path, denial }) => errorOf(denial, { path }));
  }

  /** In place of an answer. */
  refusal(): GraphQLError[] {
    return this.#places.map(({ denial }) => refused(denial));
  }

  /** The error for an object of a type that came where another might have; undefined where an error stands already. */
  ofObject(type: string, path: ClientPath): GraphQLError | undefined {
    const denial = this.types.get(type);
    const keys = path.filter((part) => typeof part === 'string');
    const isTold = this.#places.some(({ path: told }) => keys.every((key, index) => told[index] === key));
    return denial && !isTold ? errorOf(denial, { path }) : undefined;
  }
}

/** Refuses the whole operation. */
export function refused(denial: Denial): GraphQLError {
  return errorOf(denial, { status: denial.reason === 'UNAUTHENTICATED' ? 401 : 403 });
}

function errorOf(
  { reason, message }: Denial,
  { path, status }: { readonly path?: ClientPath; readonly status?: number },
): GraphQLError {
  const http = status === undefined ? {} : { http: { status } };
  return new GraphQLError(message, {
    ...(path ? { path } : {}),
    extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', reason, ...http },
  });
}

/** Each place once; goes only where there is something to find. */
function* placesOf({ operation, fields, isIncluded }: DenialParts): Generator<Place> {
  const { definition, fragments } = operation;
  const leading = new Map<SelectionSetNode, boolean>();
  const below = (selection: SelectionSetNode['selections'][number]) =>
    selection.kind === Kind.FRAGMENT_SPREAD
      ? fragments.get(selection.name.value)?.selectionSet
      : selection.selectionSet;
  const leads = (set: SelectionSetNode): boolean => {
    const known = leading.get(set);
    if (known !== undefined) return known;
    const found = set.selections.some((selection) => {
      if (!isIncluded(selection)) return false;
      if (selection.kind === Kind.FIELD && fields.has(selection)) return true;
      const inner = below(selection);
      return inner !== undefined && leads(inner);
    });
    leading.set(set, found);
    return found;
  };
  const told = new Set<string>();
  function* enter(set: SelectionSetNode, path: readonly string[]): Generator<Place> {
    for (const selection of set.selections) {
      if (told.size >= MOST_TOLD) return;
      if (!isIncluded(selection)) continue;
      const isField = selection.kind === Kind.FIELD;
      const place = isField ? [...path, (selection.alias ?? selection.name).value] : path;
      const denial = isField ? fields.get(selection) : undefined;
      const inner = below(selection);
      if (denial) {
        const key = place.join('.');
        if (!told.has(key)) yield { path: place, denial };
        told.add(key);
      } else if (inner && leads(inner)) yield* enter(inner, place);
    }
  }
  if (leads(definition.selectionSet)) yield* enter(definition.selectionSet, []);
}
