// Registering, linking and updating customers on a real database: each refusal by name, one effect per key, one owner per name.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Identity, identityHash } from '#contracts/identities.ts';
import type { Principal } from '#platform/auth/principal.ts';
import { EventLog } from '#platform/messaging/event-log.ts';
import { customerSubgraph } from '../../subgraphs/customer/main.ts';
import { principalOf, startGraph, type TestGraph, testKeys } from '../kit/graph.ts';

const STATE =
  'id name language status version emails phones registeredAt identities { type value verified linkedBy linkedAt }';
const REFUSALS = `... on IdentityTaken { code message identityType belongsTo { id } }
  ... on IdempotencyConflict { code message }`;
const REGISTER = `mutation ($input: RegisterCustomerInput!) { result: registerCustomer(input: $input) { __typename
  ... on CustomerRegistered { customer { ${STATE} } } ${REFUSALS} } }`;
const CHANGES = `${REFUSALS} ... on UnknownCustomer { code message customerId }
  ... on VersionConflict { code message currentVersion }`;
const LINK = `mutation ($input: LinkIdentityInput!) { result: linkIdentity(input: $input) { __typename
  ... on IdentityLinked { customer { ${STATE} } } ... on TooManyIdentities { code most } ${CHANGES} } }`;
const UPDATE = `mutation ($input: UpdateCustomerInput!) { result: updateCustomer(input: $input) { __typename
  ... on CustomerUpdated { customer { ${STATE} } } ${CHANGES.replace(/\.\.\. on IdentityTaken.*\n/, '')} } }`;

const till = principalOf('store', { location: '5060000000016' });
const shopper = (customerId: string): Principal => {
  const principal = principalOf('shopper', { customerId });
  return { ...principal, scopes: [...principal.scopes, 'customers:write'] };
};
const card = () => ({ type: 'LOYALTY_CARD', value: randomUUID() });
const mail = () => ({ type: 'EMAIL', value: `${randomUUID()}@Example.com` });

interface Answer {
  readonly __typename: string;
  readonly code?: string;
  readonly customer: { readonly id: string; readonly version: number } & Record<string, unknown>;
  readonly belongsTo?: { readonly id: string } | null;
  readonly [field: string]: unknown;
}

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph([customerSubgraph]);
});
afterAll(() => graph.close());

async function run(query: string, input: Record<string, unknown>, principal = till): Promise<Answer> {
  const keyed = { idempotencyKey: randomUUID(), ...input };
  const { data, errors } = await graph.execute('customer', query, { input: keyed }, principal);
  if (errors) throw Object.assign(new Error(errors[0]?.message), errors[0]?.extensions);
  return data?.result as Answer;
}

async function registered(identities = [card()]) {
  return (await run(REGISTER, { name: 'Ada', identities })).customer;
}

const events = async () => {
  await graph.settle();
  return new EventLog('customer', graph.subgraph('customer').db).read(0, 1_000);
};

