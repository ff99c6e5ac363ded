// orderChanged: every event of the orders the caller may see, with the order as it is when the event is told.

import { returnApproved, returnReceived, returnRequested, saleRecorded } from '#contracts/order.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import type { PayloadOf, StoredEvent } from '#platform/messaging/contract.ts';
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

/** Leaves out what the event itself shows to be of no interest, so that it costs no read. */
function wants(wanted: Wanted, event: StoredEvent): boolean {
  if (!types.has(event.type)) return false;
  const data = event.data as PayloadOf<typeof returnReceived | typeof saleRecorded>;
  if (!data.orderId) return false;
  if (wanted.orderId !== null && data.orderId !== wanted.orderId) return false;
  // A return says where it came in, which need not be the order's shop.
  if (wanted.location !== null && event.type === saleRecorded.name && data.location !== wanted.location) return false;
  // A card nobody knew when the event was told may be the customer's by now.
  const nobodyYet = data.customerId === null && data.customerIdentityHash !== null;
  return wanted.customerId === null || data.customerId === wanted.customerId || nobodyYet;
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
  if (wanted.location !== null && order.location !== wanted.location) return false;
  if (wanted.customerId !== null && order.customerId !== wanted.customerId) return false;
  return maySee(context.principal, order);
}

function cursorAt(context: CommandContext, identity: LogIdentity, position: number): string {
  return signLogCursor(context.keys.cursor, { logId: identity.logId, epoch: identity.epoch, position });
}

/**
 * The present state of the newest matching orders, oldest of them first. Only the last carries a cursor to go on from; who leaves
 * before it gets a snapshot again, because the others carry the cursor that called for this one.
 */
async function snapshot(context: OrderContext, wanted: Wanted, identity: LogIdentity, after: string): Promise<Told[]> {
  const scope = { location: wanted.location, customerId: wanted.customerId, businessDate: null };
  const ids = wanted.orderId ? [wanted.orderId] : await context.loaders.orderIdPage(scope, undefined, SNAPSHOT);
  const found = await createLoaders(context.db).order.loadMany(ids.toReversed());
  const orders = found.filter((order): order is Order => order !== null && !(order instanceof Error));
  const visible = orders.filter((order) => matches(context, wanted, order));
  const behind = cursorAt(context, identity, identity.head);
  return visible.map((order, index): Told => {
    const cursor = index === visible.length - 1 ? behind : after;
    return { cursor, occurredAt: order.placedAt, snapshot: true, order };
  });
}

async function subscribe(
  args: Partial<SubscriptionOrderChangedArgs>,
  context: OrderContext,
): Promise<AsyncIterable<Told>> {
  const { orderId = null, location = null, customerId = null, after } = args;
  const scope = narrow(context.principal, { location, customerId });
  const wanted = { orderId, location, customerId, ...scope };
  const from = after ? openLogCursor(context.keys.cursor, after) : undefined;
  const tail = await context.tail.subscribe((event) => scope !== undefined && wants(wanted, event), from);
  const live = mapStream(tail.events, (event) => tell(context, wanted, tail.identity, event));
  if (!tail.snapshot || !after || !scope) return live;
  try {
    return concatStreams(await snapshot(context, wanted, tail.identity, after), live);
  } catch (error) {
    await live.return?.();
    throw error;
  }
}

export const subscription: SubscriptionResolvers = {
  orderChanged: {
    subscribe: (_, args, context) => subscribe(args, context) as never,
    resolve: (told: Told) => told,
  },
};
