// What is kept of an outcome under its idempotency key: ids and refusals, never personal data. A customer is therefore answered
// as it is when the command is sent again.
import type { Reader } from '#platform/db/database.ts';
import type { StoredOutcome } from '#platform/db/idempotency.ts';
import type { Customer } from '../customer.ts';
import { readCustomers } from '../repository.ts';

interface Outcome {
  readonly __typename: string;
}
interface WithCustomer extends Outcome {
  readonly customer: Customer;
}

function hasCustomer(outcome: Outcome): outcome is WithCustomer {
  return 'customer' in outcome;
}

export function keepOutcome(outcome: Outcome): StoredOutcome {
  if (hasCustomer(outcome)) return { type: outcome.__typename, customerId: outcome.customer.id };
  return { type: outcome.__typename, refusal: outcome };
}

/** `keep` and `restore` of a command whose successes have nothing but a customer. */
export function keptOutcome<Kept extends Outcome>() {
  return {
    keep: (outcome: Kept): StoredOutcome => keepOutcome(outcome),
    restore: async ({ type, customerId, refusal }: StoredOutcome, reader: Reader): Promise<Kept> => {
      if (refusal !== undefined) return refusal as Kept;
      return { __typename: type, customer: await readKept(reader, String(customerId)) } as unknown as Kept;
    },
  };
}

export async function readKept(reader: Reader, customerId: string): Promise<Customer> {
  const [customer] = await readCustomers(reader, [customerId]);
  if (!customer) throw new TypeError(`customer ${customerId} of a stored outcome is missing`);
  return customer;
}
