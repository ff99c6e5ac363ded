// Specification of the customer rules: who a name belongs to, what a link changes, and which update is too late.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '#contracts/identities.ts';
import {
  type Customer,
  decideLink,
  decideRegistration,
  decideUpdate,
  type LinkedIdentity,
  MOST_IDENTITIES,
  valuesOf,
} from './customer.ts';

const now = new Date('2026-11-24T09:30:00Z');
const card: Identity = { type: 'LOYALTY_CARD', value: '2600000001' };
const mail: Identity = { type: 'EMAIL', value: 'ada@example.com' };

function linked(identity: Identity, verified = false): LinkedIdentity {
  return { ...identity, verified, linkedBy: 'cashier', linkedAt: now };
}

function customer(changes: Partial<Customer> = {}): Customer {
  const profile = { id: 'ada', name: 'Ada', language: 'en-GB', status: 'ACTIVE', registeredAt: now } as const;
  return { ...profile, version: 3, identities: [linked(card)], ...changes };
}

function registration(identities: readonly Identity[], id = 'ada') {
  return { id, name: 'Ada', language: null, identities, registeredAt: now, linkedBy: 'cashier', now };
}

const link = (identity: Identity, changes: { verified?: boolean; expectedVersion?: number } = {}) => ({
  identity,
  verified: false,
  expectedVersion: null,
  linkedBy: 'cashier',
  now,
  ...changes,
});

describe('a registration', () => {
  it('with names nobody has makes an active customer of version 1', () => {
    const outcome = decideRegistration(registration([card, mail]), []);
    expect(outcome).toMatchObject({ customer: { status: 'ACTIVE', version: 1, identities: [card, mail] } });
  });

  it('with a name somebody has is refused with IDENTITY_TAKEN and names the kind, not the value', () => {
    const outcome = decideRegistration(registration([mail, card]), [{ ...card, customerId: 'grace' }]);
    expect(outcome).toMatchObject({ code: 'IDENTITY_TAKEN', identityType: 'LOYALTY_CARD', customerId: 'grace' });
    expect(JSON.stringify(outcome)).not.toContain(card.value);
  });
});

describe('a link', () => {
  it('of a new name adds it and gives the next version', () => {
    const outcome = decideLink(customer(), link(mail), null);
    expect(outcome).toMatchObject({ customer: { version: 4, identities: [card, mail] } });
  });

  it('of a name the customer has changes nothing', () => {
    const before = customer();
    expect(decideLink(before, link(card), 'ada')).toEqual({ __typename: 'IdentityLinked', customer: before });
  });

  it('that vouches for a name the customer has marks it as verified, once', () => {
    const before = customer({ identities: [linked(card, true)] });
    const outcome = decideLink(customer(), link(card, { verified: true }), 'ada');
    expect(outcome).toMatchObject({ customer: { version: 4, identities: [{ verified: true }] } });
    expect(decideLink(before, link(card, { verified: true }), 'ada')).toMatchObject({ customer: { version: 3 } });
    expect(decideLink(before, link(card), 'ada')).toMatchObject({ customer: { identities: [{ verified: true }] } });
  });

  it('of a name another customer has is refused with IDENTITY_TAKEN', () => {
    expect(decideLink(customer(), link(mail), 'grace')).toMatchObject({ code: 'IDENTITY_TAKEN', customerId: 'grace' });
  });

  it('beyond the most a customer may have is refused with TOO_MANY_IDENTITIES', () => {
    const identities = Array.from({ length: MOST_IDENTITIES }, (_, n) => linked({ type: 'POS_ID', value: String(n) }));
    expect(decideLink(customer({ identities }), link(mail), null)).toMatchObject({ code: 'TOO_MANY_IDENTITIES' });
  });

  it('meant for another version is refused with VERSION_CONFLICT', () => {
    const outcome = decideLink(customer(), link(mail, { expectedVersion: 2 }), null);
    expect(outcome).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 3 });
  });
});

describe('an update', () => {
  it('changes what is given, clears what is null and leaves the rest', () => {
    const outcome = decideUpdate(customer(), { expectedVersion: 3, name: null });
    expect(outcome).toMatchObject({ customer: { name: null, language: 'en-GB', version: 4 } });
  });

  it('to what it is already keeps the version', () => {
    expect(decideUpdate(customer(), { expectedVersion: 3, name: 'Ada' })).toMatchObject({ customer: { version: 3 } });
  });

  it('meant for another version is refused with VERSION_CONFLICT', () => {
    const outcome = decideUpdate(customer(), { expectedVersion: 2, name: 'Grace' });
    expect(outcome).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 3 });
  });
});

it('e-mail addresses and telephone numbers are the values of those identities', () => {
  const known = customer({ identities: [linked(card), linked(mail)] });
  expect([valuesOf(known, 'EMAIL'), valuesOf(known, 'PHONE')]).toEqual([[mail.value], []]);
});

it('whatever is registered and linked, an identity belongs to one customer at most', () => {
  const anIdentity = fc.record({
    type: fc.constantFrom('EMAIL', 'POS_ID', 'LOYALTY_CARD'),
    value: fc.constantFrom('a', 'b', 'c', 'd'),
  });
  const command = fc.record({
    customer: fc.constantFrom('ada', 'grace', 'joan'),
    identities: fc.uniqueArray(anIdentity, { minLength: 1, maxLength: 4, selector: (one) => one.type + one.value }),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const customers = new Map<string, Customer>();
      const owned = () =>
        [...customers.values()].flatMap(({ id, identities }) => identities.map((one) => ({ ...one, customerId: id })));
      for (const { customer: id, identities } of commands) {
        const [first] = identities as readonly Identity[];
        const known = customers.get(id);
        const owner = owned().find((one) => one.type === first?.type && one.value === first.value);
        const outcome =
          known && first
            ? decideLink(known, link(first), owner?.customerId ?? null)
            : decideRegistration(registration(identities, id), owned());
        if ('customer' in outcome) customers.set(id, outcome.customer);
      }
      const names = owned().map(({ type, value }) => `${type} ${value}`);
      expect(new Set(names).size).toBe(names.length);
    }),
  );
});
