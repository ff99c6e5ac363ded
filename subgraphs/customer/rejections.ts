// What the customer subgraph refuses, each a member of a mutation's result union, and how each is said.
import type { IdentityType } from '#contracts/identities.ts';

export const rejections = {
  IDENTITY_TAKEN: 'An identity belongs to another customer already; nothing was written.',
  TOO_MANY_IDENTITIES: 'The customer has as many identities as one may have.',
  UNKNOWN_CUSTOMER: 'There is no customer with this id.',
  VERSION_CONFLICT: 'The customer was changed since it was read; nothing was written.',
} as const;

function reject<Name extends string, Code extends keyof typeof rejections, Details extends object>(
  name: Name,
  code: Code,
  message: string,
  details: Details,
) {
  return { __typename: name, code, message, ...details };
}

export type IdentityTaken = ReturnType<typeof identityTaken>;
/** Names the kind only: the value came from the caller, and whose it is may not be for the caller to know. */
export function identityTaken(identityType: IdentityType, customerId: string) {
  const message = `This ${identityType} belongs to another customer already`;
  return reject('IdentityTaken', 'IDENTITY_TAKEN', message, { identityType, customerId });
}

export type TooManyIdentities = ReturnType<typeof tooManyIdentities>;
export function tooManyIdentities(most: number) {
  const message = `A customer may have at most ${most} identities`;
  return reject('TooManyIdentities', 'TOO_MANY_IDENTITIES', message, { most });
}

export type UnknownCustomer = ReturnType<typeof unknownCustomer>;
export function unknownCustomer(customerId: string) {
  return reject('UnknownCustomer', 'UNKNOWN_CUSTOMER', `There is no customer ${customerId}`, { customerId });
}

export type VersionConflict = ReturnType<typeof versionConflict>;
export function versionConflict(expected: number, currentVersion: number) {
  const message = `The customer has version ${currentVersion}, not ${expected}; read it again and decide anew`;
  return reject('VersionConflict', 'VERSION_CONFLICT', message, { currentVersion });
}
