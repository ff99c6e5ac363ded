// Events of the customer subgraph. Classed PII: they carry ids and keyed hashes, never a name, an address or a number.
import { z } from 'zod';
import { defineEvent } from '#platform/messaging/contract.ts';
import { identityTypes } from './identities.ts';

export const customerStatuses = ['ACTIVE', 'MERGED', 'ERASED', 'BLOCKED'] as const;

const customerState = z.object({
  customerId: z.string(),
  status: z.enum(customerStatuses),
  identities: z.array(z.object({ type: z.enum(identityTypes), hash: z.string(), verified: z.boolean() })),
  /** When the customer was first known: sales before it earn nothing. */
  registeredAt: z.string(),
  version: z.number(),
});

export const customerRegistered = defineEvent({
  name: 'customer.registered',
  version: 1,
  meaning: 'A customer is known for the first time.',
  key: 'customer id',
  dataclass: 'PII',
  schema: customerState,
});

export const customerChanged = defineEvent({
  name: 'customer.changed',
  version: 1,
  meaning: 'The profile or the identities of a customer changed; the payload is the state now.',
  key: 'customer id',
  dataclass: 'PII',
  schema: customerState,
});

export const consentStatuses = ['GRANTED', 'DENIED', 'WITHDRAWN', 'EXPIRED'] as const;

export const consentChanged = defineEvent({
  name: 'customer.consent.changed',
  version: 1,
  meaning: 'A customer gave, refused or withdrew a consent.',
  key: 'customer id',
  dataclass: 'PII',
  schema: z.object({
    customerId: z.string(),
    consentId: z.string(),
    purpose: z.string(),
    status: z.enum(consentStatuses),
    occurredAt: z.string(),
    version: z.number(),
  }),
});
