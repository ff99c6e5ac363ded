-- Questions about the past read superseded prices too.
create index price_history on price (sku);
