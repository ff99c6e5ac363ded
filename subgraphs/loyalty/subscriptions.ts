// pointsChanged: every movement of one account's points, with the balances after it. Never goes back: what a snapshot told is not
// told again in an older state.
import { pointsPending } from '#contracts/loyalty.ts';
import { parse } from '#platform/errors/parse.ts';
import { forbidden } from '#platform/graphql/authorization.ts';
import type { StoredEvent } from '#platform/messaging/contract.ts';
import { openLogCursor, signLogCursor } from '#platform/messaging/cursor.ts';
import { concatStreams, mapStream } from '#platform/messaging/stream.ts';
import { kindOf } from './events.ts';
import { createLoaders, type LoyaltyContext } from './loaders.ts';
import type { EntryKind, LoyaltyAccount } from './points.ts';
import { seesAll } from './visibility.ts';

export interface PointsChanged {
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly snapshot: boolean;
  readonly kind: EntryKind | null;
  readonly points: string | null;
  readonly order: { readonly id: string } | null;
  readonly account: LoyaltyAccount;
}

export async function pointsChanged(
  { accountId, after }: { readonly accountId: string; readonly after?: string | null },
  context: LoyaltyContext,
): Promise<AsyncIterableIterator<PointsChanged>> {
  const { tail, keys, clock } = context;
  // A stream outlives what a request's loaders remember: each read is a new one.
  const load = () => createLoaders(context.db, context.principal).account.load(accountId);
  if (!seesAll(context.principal) && !(await load())) throw forbidden('This token may follow its own account only');
  const from = after ? openLogCursor(keys.cursor, after) : undefined;
  const { events, snapshot, identity } = await tail.subscribe((event) => concerns(event, accountId), from);
  const { logId, epoch } = identity;
  const cursorAt = (position: number) => signLogCursor(keys.cursor, { logId, epoch, position });
  const present = snapshot ? await load() : null;
  const live = mapStream(events, async (event) => {
    if (present && event.sequence <= present.version) return undefined;
    const account = await load();
    return account ? toChange(event, account, cursorAt(event.position)) : undefined;
  });
  if (!present) return live;
  const state = { cursor: cursorAt(identity.head), occurredAt: clock.now(), snapshot: true, account: present };
  return concatStreams([{ ...state, kind: null, points: null, order: null }], live);
}

function concerns(event: StoredEvent, accountId: string): boolean {
  return event.key === accountId && kindOf(event.type) !== undefined;
}

/** The account as it was after the movement, which may be less than it has now. */
function toChange({ type, data, occurredAt }: StoredEvent, account: LoyaltyAccount, cursor: string): PointsChanged {
  const { points, orderId, balances, version } = parse(pointsPending.schema, data);
  const { available, pending, held, debt } = balances;
  const after = {
    available: BigInt(available),
    pending: BigInt(pending),
    held: BigInt(held),
    debt: BigInt(debt),
  };
  return {
    cursor,
    occurredAt,
    snapshot: false,
    kind: kindOf(type) ?? null,
    points,
    order: orderId === null ? null : { id: orderId },
    account: { ...account, balances: after, version },
  };
}
