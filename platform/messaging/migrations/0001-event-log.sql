-- The event log of one subgraph. Commands append rows without a position; the sequencer numbers committed rows.
create sequence event_append as bigint cache 1;

create table event_log (
  append_id bigint not null,
  position bigint,
  id text not null,
  type text not null,
  version int not null,
  partition_key text not null,
  sequence bigint not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  correlation_id text not null,
  causation_id text,
  traceparent text,
  dataclass text not null,
  data jsonb not null,
  primary key (append_id, recorded_at)
) partition by range (recorded_at);

create table event_log_rest partition of event_log default;
create index event_log_unnumbered on event_log (append_id) where position is null;
create unique index event_log_position on event_log (position, recorded_at) where position is not null;

-- One row: which log this is, which life of it, and the last position given.
create table event_log_state (
  only_row boolean primary key default true check (only_row),
  log_id text not null,
  epoch int not null,
  system_identifier text not null,
  timeline int not null,
  last_position bigint not null
);

create table consumer_checkpoint (
  consumer text primary key,
  log_id text not null,
  epoch int not null,
  position bigint not null,
  updated_at timestamptz not null
);

create table inbox (
  consumer text not null,
  event_id text not null,
  handled_at timestamptz not null,
  primary key (consumer, event_id)
);

create table dead_letter (
  consumer text not null,
  event_id text not null,
  position bigint not null,
  partition_key text not null,
  type text not null,
  error_code text not null,
  error text not null,
  attempts int not null,
  event jsonb not null,
  failed_at timestamptz not null,
  primary key (consumer, event_id)
);

create table idempotency (
  client_id text not null,
  operation text not null,
  key text not null,
  request_hash text not null,
  outcome jsonb not null,
  created_at timestamptz not null,
  primary key (client_id, operation, key)
);
create index idempotency_created on idempotency (created_at);
