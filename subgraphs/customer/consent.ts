// Consents: what a customer said about a purpose, kept each time it was said. The latest said is in force, not the latest heard.
import type { consentStatuses } from '#contracts/customer.ts';
import type { Customer } from './customer.ts';

/** GDPR article 6(1), a to f. */
export const lawfulBases = [
  'CONSENT',
  'CONTRACT',
  'LEGAL_OBLIGATION',
  'VITAL_INTERESTS',
  'PUBLIC_TASK',
  'LEGITIMATE_INTERESTS',
] as const;

export interface Consent {
  readonly id: string;
  readonly customerId: string;
  readonly purpose: string;
  readonly lawfulBasis: (typeof lawfulBases)[number];
  readonly status: (typeof consentStatuses)[number];
  /** When the customer said so. */
  readonly occurredAt: Date;
  readonly source: string;
  readonly evidenceRef: string | null;
  readonly policyVersion: string | null;
}

export interface ConsentRecorded {
  readonly __typename: 'ConsentRecorded';
  readonly consent: Consent;
  readonly customer: Customer;
}

/** Never refused: what was said was said. Takes the customer's next version, so that its events stay in order. */
export function decideConsent(customer: Customer, consent: Consent): ConsentRecorded {
  return { __typename: 'ConsentRecorded', consent, customer: { ...customer, version: customer.version + 1 } };
}
