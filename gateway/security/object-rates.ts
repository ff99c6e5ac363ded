// How often mutations may touch one business object: so many a minute for a shop, or for an article in a shop, whoever asks. Which
// mutations and what names the object, the settings say.
import { type FieldNode, Kind, type OperationDefinitionNode, OperationTypeNode, type SelectionSetNode } from 'graphql';
import { RateLimiterMemory, type RateLimiterRedis } from 'rate-limiter-flexible';
import type { Redis } from '#platform/cache/redis.ts';
import { type Given, givenBy, type Variables } from './amount.ts';
import { consume, sharedLimiter } from './client-budget.ts';
import type { Fragments } from './collect-costs.ts';
import type { ObjectRate } from './limit-settings.ts';

/** A root field whose object is counted. */
export interface Touch {
  readonly rate: ObjectRate;
  readonly given: ReadonlyMap<string, Given>;
}

interface Refused {
  readonly field: string;
  readonly object: string;
  readonly retryAfterMs: number;
}

export class ObjectRates {
  readonly #rates: readonly ObjectRate[];
  readonly #limiters = new Map<ObjectRate, RateLimiterMemory | RateLimiterRedis>();

  constructor(rates: readonly ObjectRate[], redis: Redis | undefined) {
    this.#rates = rates;
    for (const rate of rates) {
      const { points, seconds: duration } = rate;
      const name = `object:${rate.field}:${rate.keys.join(',')}`;
      const limiter = redis
        ? sharedLimiter(redis, name, points, duration)
        : new RateLimiterMemory({ keyPrefix: name, points, duration });
      this.#limiters.set(rate, limiter);
    }
  }

  /** What an operation touches; found once for each operation. */
  touches({ operation, selectionSet }: OperationDefinitionNode, fragments: Fragments): readonly Touch[] {
    if (operation !== OperationTypeNode.MUTATION || this.#rates.length === 0) return [];
    return rootFields(selectionSet, fragments).flatMap(({ name, arguments: given = [] }) =>
      this.#rates
        .filter(({ field }) => field === name.value)
        .map((rate) => ({
          rate,
          given: new Map(given.map((argument) => [argument.name.value, givenBy(argument.value, undefined)])),
        })),
    );
  }

  /** Counts each touch; the first object touched too often. */
  async count(touches: readonly Touch[], variables: Variables): Promise<Refused | undefined> {
    for (const { rate, given } of touches) {
      const limiter = this.#limiters.get(rate);
      const keys = rate.keys.map((path) => at(given, path, variables));
      const elements = rate.each === undefined ? 1 : at(given, rate.each, variables);
      // What names no object is refused by the subgraph.
      if (!limiter || keys.some((key) => typeof key !== 'string')) continue;
      // Subgraphs match names without regard to case.
      const object = keys.join(' ').toUpperCase();
      const points = Array.isArray(elements) ? elements.length : 1;
      const retryAfterMs = await consume(limiter, object.slice(0, LONGEST_NAME), points);
      if (retryAfterMs > 0) return { field: rate.field, object, retryAfterMs };
    }
    return undefined;
  }
}

const LONGEST_NAME = 200;

/** `input.location`: the first part is the argument. */
function at(given: ReadonlyMap<string, Given>, path: string, variables: Variables): unknown {
  const [argument = '', ...inner] = path.split('.');
  const found = given.get(argument);
  if (!found) return undefined;
  const value = 'constant' in found ? found.constant : found.under(variables);
  return inner.reduce(
    (object, key) =>
      typeof object === 'object' && object !== null && Object.hasOwn(object, key)
        ? (object as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function rootFields({ selections }: SelectionSetNode, fragments: Fragments): readonly FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(selection.selectionSet, fragments);
    const fragment = fragments.get(selection.name.value);
    return fragment ? rootFields(fragment.selectionSet, fragments) : [];
  });
}
