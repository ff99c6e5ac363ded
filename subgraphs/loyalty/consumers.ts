// Which events of other subgraphs make members and move points, and which command they call.
import { customerChanged, customerRegistered } from '#contracts/customer.ts';
import { returnReceived, saleRecorded } from '#contracts/order.ts';
import { InvalidInput } from '#platform/errors/fault.ts';
import { parse } from '#platform/errors/parse.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import { parseMinor, sumMinor } from '#platform/kernel/money.ts';
import type { ConsumerDefinition } from '#platform/messaging/consumer.ts';
import type { StoredEvent } from '#platform/messaging/contract.ts';
import { applyCustomers, type CustomerState } from './commands/apply-customers.ts';
import { applyReturns } from './commands/apply-returns.ts';
import { applySales } from './commands/apply-sales.ts';
import type { Sale, SaleReturn } from './points.ts';

export function consumers(deps: SubgraphDependencies): ConsumerDefinition[] {
  return [
    {
      name: 'members-from-customer',
      log: 'customer',
      handlers: {
        [customerRegistered.name]: (tx, events) => applyCustomers(deps, tx, events.map(toCustomer)),
        [customerChanged.name]: (tx, events) => applyCustomers(deps, tx, events.map(toCustomer)),
      },
    },
    {
      name: 'points-from-orders',
      log: 'orders',
      handlers: {
        [saleRecorded.name]: (tx, events) => applySales(deps, tx, events.map(toSale)),
        [returnReceived.name]: (tx, events) => applyReturns(deps, tx, events.flatMap(toReturn)),
      },
    },
  ];
}

function toCustomer({ data }: StoredEvent): CustomerState {
  const { customerId, status, identities, registeredAt } = parse(customerRegistered.schema, data);
  return {
    customerId,
    identityHashes: identities.map(({ hash }) => hash),
    member: status === 'ACTIVE' && identities.some(({ type }) => type === 'LOYALTY_CARD'),
    registeredAt: new Date(registeredAt),
  };
}

function toSale({ data }: StoredEvent): Sale {
  const sale = parse(saleRecorded.schema, data);
  const { orderId, transactionId, customerId, customerIdentityHash, currency } = sale;
  return {
    orderId,
    transactionId,
    customerId,
    customerIdentityHash,
    currency,
    net: minor('net', sale.net, currency),
    occurredAt: new Date(sale.occurredAt),
    accountId: null,
    earnEntryId: null,
    points: 0n,
    returned: 0n,
    reversed: 0n,
  };
}

/** Nothing for a return without a receipt: nobody knows what its goods have earned, or for whom. */
function toReturn({ data }: StoredEvent): SaleReturn[] {
  const { returnId, orderId, currency, occurredAt, lines } = parse(returnReceived.schema, data);
  if (orderId === null) return [];
  const ofOrder = lines.filter(({ orderLineNo }) => orderLineNo !== null);
  const net = sumMinor(ofOrder.map((line) => minor(`lines.${line.lineNo}.net`, line.net, currency)));
  return [{ returnId, orderId, net, occurredAt: new Date(occurredAt) }];
}

function minor(path: string, amount: string, currency: string): bigint {
  const parsed = parseMinor(amount, currency);
  if (parsed === null) throw new InvalidInput([{ path, message: `${amount} is no amount of ${currency}` }]);
  return parsed;
}
