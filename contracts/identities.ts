// Names a customer is known by: one normal form per kind, and the keyed hash under which a name travels in events.
import { createHmac, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isStorable } from '#platform/kernel/text.ts';

export const identityTypes = ['POS_ID', 'WEB_ACCOUNT', 'LOYALTY_CARD', 'EMAIL', 'PHONE', 'CRM_ID'] as const;
export type IdentityType = (typeof identityTypes)[number];

export interface Identity {
  readonly type: IdentityType;
  readonly value: string;
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+[1-9]\d{6,14}$/;

/** `{type, value}` with the value in its normal form: e-mail in lower case, phone in E.164. */
export const identity = z
  .object({
    type: z.enum(identityTypes),
    value: z
      .string()
      .trim()
      .min(1, { error: 'must not be empty' })
      .max(254)
      .refine(isStorable, { error: 'must not contain the character U+0000' }),
  })
  .transform((input, context): Identity => {
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', path: ['value'], message });
      return z.NEVER;
    };
    if (input.type === 'EMAIL') {
      const value = input.value.toLowerCase();
      return EMAIL.test(value) ? { type: input.type, value } : refuse('must be an e-mail address');
    }
    if (input.type === 'PHONE') {
      const value = input.value.replace(/[\s().-]/g, '').replace(/^00/, '+');
      return PHONE.test(value)
        ? { type: input.type, value }
        : refuse('must be an international number such as +441632960961');
    }
    return { type: input.type, value: input.value };
  });

/** The secret of the hashes below. */
export type IdentityKey = KeyObject;

/** What other subgraphs may know of an identity: enough to recognise it, not to read it. */
export function identityHash(key: IdentityKey, { type, value }: Identity): string {
  return createHmac('sha256', key).update(`${type}\n${value}`).digest('base64url');
}
