// Which events of other subgraphs call which command.
import { customerChanged, customerRegistered } from '#contracts/customer.ts';
import { productUpserted } from '#contracts/product.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import type { ConsumerDefinition } from '#platform/messaging/consumer.ts';
import { learnCustomerStates, learnProducts } from './commands/learn.ts';

export function consumers(deps: SubgraphDependencies): ConsumerDefinition[] {
  return [
    {
      name: 'order.products',
      log: 'product',
      handlers: { [productUpserted.name]: (tx, events) => learnProducts(deps, tx, events) },
    },
    {
      name: 'order.customers',
      log: 'customer',
      handlers: {
        [customerRegistered.name]: (tx, events) => learnCustomerStates(deps, tx, events),
        [customerChanged.name]: (tx, events) => learnCustomerStates(deps, tx, events),
      },
    },
  ];
}
