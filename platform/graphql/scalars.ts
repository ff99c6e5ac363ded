// The scalars every subgraph shares. Refuses numbers where exact decimals are asked for: a float has already lost money.
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { isDecimal } from '../kernel/decimal.ts';
import { currencyExponent } from '../kernel/money.ts';
import { unitsOfMeasure } from '../kernel/quantity.ts';

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

function textOf(node: ValueNode): unknown {
  if (node.kind === Kind.STRING) return node.value;
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return Number(node.value);
  return undefined;
}

/** A scalar that is a string on the wire; `parse` answers the internal value or throws an Error saying what would be right. */
export function stringScalar<Internal>(
  name: string,
  description: string,
  parse: (text: string) => Internal,
  serialize: (value: unknown) => string = String,
): GraphQLScalarType<Internal, string> {
  const parseValue = (value: unknown): Internal => {
    if (typeof value !== 'string') throw badInput(`${name} must be sent as a string, got ${JSON.stringify(value)}`);
    try {
      return parse(value);
    } catch (error) {
      throw badInput(`${name} ${JSON.stringify(value)} ${(error as Error).message}`);
    }
  };
  return new GraphQLScalarType({
    name,
    description,
    serialize,
    parseValue,
    parseLiteral: (node) => parseValue(textOf(node)),
  });
}

function accept(test: (text: string) => boolean, otherwise: string): (text: string) => string {
  return (text) => {
    if (!test(text)) throw new Error(otherwise);
    return text;
  };
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

function isDate(text: string): boolean {
  // PostgreSQL and the calendar know no year 0.
  if (!DATE.test(text) || text.startsWith('0000')) return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}

function parseDateTime(text: string): Date {
  const parsed = new Date(text);
  // A day that is none, such as 30 February, would roll over into the next month.
  if (!DATE_TIME.test(text) || !isDate(text.slice(0, 10)) || Number.isNaN(parsed.getTime())) {
    throw new Error('is no RFC 3339 time with a time zone, such as 2026-11-24T09:30:00Z');
  }
  return parsed;
}

export const sharedScalars = {
  Decimal: stringScalar(
    'Decimal',
    'An exact decimal as a string: "12.50".',
    accept(isDecimal, 'is no decimal such as "12.50"'),
  ),
  CurrencyCode: stringScalar(
    'CurrencyCode',
    'ISO 4217 code: GBP, EUR, JPY.',
    accept((text) => currencyExponent(text) !== null, 'is no ISO 4217 currency code such as GBP'),
  ),
  UomCode: stringScalar(
    'UomCode',
    'Unit of measure (UN/ECE Rec 20): EA, KGM, LTR, MTR.',
    accept(
      (text) => (unitsOfMeasure as readonly string[]).includes(text),
      `must be one of ${unitsOfMeasure.join(', ')}`,
    ),
  ),
  Date: stringScalar('Date', 'A calendar day: 2026-11-24.', accept(isDate, 'is no calendar day such as 2026-11-24')),
  DateTime: stringScalar('DateTime', 'RFC 3339 time with zone: 2026-11-24T09:30:00Z.', parseDateTime, (value) =>
    value instanceof Date ? value.toISOString() : String(value),
  ),
  Cursor: stringScalar('Cursor', 'A signed place in a list or stream; opaque.', (text) => text),
};
