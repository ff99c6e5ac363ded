// The keys values have in the data of subgraphs: a field's name where it can be nothing else, and else a name of our own. Clients' aliases
// stay out of plans: none can stand where a plan looks for a key (`{ product { id: name } }`), and one key has one meaning whatever the
// type of its object.
import { type FieldNode, print } from 'graphql';

/** Before every key that is no field's name: no field of a schema starts like this. */
const PREFIX = '_c';

export class DataKeys {
  readonly #numbers = new Map<string, number>();

  /** A leaf asked for twice is fetched once. An object is not: what fails in the one selection must not take away the other. */
  of({ name, alias, arguments: given, selectionSet }: FieldNode): string {
    const hasArguments = given !== undefined && given.length > 0;
    const isRenamed = alias !== undefined && alias.value !== name.value && selectionSet !== undefined;
    if (!hasArguments && !isRenamed) return name.value;
    const text = `${isRenamed ? alias.value : ''}:${name.value}(${(given ?? []).map(print).join()})`;
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return `${PREFIX}${number}_${name.value}`;
  }

  /** Of a root field that does something: asked for twice, it does so twice. */
  ofMutation({ name, alias }: FieldNode): string {
    return `${PREFIX}_${(alias ?? name).value}`;
  }
}
