// Consents and whose data a caller sees, on a real database.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '#platform/auth/principal.ts';
import { EventLog } from '#platform/messaging/event-log.ts';
import { customerSubgraph } from '../../subgraphs/customer/main.ts';
import { principalOf, startGraph, type TestGraph } from '../kit/graph.ts';

const REGISTER = `mutation ($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
  ... on CustomerRegistered { customer { id } } } }`;
const RECORD = `mutation ($input: RecordConsentInput!) { result: recordConsent(input: $input) { __typename
  ... on ConsentRecorded { consent { id purpose status } customer { version consents { purpose status occurredAt } } }
  ... on UnknownCustomer { code } ... on IdempotencyConflict { code } } }`;
const CUSTOMER = 'query ($id: ID!) { customer(id: $id) { id name emails } }';
const BY_IDENTITY = `query ($type: IdentityType!, $value: String!) { customerByIdentity(type: $type, value: $value) { id } }`;
const ENTITY = `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Customer { id name } } }`;

const operator = principalOf('operator');
const shopper = (customerId: string): Principal => {
  const principal = principalOf('shopper', { customerId });
  return { ...principal, scopes: [...principal.scopes, 'customers:write'] };
};

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph([customerSubgraph]);
});
afterAll(() => graph.close());

async function ask(query: string, variables: Record<string, unknown>, principal: Principal) {
  const { data, errors } = await graph.execute('customer', query, variables, principal);
  if (errors) throw Object.assign(new Error(errors[0]?.message), errors[0]?.extensions);
  return data as Record<string, unknown>;
}

async function registered(value = `${randomUUID()}@example.com`): Promise<string> {
  const input = { idempotencyKey: randomUUID(), name: 'Ada', identities: [{ type: 'EMAIL', value }] };
  const { registerCustomer } = await ask(REGISTER, { input }, operator);
  return (registerCustomer as { customer: { id: string } }).customer.id;
}

const consent = (customerId: string, changes: Record<string, unknown> = {}) => ({
  idempotencyKey: randomUUID(),
  customerId,
  purpose: 'marketing-email',
  lawfulBasis: 'CONSENT',
  status: 'GRANTED',
  occurredAt: '2026-01-10T12:00:00.000Z',
  source: 'till',
  ...changes,
});

async function record(input: Record<string, unknown>, principal = operator) {
  return (await ask(RECORD, { input }, principal)).result as Record<string, unknown>;
}

describe('recordConsent', () => {
  it('keeps what was said, the latest said in force, whatever order it arrives in', async () => {
    const id = await registered();
    await record(consent(id, { status: 'WITHDRAWN', occurredAt: '2026-03-01T00:00:00.000Z' }));
    const late = await record(consent(id));
    expect(late).toMatchObject({ consent: { status: 'GRANTED' }, customer: { version: 3 } });
    const other = await record(consent(id, { purpose: 'profiling', status: 'DENIED' }));
    expect(other).toMatchObject({
      customer: {
        consents: [
          { purpose: 'marketing-email', status: 'WITHDRAWN', occurredAt: '2026-03-01T00:00:00.000Z' },
          { purpose: 'profiling', status: 'DENIED' },
        ],
      },
    });
    await graph.settle();
    const log = await new EventLog('customer', graph.subgraph('customer').db).read(0, 1_000);
    const told = log.filter(({ key, type }) => key === id && type === 'customer.consent.changed');
    expect(told.map(({ sequence }) => sequence)).toEqual([2n, 3n, 4n]);
  });

  it('cannot be changed or deleted afterwards, not even by our own code', async () => {
    await record(consent(await registered()));
    const { db } = graph.subgraph('customer');
    const wipe = { name: 'test.wipe', text: 'delete from consent', row: () => undefined };
    await expect(db.all(wipe)).rejects.toThrow(/append-only/);
  });

  it('sent 20 times at once under one key is recorded once', async () => {
    const input = consent(await registered());
    const answers = await Promise.all(Array.from({ length: 20 }, () => record(input)));
    expect(new Set(answers.map((answer) => (answer.consent as { id: string }).id)).size).toBe(1);
    expect(answers.at(-1)).toMatchObject({ customer: { version: 2 } });
  });

  it('UnknownCustomer, IdempotencyConflict, BAD_USER_INPUT and FORBIDDEN', async () => {
    const id = await registered();
    expect(await record(consent('nobody'))).toMatchObject({ code: 'UNKNOWN_CUSTOMER' });
    const input = consent(id);
    await record(input);
    expect(await record({ ...input, status: 'DENIED' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    const ahead = record(consent(id, { occurredAt: '2999-01-01T00:00:00Z' }));
    await expect(ahead).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(record(consent(id), shopper('somebody else'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await record(consent(id), shopper(id))).toMatchObject({ __typename: 'ConsentRecorded' });
  });
});

describe('whose data a caller sees', () => {
  it('a shopper sees the own customer; anybody else is as if there were none', async () => {
    const [mail, otherMail] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    const [mine, other] = [await registered(mail), await registered(otherMail)];
    const me = shopper(mine);
    expect(await ask(CUSTOMER, { id: mine }, me)).toMatchObject({ customer: { id: mine, name: 'Ada' } });
    expect(await ask(CUSTOMER, { id: other }, me)).toEqual({ customer: null });
    const found = await ask(BY_IDENTITY, { type: 'EMAIL', value: mail.toUpperCase() }, me);
    expect(found).toEqual({ customerByIdentity: { id: mine } });
    expect(await ask(BY_IDENTITY, { type: 'EMAIL', value: otherMail }, me)).toEqual({ customerByIdentity: null });
    const ids = [mine, other].map((id) => ({ __typename: 'Customer', id }));
    expect(await ask(ENTITY, { ids }, me)).toEqual({ _entities: [{ id: mine, name: 'Ada' }, null] });
  });

  it('a shop and an operator see every customer', async () => {
    const id = await registered();
    for (const principal of [operator, principalOf('store', { location: '5060000000016' })]) {
      expect(await ask(CUSTOMER, { id }, principal)).toMatchObject({ customer: { id } });
    }
    expect(await ask(CUSTOMER, { id: 'nobody' }, operator)).toEqual({ customer: null });
  });

  it('a token with the scope but of no known role sees nobody', async () => {
    const id = await registered();
    const stranger: Principal = { sub: 'x', clientId: 'x', roles: [], scopes: ['customers:read'] };
    expect(await ask(CUSTOMER, { id }, stranger)).toEqual({ customer: null });
  });

  it('FORBIDDEN: a token without the scope, BAD_USER_INPUT: what is no e-mail address', async () => {
    const feed = principalOf('feed', { system: 'erp' });
    await expect(ask(CUSTOMER, { id: 'x' }, feed)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const wrong = ask(BY_IDENTITY, { type: 'EMAIL', value: 'ada' }, operator);
    await expect(wrong).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
