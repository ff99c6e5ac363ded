// Leaves as JSON text, with the values graphql-js would answer: built-in scalars and enums checked, custom scalars as they came.
import { type GraphQLEnumType, type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql';
import { isHiddenValue } from './api-schema.ts';

/** The text of a value that is not null; throws for a value the type does not have. */
export type WriteLeaf = (value: unknown) => string;

/** Above it, the native function is faster than looking at every character. */
const SHORT = 48;

export function quote(text: string): string {
  if (text.length > SHORT) return JSON.stringify(text);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    // A quote, a backslash, a control character, half of a surrogate pair.
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text);
  }
  return `"${text}"`;
}

export function compileLeaf(type: GraphQLLeafType): WriteLeaf {
  if (isEnumType(type)) return compileEnum(type);
  if (!isSpecifiedScalarType(type)) return (value) => JSON.stringify(value);
  const otherwise: WriteLeaf = (value) => JSON.stringify(type.serialize(value));
  switch (type.name) {
    case 'String':
    case 'ID':
      return (value) => (typeof value === 'string' ? quote(value) : otherwise(value));
    case 'Boolean':
      return (value) => {
        if (typeof value !== 'boolean') return otherwise(value);
        return value ? 'true' : 'false';
      };
    case 'Int':
      // The bitwise form is equal to the number for what has 32 bits.
      return (value) => (typeof value === 'number' && (value | 0) === value ? `${value}` : otherwise(value));
    default:
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? `${value}` : otherwise(value));
  }
}

/** A value that is there, and clients must not see: no failure, where there may be null. */
export class HiddenValue extends TypeError {}

function compileEnum(type: GraphQLEnumType): WriteLeaf {
  const { name } = type;
  const values: ReadonlySet<string> = new Set(type.getValues().map((value) => value.name));
  return (value) => {
    if (typeof value === 'string' && values.has(value)) return `"${value}"`;
    if (isHiddenValue(type, value)) throw new HiddenValue(`Enum "${name}" has no value for clients`);
    // Not the value itself: it may be one that clients must not see.
    throw new TypeError(`Enum "${name}" cannot represent the value of the subgraph`);
  };
}
