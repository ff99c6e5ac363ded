-- Places goods are in. Told by a system of record; only that system changes its own.
create table location (
  gln text primary key,
  name text not null,
  kind text not null check (kind in ('STORE', 'WAREHOUSE')),
  time_zone text not null,
  system text not null,
  updated_at timestamptz not null
);

-- What the product subgraph says of a SKU, as far as stock needs it.
create table stock_item (
  sku text primary key,
  uom text not null,
  track_inventory boolean not null,
  product_id text not null,
  product_version bigint not null
);
create index stock_item_product on stock_item (product_id);

-- The fold of stock_movement; version = ledger_seq of its last movement. On hand may be negative: what was sold was there.
-- Free space in each page lets a busy row be rewritten in place.
create table stock_position (
  sku text not null,
  location text not null,
  uom text not null,
  on_hand numeric(18, 3) not null default 0,
  reserved numeric(18, 3) not null default 0 check (reserved >= 0),
  version int not null default 0,
  updated_at timestamptz not null,
  primary key (sku, location)
) with (fillfactor = 70);

create table stock_movement (
  sku text not null,
  location text not null,
  ledger_seq int not null,
  id text not null,
  type text not null check (type in ('RECEIPT', 'OPENING', 'SALE', 'RETURN', 'ADJUST', 'RESERVE', 'RELEASE')),
  bucket text not null check (bucket in ('ON_HAND', 'RESERVED')),
  delta numeric(18, 3) not null check (delta <> 0),
  uom text not null,
  reason_code text,
  document_ref text,
  reservation_id text,
  -- When the document says it happened, and when we were told.
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  actor text not null,
  primary key (sku, location, ledger_seq)
);

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'stock_movement is a ledger: write a movement that corrects the other one';
end $$;
create trigger stock_movement_is_final before update or delete on stock_movement
  for each statement execute function refuse_ledger_change();

create table reservation (
  id text primary key,
  sku text not null,
  location text not null,
  quantity numeric(18, 3) not null check (quantity > 0),
  uom text not null,
  holder_kind text not null,
  holder_id text not null,
  channel text,
  status text not null check (status in ('HELD', 'ALLOCATED', 'CONSUMED', 'RELEASED', 'EXPIRED')),
  expires_at timestamptz not null,
  -- Whose it is: the client that asked, and the customer it asked for when the token was a customer's.
  client_id text not null,
  customer_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index reservation_due on reservation (expires_at) where status = 'HELD';
create index reservation_held on reservation (sku, location) where status = 'HELD';
