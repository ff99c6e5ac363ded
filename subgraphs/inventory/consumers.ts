// Which events of other subgraphs move stock or tell what is stocked, and which command they call.
import { returnReceived, saleRecorded } from '#contracts/order.ts';
import { productUpserted } from '#contracts/product.ts';
import { parse } from '#platform/errors/parse.ts';
import type { SubgraphDependencies } from '#platform/graphql/subgraph-module.ts';
import type { ConsumerDefinition } from '#platform/messaging/consumer.ts';
import type { PayloadOf, StoredEvent } from '#platform/messaging/contract.ts';
import { applyGoodsDocuments } from './commands/apply-goods-documents.ts';
import { projectStockItems } from './commands/project-stock-items.ts';
import type { GoodsDocument, GoodsLine } from './goods-movement.ts';
import { thousandths } from './position.ts';
import type { ToldItem } from './situation.ts';

export function consumers(deps: SubgraphDependencies): ConsumerDefinition[] {
  return [
    {
      name: 'stock-from-orders',
      log: 'orders',
      handlers: {
        [saleRecorded.name]: (tx, events) => applyGoodsDocuments(deps, tx, events.map(toSale)),
        [returnReceived.name]: (tx, events) => applyGoodsDocuments(deps, tx, events.map(toReturn)),
      },
    },
    {
      name: 'items-from-product',
      log: 'product',
      handlers: { [productUpserted.name]: (tx, events) => projectStockItems(tx, events.flatMap(toItems)) },
    },
  ];
}

type Line = PayloadOf<typeof saleRecorded>['lines'][number];

/** Lines without a SKU (postage, fees) move nothing. */
function toLine({ sku, quantity, uom }: Line, sign: 1n | -1n): GoodsLine[] {
  return sku === null ? [] : [{ sku: sku.toUpperCase(), delta: sign * thousandths(quantity), uom }];
}

function toSale(event: StoredEvent): GoodsDocument {
  const { orderId, location, occurredAt, lines } = parse(saleRecorded.schema, event.data);
  const moved = lines.flatMap((line) => toLine(line, -1n));
  return { type: 'SALE', documentRef: orderId, location, occurredAt: new Date(occurredAt), lines: moved };
}

/** Only what goes back on the shelf is stock again. */
function toReturn(event: StoredEvent): GoodsDocument {
  const { returnId, location, occurredAt, lines } = parse(returnReceived.schema, event.data);
  const restocked = lines.filter(({ disposition }) => disposition === 'RESTOCK').flatMap((line) => toLine(line, 1n));
  return { type: 'RETURN', documentRef: returnId, location, occurredAt: new Date(occurredAt), lines: restocked };
}

function toItems(event: StoredEvent): ToldItem[] {
  const { productId, version: productVersion, variants } = parse(productUpserted.schema, event.data);
  return variants.map(({ sku, uom, trackInventory }) => ({
    sku: sku.toUpperCase(),
    uom,
    tracked: trackInventory,
    productId,
    productVersion,
  }));
}
