// Every refusal of the product subgraph: of a whole call, and of one product in it. docs/errors.md lists the same.
export const rejections = {
  NOT_OWNER: 'Another system of record owns the record; nothing was written.',
  DUPLICATE_IN_CALL: 'The call has the same product twice; the first counts.',
  PRODUCT_INVALID: 'A field of the product does not have the form its description asks for.',
  HANDLE_TAKEN: 'Another product has the handle.',
  SKU_TAKEN: 'Another product has the SKU, or this one has it twice.',
  GTIN_TAKEN: 'Another product has the GTIN, or this one has it twice.',
} as const;

export type RejectionCode = keyof typeof rejections;

/** Why one product of a call was left out; its neighbours are not concerned. */
export interface ItemRejection {
  readonly code: RejectionCode;
  readonly message: string;
}

export function rejectItem(code: RejectionCode, subject: string): ItemRejection {
  return { code, message: `${subject}: ${rejections[code]}` };
}

export interface NotOwner {
  readonly __typename: 'NotOwner';
  readonly code: 'NOT_OWNER';
  readonly message: string;
  /** The system the token speaks for; empty when it speaks for none. */
  readonly owner: string;
}
