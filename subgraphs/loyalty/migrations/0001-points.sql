-- A customer's points account. The balances are the fold of points_entry; version is the number of its last entry, 1 before the first.
create table loyalty_account (
  id text primary key,
  customer_id text not null unique,
  program text not null,
  tier text not null,
  -- Sales before it earn nothing.
  enrolled_at timestamptz not null,
  available numeric(18, 0) not null default 0 check (available >= 0),
  pending numeric(18, 0) not null default 0 check (pending >= 0),
  held numeric(18, 0) not null default 0 check (held >= 0),
  debt numeric(18, 0) not null default 0 check (debt >= 0),
  version int not null check (version > 0),
  updated_at timestamptz not null
);

-- The ledger, double-entry: each row debits one sub-account and credits another with the same points.
create table points_entry (
  id text primary key,
  account_id text not null references loyalty_account (id),
  entry_no int not null,
  kind text not null check (kind in ('EARN_PENDING', 'REVERSE_EARN')),
  points numeric(18, 0) not null check (points > 0),
  debit text not null,
  credit text not null check (credit <> debit),
  source_system text not null,
  source_transaction text not null,
  -- Null: the whole transaction.
  source_line int,
  rule text not null,
  reverses text references points_entry (id),
  order_id text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  unique (account_id, entry_no),
  -- An event told twice, even under another id, cannot earn twice.
  unique nulls not distinct (source_system, source_transaction, source_line, kind, rule)
);

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'points_entry is a ledger: write an entry that reverses the other one';
end $$;
create trigger points_entry_is_final before update or delete on points_entry
  for each statement execute function refuse_ledger_change();

-- Projection of the customer subgraph: whose name a hash stands for.
create table known_identity (
  identity_hash text primary key,
  customer_id text not null
);
create index known_identity_customer on known_identity (customer_id);

-- Projection of the order subgraph: sales that name a customer. Without an account as long as nobody's is known; it earns when the
-- account appears.
create table sale (
  order_id text primary key,
  transaction_id text not null,
  customer_id text,
  customer_identity_hash text,
  currency char(3) not null,
  net_minor bigint not null,
  occurred_at timestamptz not null,
  account_id text references loyalty_account (id),
  earn_entry_id text references points_entry (id),
  points numeric(18, 0) not null default 0,
  -- What came back so far and what that took away, as far as the ledger knows.
  returned_minor bigint not null default 0,
  reversed numeric(18, 0) not null default 0 check (reversed between 0 and points)
);
create index sale_unmatched_customer on sale (customer_id) where account_id is null;
create index sale_unmatched_identity on sale (customer_identity_hash) where account_id is null and customer_id is null;

-- Every return of an order, also of one that is not known or not matched: its sale finds it here.
create table sale_return (
  return_id text primary key,
  order_id text not null,
  net_minor bigint not null,
  occurred_at timestamptz not null,
  arrival bigint generated always as identity
);
create index sale_return_order on sale_return (order_id);
