// All SQL of the customer subgraph. A customer is read whole, with its identities.
import type { Identity } from '#contracts/identities.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { command, type RawRow, statement } from '#platform/db/statement.ts';
import type { Consent } from './consent.ts';
import type { Customer, LinkedIdentity, OwnedIdentity } from './customer.ts';

// The rows are our own tables', typed by their constraints.
function toCustomer(row: RawRow): Omit<Customer, 'identities'> {
  return {
    id: row.id as string,
    name: row.name as string | null,
    language: row.language as string | null,
    status: row.status as Customer['status'],
    registeredAt: row.registered_at as Date,
    version: row.version as number,
  };
}

function toIdentity(row: RawRow): LinkedIdentity & OwnedIdentity {
  return {
    type: row.type as Identity['type'],
    value: row.value as string,
    customerId: row.customer_id as string,
    verified: row.verified as boolean,
    linkedBy: row.linked_by as string,
    linkedAt: row.linked_at as Date,
  };
}

function toConsent(row: RawRow): Consent {
  return {
    id: row.id as string,
    customerId: row.customer_id as string,
    purpose: row.purpose as string,
    lawfulBasis: row.lawful_basis as Consent['lawfulBasis'],
    status: row.status as Consent['status'],
    occurredAt: row.occurred_at as Date,
    source: row.source as string,
    evidenceRef: row.evidence_ref as string | null,
    policyVersion: row.policy_version as string | null,
  };
}

const customerColumns = 'id, name, language, status, registered_at, version';
const identityColumns = 'type, value, customer_id, verified, linked_by, linked_at';
const consentColumns =
  'id, customer_id, purpose, lawful_basis, status, occurred_at, source, evidence_ref, policy_version';

const byIds = statement('customer.byIds', `select ${customerColumns} from customer where id = any($1)`, toCustomer);
const lock = statement(
  'customer.lock',
  `select ${customerColumns} from customer where id = $1 for no key update`,
  toCustomer,
);
const identitiesOf = statement(
  'customer.identities',
  `select ${identityColumns} from customer_identity where customer_id = any($1) order by linked_at, type, value`,
  toIdentity,
);
const owners = statement(
  'customer.owners',
  `select ${identityColumns} from customer_identity where (type, value) in (select * from unnest($1::text[], $2::text[]))`,
  toIdentity,
);
const inForce = statement(
  'consent.inForce',
  `select distinct on (customer_id, purpose) ${consentColumns} from consent where customer_id = any($1)
   order by customer_id, purpose, occurred_at desc, id desc`,
  toConsent,
);
const consentById = statement('consent.byId', `select ${consentColumns} from consent where id = $1`, toConsent);

const insert = command(
  'customer.insert',
  `insert into customer (${customerColumns}, updated_at) values ($1, $2, $3, $4, $5, $6, $7)`,
);
const update = command(
  'customer.update',
  'update customer set name = $2, language = $3, version = $4, updated_at = $5 where id = $1',
);
// In the order of the primary key: two registrations that share identities wait for each other instead of deadlocking.
const insertIdentities = command(
  'customer.insertIdentities',
  `insert into customer_identity (customer_id, type, value, verified, linked_by, linked_at)
   select $1, * from unnest($2::text[], $3::text[], $4::boolean[], $5::text[], $6::timestamptz[]) as i (type, value, v, b, a)
   order by type, value`,
);
const verify = command(
  'customer.verify',
  'update customer_identity set verified = true where type = $1 and value = $2',
);
const insertConsent = command(
  'consent.insert',
  `insert into consent (${consentColumns}, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);

export async function readCustomers(reader: Reader, ids: readonly string[]): Promise<Customer[]> {
  const [rows, identities] = await Promise.all([reader.all(byIds, [ids]), reader.all(identitiesOf, [ids])]);
  const byCustomer = Map.groupBy(identities, ({ customerId }) => customerId);
  return rows.map((row) => ({ ...row, identities: byCustomer.get(row.id) ?? [] }));
}

/** The customer with its identities; nobody else changes it until the transaction ends. */
export async function lockCustomer(tx: Writer, id: string): Promise<Customer | undefined> {
  const row = await tx.one(lock, [id]);
  return row && { ...row, identities: await tx.all(identitiesOf, [[id]]) };
}

/** Those of the identities that belong to somebody. */
export function readOwners(reader: Reader, identities: readonly Identity[]): Promise<OwnedIdentity[]> {
  return reader.all(owners, [identities.map(({ type }) => type), identities.map(({ value }) => value)]);
}

/** The consent in force for each purpose of these customers. */
export function readConsents(reader: Reader, customerIds: readonly string[]): Promise<Consent[]> {
  return reader.all(inForce, [customerIds]);
}

export function readConsent(reader: Reader, id: string): Promise<Consent | undefined> {
  return reader.one(consentById, [id]);
}

export function saveNewCustomer(tx: Writer, customer: Customer, now: Date): void {
  const { id, name, language, status, registeredAt, version } = customer;
  tx.defer(insert, [id, name, language, status, registeredAt, version, now]);
  saveNewIdentities(tx, id, customer.identities);
}

export function saveCustomer(tx: Writer, { id, name, language, version }: Customer, now: Date): void {
  tx.defer(update, [id, name, language, version, now]);
}

/** Fails with a unique violation where another transaction was first; the command then runs once more and finds whose it is. */
export function saveNewIdentities(tx: Writer, customerId: string, identities: readonly LinkedIdentity[]): void {
  tx.defer(insertIdentities, [
    customerId,
    identities.map(({ type }) => type),
    identities.map(({ value }) => value),
    identities.map(({ verified }) => verified),
    identities.map(({ linkedBy }) => linkedBy),
    identities.map(({ linkedAt }) => linkedAt),
  ]);
}

export function saveVerified(tx: Writer, { type, value }: Identity): void {
  tx.defer(verify, [type, value]);
}

export function saveConsent(tx: Writer, consent: Consent, now: Date): void {
  const { id, customerId, purpose, lawfulBasis, status, occurredAt, source, evidenceRef, policyVersion } = consent;
  tx.defer(insertConsent, [
    id,
    customerId,
    purpose,
    lawfulBasis,
    status,
    occurredAt,
    source,
    evidenceRef,
    policyVersion,
    now,
  ]);
}
