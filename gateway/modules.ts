// The subgraphs this repository has, by name. Only composition roots import this: the gateway itself knows no subgraph's code.
import type { SubgraphModule } from '#platform/graphql/subgraph-module.ts';
import { customerSubgraph } from '../subgraphs/customer/main.ts';
import { inventorySubgraph } from '../subgraphs/inventory/main.ts';
import { loyaltySubgraph } from '../subgraphs/loyalty/main.ts';
import { orderSubgraph } from '../subgraphs/order/main.ts';
import { productSubgraph } from '../subgraphs/product/main.ts';

export const modules: readonly SubgraphModule[] = [
  productSubgraph,
  inventorySubgraph,
  customerSubgraph,
  orderSubgraph,
  loyaltySubgraph,
];
