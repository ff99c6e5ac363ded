-- Tickets as captured, the orders and returns they make, business days, and projections of products and customers.
create table sales_order (
  id text primary key,
  number text not null unique,
  origin text not null,
  location text not null,
  customer_id text,
  customer_identity_hash text,
  placed_at timestamptz not null,
  business_date date not null,
  currency char(3) not null,
  status text not null,
  grand_total_minor bigint not null,
  refunded_minor bigint not null default 0,
  training boolean not null,
  version int not null
);
create index sales_order_location on sales_order (location, id desc);
create index sales_order_customer on sales_order (customer_id, id desc) where customer_id is not null;
create index sales_order_identity on sales_order (customer_identity_hash)
  where customer_id is null and customer_identity_hash is not null;

create table order_line (
  order_id text not null references sales_order,
  line_no int not null,
  sku text,
  description text,
  quantity numeric(18, 3) not null,
  uom text not null,
  unit_price_minor bigint not null,
  discount_minor bigint not null,
  tax_rate numeric(7, 6) not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  gross_minor bigint not null,
  quantity_returned numeric(18, 3) not null default 0,
  quantity_return_pending numeric(18, 3) not null default 0,
  primary key (order_id, line_no),
  check (quantity_returned >= 0 and quantity_return_pending >= 0)
);

create table store_transaction (
  id text primary key,
  transaction_id text not null constraint store_transaction_uuid unique,
  type text not null,
  location text not null,
  workstation text not null,
  business_date date not null,
  sequence int not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  currency char(3) not null,
  grand_total_minor bigint not null,
  offline boolean not null,
  training boolean not null,
  late_arrival boolean not null,
  body_hash text not null,
  order_id text references sales_order,
  return_id text,
  constraint store_transaction_natural_key unique (location, business_date, workstation, sequence)
);
create index store_transaction_order on store_transaction (order_id) where order_id is not null;

create table tender (
  transaction_id text not null references store_transaction,
  tender_no int not null,
  order_id text,
  return_id text,
  type text not null,
  -- Negative for money given back.
  amount_minor bigint not null,
  reference text,
  primary key (transaction_id, tender_no)
);
create index tender_order on tender (order_id) where order_id is not null;

create table transaction_exception (
  transaction_id text not null references store_transaction,
  exception_no int not null,
  code text not null,
  line_no int,
  detail text not null,
  -- What would resolve it: the SKU, the GTIN or the identity hash that was unknown.
  subject text,
  opened_at timestamptz not null,
  resolved_at timestamptz,
  primary key (transaction_id, exception_no)
);
create index transaction_exception_open on transaction_exception (transaction_id) where resolved_at is null;
create index transaction_exception_subject on transaction_exception (code, subject) where resolved_at is null;

-- Another body under a known key: kept for a person to look at, never posted.
create table transaction_conflict (
  id text primary key,
  transaction_id text not null references store_transaction,
  body jsonb not null,
  body_hash text not null,
  received_at timestamptz not null,
  unique (transaction_id, body_hash)
);

create table return_case (
  id text primary key,
  order_id text references sales_order,
  transaction_id text references store_transaction,
  location text not null,
  customer_id text,
  customer_identity_hash text,
  currency char(3) not null,
  status text not null,
  occurred_at timestamptz not null,
  refund_minor bigint not null,
  version int not null
);
create index return_case_order on return_case (order_id) where order_id is not null;

create table return_line (
  return_id text not null references return_case,
  line_no int not null,
  order_line_no int,
  sku text,
  description text,
  quantity numeric(18, 3) not null,
  uom text not null,
  reason_code text,
  condition text,
  disposition text not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  gross_minor bigint not null,
  primary key (return_id, line_no)
);

create table business_day (
  location text not null,
  date date not null,
  status text not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  counted jsonb not null default '[]',
  version int not null,
  primary key (location, date)
);

-- Projections: what other subgraphs told us. Small on purpose: only what a decision here needs.
create table known_variant (
  sku text primary key,
  product_id text not null,
  returnable boolean not null,
  return_window_days int not null,
  track_inventory boolean not null,
  version int not null
);
create table known_gtin (gtin text primary key, sku text not null);
create table known_customer (customer_id text primary key, version int not null);
create table known_identity (identity_hash text primary key, customer_id text not null);