describe('registerCustomer', () => {
  it('stores the customer with names in their normal form and tells others hashes only', async () => {
    const value = `Ada.${randomUUID()}@Example.COM`;
    const identities = [
      { type: 'EMAIL', value: ` ${value} ` },
      { type: 'PHONE', value: '0044 (1632) 960961' },
    ];
    const registeredAt = '2024-05-01T10:00:00.000Z';
    const { customer } = await run(REGISTER, { name: ' Ada ', language: 'en-gb', identities, registeredAt });
    expect(customer).toMatchObject({ name: 'Ada', language: 'en-GB', status: 'ACTIVE', version: 1, registeredAt });
    expect(customer).toMatchObject({ emails: [value.toLowerCase()], phones: ['+441632960961'] });
    const event = (await events()).find(({ key }) => key === customer.id);
    const hash = (identity: Identity) => identityHash(testKeys.identity, identity);
    expect(event).toMatchObject({ type: 'customer.registered', dataclass: 'PII', sequence: 1n });
    expect(event?.data).toEqual({
      customerId: customer.id,
      status: 'ACTIVE',
      identities: [
        { type: 'EMAIL', hash: hash({ type: 'EMAIL', value: value.toLowerCase() }), verified: false },
        { type: 'PHONE', hash: hash({ type: 'PHONE', value: '+441632960961' }), verified: false },
      ],
      registeredAt,
      version: 1,
    });
  });

  it('IdentityTaken: a name of another customer is refused and nothing is written', async () => {
    const taken = card();
    const owner = await registered([taken]);
    const free = mail();
    const refused = await run(REGISTER, { identities: [free, taken] });
    expect(refused).toMatchObject({
      code: 'IDENTITY_TAKEN',
      identityType: 'LOYALTY_CARD',
      belongsTo: { id: owner.id },
    });
    expect(await run(REGISTER, { identities: [free] })).toMatchObject({ __typename: 'CustomerRegistered' });
  });

  it('IdempotencyConflict: another input under the key', async () => {
    const idempotencyKey = randomUUID();
    await run(REGISTER, { idempotencyKey, identities: [card()] });
    expect(await run(REGISTER, { idempotencyKey, identities: [card()] })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  it('sent 20 times at once under one key registers one customer', async () => {
    const input = { idempotencyKey: randomUUID(), identities: [card(), mail()] };
    const answers = await Promise.all(Array.from({ length: 20 }, () => run(REGISTER, input)));
    expect(new Set(answers.map(({ customer }) => customer.id)).size).toBe(1);
    const id = answers[0]?.customer.id;
    expect((await events()).filter(({ key }) => key === id)).toHaveLength(1);
  });

  it('of one identity by ten at once: one wins, nine are told whose it is', async () => {
    const contested = card();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => run(REGISTER, { identities: [mail(), contested] })),
    );
    const winners = answers.filter(({ __typename }) => __typename === 'CustomerRegistered');
    const losers = answers.filter(({ code }) => code === 'IDENTITY_TAKEN');
    expect([winners.length, losers.length]).toEqual([1, 9]);
    expect(new Set(losers.map(({ belongsTo }) => belongsTo?.id))).toEqual(new Set([winners[0]?.customer.id]));
  });

  it.each([
    ['no identity', { identities: [] }, /at least one/],
    ['21 identities', { identities: Array.from({ length: 21 }, card) }, /at most 20/],
    ['one identity twice', { identities: ['A@x.org', 'a@X.org'].map((value) => ({ type: 'EMAIL', value })) }, /same/],
    ['what is no e-mail address', { identities: [{ type: 'EMAIL', value: 'ada' }] }, /identities.0.value/],
    ['an empty name', { identities: [card()], name: ' ' }, /name: must not be empty/],
    ['what is no language', { identities: [card()], language: '!' }, /BCP 47/],
    ['a registration tomorrow', { identities: [card()], registeredAt: '2999-01-01T00:00:00Z' }, /future/],
  ])('BAD_USER_INPUT: %s', async (_, input, message) => {
    const refused = run(REGISTER, input);
    await expect(refused).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(refused).rejects.toThrow(message);
  });

  it('FORBIDDEN: a shopper may not register, UNAUTHENTICATED: nobody without a token', async () => {
    await expect(run(REGISTER, { identities: [card()] }, shopper('someone'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const { errors } = await graph.execute('customer', REGISTER, {
      input: { idempotencyKey: 'a', identities: [card()] },
    });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('linkIdentity', () => {
  it('adds a name and tells the state after it', async () => {
    const { id } = await registered();
    const { customer } = await run(LINK, { customerId: id, identity: mail(), verified: true });
    expect(customer).toMatchObject({ version: 2, identities: [{ verified: false }, { verified: true }] });
    expect((await events()).at(-1)).toMatchObject({ type: 'customer.changed', key: id, sequence: 2n });
  });

  it('of a linked name marks it as verified and changes nothing the second time', async () => {
    const identity = card();
    const { id } = await registered([identity]);
    for (const time of [1, 2]) {
      const { customer } = await run(LINK, { customerId: id, identity, verified: true });
      expect(customer, `time ${time}`).toMatchObject({ version: 2, identities: [{ verified: true }] });
    }
  });

  it('IdentityTaken: tells a shopper the kind, not whose it is', async () => {
    const taken = card();
    await registered([taken]);
    const { id } = await registered();
    const refused = await run(LINK, { customerId: id, identity: taken }, shopper(id));
    expect(refused).toMatchObject({ code: 'IDENTITY_TAKEN', identityType: 'LOYALTY_CARD', belongsTo: null });
  });

  it('IdentityTaken: of ten customers who want one name at once one gets it', async () => {
    const customers = await Promise.all(Array.from({ length: 10 }, () => registered()));
    const identity = mail();
    const answers = await Promise.all(customers.map(({ id }) => run(LINK, { customerId: id, identity })));
    expect(answers.filter(({ __typename }) => __typename === 'IdentityLinked')).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'IDENTITY_TAKEN')).toHaveLength(9);
  });

  it('TooManyIdentities, UnknownCustomer, VersionConflict and IdempotencyConflict', async () => {
    const { id } = await registered(Array.from({ length: 20 }, card));
    expect(await run(LINK, { customerId: id, identity: mail() })).toMatchObject({
      code: 'TOO_MANY_IDENTITIES',
      most: 20,
    });
    expect(await run(LINK, { customerId: 'nobody', identity: mail() })).toMatchObject({ code: 'UNKNOWN_CUSTOMER' });
    const stale = await run(LINK, { customerId: id, identity: mail(), expectedVersion: 7 });
    expect(stale).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 1 });
    const idempotencyKey = randomUUID();
    await run(LINK, { idempotencyKey, customerId: id, identity: mail() });
    const conflict = await run(LINK, { idempotencyKey, customerId: id, identity: mail() });
    expect(conflict).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('answers a refusal again under its key, and a link again once', async () => {
    const { id } = await registered();
    const input = { idempotencyKey: randomUUID(), customerId: id, identity: mail() };
    const [first, second] = [await run(LINK, input), await run(LINK, input)];
    expect(second).toEqual(first);
    const unknown = { ...input, idempotencyKey: randomUUID(), customerId: 'nobody' };
    expect(await run(LINK, unknown)).toEqual(await run(LINK, unknown));
  });

  it('FORBIDDEN: a shopper links own names only, and does not vouch for them', async () => {
    const [mine, other] = [await registered(), await registered()];
    const principal = shopper(mine.id);
    const linked = await run(LINK, { customerId: mine.id, identity: mail() }, principal);
    expect(linked).toMatchObject({ customer: { version: 2 } });
    const foreign = run(LINK, { customerId: other.id, identity: mail() }, principal);
    await expect(foreign).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const vouched = run(LINK, { customerId: mine.id, identity: mail(), verified: true }, principal);
    await expect(vouched).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('updateCustomer', () => {
  it('changes what is given, clears what is null, leaves what is left out', async () => {
    const { id } = await registered();
    const named = await run(UPDATE, { customerId: id, expectedVersion: 1, name: 'Grace', language: 'de-CH' });
    expect(named.customer).toMatchObject({ name: 'Grace', language: 'de-CH', version: 2 });
    const cleared = await run(UPDATE, { customerId: id, expectedVersion: 2, name: null });
    expect(cleared.customer).toMatchObject({ name: null, language: 'de-CH', version: 3 });
  });

  it('VersionConflict: of ten changes to one version at once one is made', async () => {
    const { id } = await registered();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => run(UPDATE, { customerId: id, expectedVersion: 1, name: `Ada ${n}` })),
    );
    expect(answers.filter(({ __typename }) => __typename === 'CustomerUpdated')).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'VERSION_CONFLICT')).toHaveLength(9);
  });

  it('UnknownCustomer, IdempotencyConflict and FORBIDDEN', async () => {
    expect(await run(UPDATE, { customerId: 'nobody', expectedVersion: 1 })).toMatchObject({ code: 'UNKNOWN_CUSTOMER' });
    const { id } = await registered();
    const idempotencyKey = randomUUID();
    await run(UPDATE, { idempotencyKey, customerId: id, expectedVersion: 1, name: 'Grace' });
    const conflict = await run(UPDATE, { idempotencyKey, customerId: id, expectedVersion: 1, name: null });
    expect(conflict).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    const foreign = run(UPDATE, { customerId: id, expectedVersion: 1 }, shopper('somebody else'));
    await expect(foreign).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
