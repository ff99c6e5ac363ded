-- The product master as its system of record tells it, price lists, and how far each feed has come.
create table product (
  id text primary key,
  system text not null,
  external_id text not null,
  external_version text not null,
  changed_at timestamptz not null,
  last_seen_at timestamptz not null,
  handle text not null constraint product_handle unique,
  title text not null,
  description text,
  brand text,
  categories text[] not null,
  status text not null,
  version int not null,
  -- What a search looks at: title, brand, categories, SKUs and GTINs, made by the command.
  search_text text not null,
  search tsvector not null generated always as (to_tsvector('simple', search_text)) stored,
  constraint product_external unique (system, external_id)
);
create index product_search on product using gin (search);

create table variant (
  sku text primary key,
  product_id text not null references product,
  place int not null,
  title text not null,
  options jsonb not null,
  uom text not null,
  tax_category text,
  returnable boolean not null,
  return_window_days int not null,
  track_inventory boolean not null,
  -- No longer told by the system of record: old orders still show it.
  withdrawn boolean not null
);
create index variant_product on variant (product_id, place);

create table variant_gtin (
  gtin text primary key,
  sku text not null references variant
);
create index variant_gtin_sku on variant_gtin (sku);

-- A price is never edited: another one supersedes it.
create table price (
  id text primary key,
  sku text not null references variant,
  amount_minor bigint not null,
  currency char(3) not null,
  type text not null,
  channel text,
  location text,
  customer_group text,
  tax_included boolean not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  recorded_at timestamptz not null,
  superseded_at timestamptz
);
create index price_sku on price (sku) where superseded_at is null;

create table feed_checkpoint (
  system text primary key,
  checkpoint text not null,
  updated_at timestamptz not null
);
