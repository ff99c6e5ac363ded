-- The golden record of a person or a firm that buys. version grows with every change, consents included: it is the sequence of the
-- customer's events.
create table customer (
  id text primary key,
  name text,
  -- BCP 47: en-GB.
  language text,
  status text not null check (status in ('ACTIVE', 'MERGED', 'ERASED', 'BLOCKED')),
  registered_at timestamptz not null,
  version int not null check (version > 0),
  updated_at timestamptz not null
);

-- The names a customer is known by, in their normal form: each belongs to one customer.
create table customer_identity (
  type text not null check (type in ('POS_ID', 'WEB_ACCOUNT', 'LOYALTY_CARD', 'EMAIL', 'PHONE', 'CRM_ID')),
  value text not null,
  customer_id text not null references customer (id),
  verified boolean not null,
  linked_by text not null,
  linked_at timestamptz not null,
  primary key (type, value)
);
create index customer_identity_customer on customer_identity (customer_id);

-- Append-only: what was said about one purpose, each time it was said.
create table consent (
  id text primary key,
  customer_id text not null references customer (id),
  purpose text not null,
  lawful_basis text not null,
  status text not null check (status in ('GRANTED', 'DENIED', 'WITHDRAWN', 'EXPIRED')),
  occurred_at timestamptz not null,
  source text not null,
  evidence_ref text,
  policy_version text,
  recorded_at timestamptz not null
);
create index consent_in_force on consent (customer_id, purpose, occurred_at desc, id desc);

create function refuse_consent_change() returns trigger language plpgsql as $$
begin
  raise exception 'consents are append-only: record what was said later as another consent';
end $$;
create trigger consent_is_final before update or delete on consent
  for each statement execute function refuse_consent_change();
