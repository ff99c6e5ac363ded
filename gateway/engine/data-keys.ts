// The keys values have in the data of subgraphs: a field's name, and a number for its arguments. Clients' aliases stay out of plans:
// no alias can stand where a plan looks for a key (`{ product { id: name } }`), one key has one meaning whatever the type of its
// object, and what is asked for twice is fetched once.
import { type FieldNode, print } from 'graphql';

/** Before every key that is no field's name: no field of a schema starts like this. */
const PREFIX = '_c';

export class DataKeys {
  readonly #numbers = new Map<string, number>();

  of(field: FieldNode): string {
    const { name, arguments: given } = field;
    if (given === undefined || given.length === 0) return name.value;
    const text = `${name.value}(${given.map(print).join()})`;
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return `${PREFIX}${number}_${name.value}`;
  }

  /** Of a root field that does something: asked for twice, it does so twice. */
  ofMutation({ name, alias }: FieldNode): string {
    return `${PREFIX}_${(alias ?? name).value}`;
  }
}
