-- Money given back when announced goods are received: no ticket tells of it, and the shop's day must add up all the same.
create table refund_tender (
  return_id text not null references return_case,
  tender_no int not null,
  location text not null,
  business_date date not null,
  currency char(3) not null,
  type text not null,
  amount_minor bigint not null check (amount_minor > 0),
  reference text,
  primary key (return_id, tender_no)
);
create index refund_tender_day on refund_tender (location, business_date);
