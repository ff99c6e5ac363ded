// Every refusal of the order subgraph: the code clients branch on and what it means. docs/errors.md lists the same.
export const rejections = {
  TRANSACTION_CONFLICT: 'Another ticket was recorded under this transaction id or under this till, day and sequence.',
  TRANSACTION_INVALID: 'One ticket of a batch could not be understood; its neighbours are not concerned.',
  UNKNOWN_ORDER: 'There is no such order.',
  UNKNOWN_RETURN: 'There is no such return.',
  RETURN_DENIED: 'The return policy says no; the reasons name every line.',
  RETURN_NOT_RECEIVABLE: 'The return was received before, or was never approved.',
  RECEIPT_EXCEEDS_RETURN: 'More was received than the return announced, or a line it does not have.',
  REFUND_EXCEEDS_RETURN: 'The refund is more than the goods received are worth, or than is left of what was paid.',
  DAY_ALREADY_OPEN: 'The business day is open already.',
  DAY_ALREADY_CLOSED: 'The business day was closed before.',
  DAY_NOT_OPEN: 'The business day was never opened.',
} as const;

export type RejectionCode = keyof typeof rejections;

/** A member of a result union that says no. */
export interface Rejected<Name extends string> {
  readonly __typename: Name;
  readonly code: RejectionCode;
  readonly message: string;
}

export function reject<Name extends string>(
  name: Name,
  code: RejectionCode,
  message: string = rejections[code],
): Rejected<Name> {
  return { __typename: name, code, message };
}
