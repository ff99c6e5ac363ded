// Customers and the names they are known by. A name belongs to one customer: what is somebody else's is refused, never moved.
import type { customerStatuses } from '#contracts/customer.ts';
import type { Identity, IdentityType } from '#contracts/identities.ts';
import {
  type IdentityTaken,
  identityTaken,
  type TooManyIdentities,
  tooManyIdentities,
  type VersionConflict,
  versionConflict,
} from './rejections.ts';

export type CustomerStatus = (typeof customerStatuses)[number];

export interface LinkedIdentity extends Identity {
  readonly verified: boolean;
  /** Subject of the token that linked it. */
  readonly linkedBy: string;
  readonly linkedAt: Date;
}

export interface Customer {
  readonly id: string;
  readonly name: string | null;
  readonly language: string | null;
  readonly status: CustomerStatus;
  readonly registeredAt: Date;
  readonly version: number;
  /** Oldest first. */
  readonly identities: readonly LinkedIdentity[];
}

/** An identity somebody has. */
export interface OwnedIdentity extends Identity {
  readonly customerId: string;
}

export interface CustomerRegistered {
  readonly __typename: 'CustomerRegistered';
  readonly customer: Customer;
}
export interface IdentityLinked {
  readonly __typename: 'IdentityLinked';
  readonly customer: Customer;
}
export interface CustomerUpdated {
  readonly __typename: 'CustomerUpdated';
  readonly customer: Customer;
}

export const MOST_IDENTITIES = 20;

export function sameIdentity(a: Identity, b: Identity): boolean {
  return a.type === b.type && a.value === b.value;
}

export interface Registration {
  readonly id: string;
  readonly name: string | null;
  readonly language: string | null;
  readonly identities: readonly Identity[];
  readonly registeredAt: Date;
  readonly linkedBy: string;
  readonly now: Date;
}

/** `owners` are those of the registration's identities that belong to somebody. */
export function decideRegistration(
  registration: Registration,
  owners: readonly OwnedIdentity[],
): CustomerRegistered | IdentityTaken {
  const { linkedBy, now, identities, ...profile } = registration;
  const taken = identities.flatMap((identity) => owners.filter((owner) => sameIdentity(owner, identity)))[0];
  if (taken) return identityTaken(taken.type, taken.customerId);
  const linked = identities.map((identity) => ({ ...identity, verified: false, linkedBy, linkedAt: now }));
  return {
    __typename: 'CustomerRegistered',
    customer: { ...profile, status: 'ACTIVE', version: 1, identities: linked },
  };
}

export interface Link {
  readonly identity: Identity;
  readonly verified: boolean;
  /** Any version when null. */
  readonly expectedVersion: number | null;
  readonly linkedBy: string;
  readonly now: Date;
}

/**
 * `owner` is whose the identity is now, if anybody's. Linking what is linked already changes nothing, except that it may become
 * verified: the version tells.
 */
export function decideLink(
  customer: Customer,
  link: Link,
  owner: string | null,
): IdentityLinked | IdentityTaken | TooManyIdentities | VersionConflict {
  const { identity, verified, expectedVersion, linkedBy, now } = link;
  if (expectedVersion !== null && expectedVersion !== customer.version) {
    return versionConflict(expectedVersion, customer.version);
  }
  if (owner !== null && owner !== customer.id) return identityTaken(identity.type, owner);
  const known = customer.identities.find((one) => sameIdentity(one, identity));
  if (known && (known.verified || !verified)) return { __typename: 'IdentityLinked', customer };
  if (!known && customer.identities.length >= MOST_IDENTITIES) return tooManyIdentities(MOST_IDENTITIES);
  const identities = known
    ? customer.identities.map((one) => (one === known ? { ...one, verified } : one))
    : [...customer.identities, { ...identity, verified, linkedBy, linkedAt: now }];
  return { __typename: 'IdentityLinked', customer: { ...customer, identities, version: customer.version + 1 } };
}

/** Undefined leaves a field as it is, null clears it. */
export interface ProfileChange {
  readonly expectedVersion: number;
  readonly name?: string | null | undefined;
  readonly language?: string | null | undefined;
}

/** A change to what it is already keeps the version. */
export function decideUpdate(customer: Customer, change: ProfileChange): CustomerUpdated | VersionConflict {
  if (change.expectedVersion !== customer.version) return versionConflict(change.expectedVersion, customer.version);
  const name = change.name === undefined ? customer.name : change.name;
  const language = change.language === undefined ? customer.language : change.language;
  if (name === customer.name && language === customer.language) return { __typename: 'CustomerUpdated', customer };
  return { __typename: 'CustomerUpdated', customer: { ...customer, name, language, version: customer.version + 1 } };
}

/** Values of one kind of identity, oldest first. */
export function valuesOf(customer: Customer, type: IdentityType): string[] {
  return customer.identities.filter((identity) => identity.type === type).map((identity) => identity.value);
}
