// What the customer subgraph tells others: states with identities as keyed hashes, never a name, an address or a number.
import { consentChanged, customerChanged, customerRegistered } from '#contracts/customer.ts';
import { type IdentityKey, identityHash } from '#contracts/identities.ts';
import { event, type NewEvent } from '#platform/messaging/contract.ts';
import type { Consent } from './consent.ts';
import type { Customer } from './customer.ts';

function stateOf(key: IdentityKey, customer: Customer) {
  return {
    customerId: customer.id,
    status: customer.status,
    identities: customer.identities.map((identity) => ({
      type: identity.type,
      hash: identityHash(key, identity),
      verified: identity.verified,
    })),
    registeredAt: customer.registeredAt.toISOString(),
    version: customer.version,
  };
}

/** `key` hashes the identities. */
export function registeredEvent(key: IdentityKey, customer: Customer): NewEvent {
  const data = stateOf(key, customer);
  return event(customerRegistered, {
    key: customer.id,
    sequence: customer.version,
    occurredAt: customer.registeredAt,
    data,
  });
}

export function changedEvent(key: IdentityKey, customer: Customer, occurredAt: Date): NewEvent {
  const data = stateOf(key, customer);
  return event(customerChanged, { key: customer.id, sequence: customer.version, occurredAt, data });
}

export function consentEvent(consent: Consent, customer: Customer): NewEvent {
  const { id, purpose, status, occurredAt } = consent;
  return event(consentChanged, {
    key: customer.id,
    sequence: customer.version,
    occurredAt,
    data: {
      customerId: customer.id,
      consentId: id,
      purpose,
      status,
      occurredAt: occurredAt.toISOString(),
      version: customer.version,
    },
  });
}
