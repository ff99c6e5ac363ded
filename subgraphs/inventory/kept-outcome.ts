// How a command's outcome is kept under its idempotency key: its values as they were, so that the same answer comes again after
// the stock has long moved on. Thousandths and times get a form that JSON can carry.

const encode = (value: unknown): unknown => {
  if (typeof value === 'bigint') return { $integer: value.toString() };
  if (value instanceof Date) return { $time: value.toISOString() };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encode(member)]));
};

const decode = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  if ('$integer' in value) return BigInt(String(value.$integer));
  if ('$time' in value) return new Date(String(value.$time));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, decode(member)]));
};

/** `keep` and `restore` of a command whose outcomes are told apart by `__typename`. */
export function keptOutcome<Outcome extends { readonly __typename: string }>() {
  return {
    keep: (outcome: Outcome) => ({ type: outcome.__typename, values: encode(outcome) }),
    restore: async ({ values }: { readonly type: string; readonly values?: unknown }): Promise<Outcome> =>
      decode(values) as Outcome,
  };
}
