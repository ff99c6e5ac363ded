// orderChanged: every event of the orders the caller may see, with the order as it is when the event is told.

import { returnApproved, returnReceived, returnRequested, saleRecorded } from '#contracts/order.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import type { StoredEvent } from '#platform/messaging/contract.ts';
import { openLogCursor, signLogCursor } from '#platform/messaging/cursor.ts';
import type { LogIdentity } from '#platform/messaging/event-log.ts';
import { concatStreams, mapStream } from '#platform/messaging/stream.ts';
import type {
  OrderChangedEvent,
  SubscriptionOrderChangedArgs,
  SubscriptionResolvers,
} from '../__generated__/resolvers.ts';
import { createLoaders, type OrderContext } from '../loaders.ts';
import type { Order } from '../order.ts';
import { maySee, narrow, type Scope } from '../visibility.ts';

const types = new Set<string>([saleRecorded.name, returnRequested.name, returnApproved.name, returnReceived.name]);
const SNAPSHOT = 100;

type Told = Omit<OrderChangedEvent, 'order' | '__typename'> & { readonly order: Order };

interface Wanted extends Scope {
  readonly orderId: string | null;
}

function wants(wanted: Wanted, event: StoredEvent): boolean {
  if (!types.has(event.type)) return false;
  const data = event.data as { orderId?: string | null; location?: string; customerId?: string | null };
  if (!data.orderId) return false;
  if (wanted.orderId !== null && data.orderId !== wanted.orderId) return false;
  return wanted.customerId === null || data.customerId === wanted.customerId;
}

async function tell(
  context: OrderContext,
  wanted: Wanted,
  identity: LogIdentity,
  event: StoredEvent,
): Promise<Told | undefined> {
  const { orderId } = event.data as { orderId: string };
  // A loader of its own: a stream must not keep what it read for an earlier event.
  const order = await createLoaders(context.db).order.load(orderId);
  if (!order || !matches(context, wanted, order)) return undefined;
  return { cursor: cursorAt(context, identity, event.position), occurredAt: event.occurredAt, snapshot: false, order };
}

function matches(context: OrderContext, wanted: Wanted, order: Order): boolean {
  return maySee(context.principal, order) && (wanted.location === null || order.location === wanted.location);
}

function cursorAt(context: CommandContext, identity: LogIdentity, position: number): string {
  return signLogCursor(context.keys.cursor, { logId: identity.logId, epoch: identity.epoch, position });
}

/** The present state of the newest matching orders, oldest of them first. */
async function snapshot(context: OrderContext, wanted: Wanted, identity: LogIdentity): Promise<Told[]> {
  const scope = { location: wanted.location, customerId: wanted.customerId, businessDate: null };
  const ids = wanted.orderId ? [wanted.orderId] : await context.loaders.orderIdPage(scope, undefined, SNAPSHOT);
  const orders = await createLoaders(context.db).order.loadMany(ids.toReversed());
  const cursor = cursorAt(context, identity, identity.head);
  return orders.flatMap((order): Told[] => {
    if (order === null || order instanceof Error || !matches(context, wanted, order)) return [];
    return [{ cursor, occurredAt: order.placedAt, snapshot: true, order }];
  });
}

async function subscribe(
  args: Partial<SubscriptionOrderChangedArgs>,
  context: OrderContext,
): Promise<AsyncIterable<Told>> {
  const scope = narrow(context.principal, { location: args.location ?? null, customerId: args.customerId ?? null });
  const wanted = { orderId: args.orderId ?? null, ...scope };
  const after = args.after ? openLogCursor(context.keys.cursor, args.after) : undefined;
  const tail = await context.tail.subscribe((event) => wants(wanted, event), after);
  const live = mapStream(tail.events, (event) => tell(context, wanted, tail.identity, event));
  if (!tail.snapshot) return live;
  return concatStreams(await snapshot(context, wanted, tail.identity), live);
}

export const subscription: SubscriptionResolvers = {
  orderChanged: {
    subscribe: (_, args, context) => subscribe(args, context) as never,
    resolve: (told: Told) => told,
  },
};
