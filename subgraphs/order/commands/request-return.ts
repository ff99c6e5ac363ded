// Asks whether goods of an order may come back, and announces them when they may. Refuses by policy, with every reason.
import { z } from 'zod';
import { gln } from '#contracts/identifiers.ts';
import { idempotencyKey, positiveQuantity, shortText } from '#contracts/inputs.ts';
import { returnApproved, returnRequested } from '#contracts/order.ts';
import type { Reader, Writer } from '#platform/db/database.ts';
import { type IdempotencyConflict, idempotently, type StoredOutcome } from '#platform/db/idempotency.ts';
import { parse } from '#platform/errors/parse.ts';
import type { CommandContext } from '#platform/graphql/context.ts';
import { newId } from '#platform/kernel/ids.ts';
import type { Order } from '../order.ts';
import { findReturnPolicies } from '../projections.ts';
import { type Rejected, reject } from '../rejections.ts';
import { creditOrder, findOrders, lockOrder } from '../repository/orders.ts';
import { findReturns, insertReturn } from '../repository/returns.ts';
import {
  decideEligibility,
  type Eligibility,
  POLICY_VERSION,
  type Return,
  requestedLines,
  type WantedLine,
} from '../return.ts';
import { eachLineOnce, MOST_LINES } from '../ticket.ts';
import { mayWriteReturn } from '../visibility.ts';
import { returnEvent } from './record-return.ts';
import { requireOwnLocation } from './tickets.ts';

const wantedLines = z
  .array(z.object({ lineNo: z.int().min(1), quantity: positiveQuantity, reasonCode: shortText.nullish() }))
  .min(1, { error: 'must name at least one line' })
  .max(MOST_LINES, { error: `must name at most ${MOST_LINES} lines` })
  .superRefine(eachLineOnce)
  .transform((lines): WantedLine[] =>
    lines.map((line) => ({ lineNo: line.lineNo, milli: line.quantity.milli, reasonCode: line.reasonCode ?? null })),
  );

const requestInput = z.object({
  idempotencyKey,
  orderId: shortText,
  location: gln,
  requestedAt: z.date(),
  lines: wantedLines,
});

export interface ReturnRequested {
  readonly __typename: 'ReturnRequested';
  readonly return: Return;
}

export interface ReturnDenied extends Rejected<'ReturnDenied'> {
  readonly reasons: readonly string[];
}

export type UnknownOrder = Rejected<'UnknownOrder'> & { readonly orderId: string };
export type RequestReturnOutcome = ReturnRequested | ReturnDenied | UnknownOrder;

export async function requestReturn(
  context: CommandContext,
  rawInput: unknown,
): Promise<RequestReturnOutcome | IdempotencyConflict> {
  const { idempotencyKey: key, ...input } = parse(requestInput, rawInput);
  requireOwnLocation(context, input.location);
  const now = context.clock.now();
  const scope = { clientId: context.principal.clientId, operation: 'requestReturn', key, input, now };
  return idempotently(context.db, scope, { run: (tx) => announce(context, tx, input, now), keep, restore });
}

type Input = Omit<z.output<typeof requestInput>, 'idempotencyKey'>;

async function announce(context: CommandContext, tx: Writer, input: Input, now: Date): Promise<RequestReturnOutcome> {
  const order = await lockOrder(tx, input.orderId);
  if (!order || !mayWriteReturn(context.principal, order)) {
    return { ...reject('UnknownOrder', 'UNKNOWN_ORDER'), orderId: input.orderId };
  }
  const policies = await findReturnPolicies(
    tx,
    order.lines.flatMap((line) => line.sku ?? []),
  );
  const eligibility = decideEligibility(order, input.lines, policies, input.requestedAt);
  if (eligibility.decision === 'DENY') return denied(eligibility);
  const returned = announced(order, input);
  insertReturn(tx, returned);
  const pending = input.lines.map((line) => ({ lineNo: line.lineNo, returned: 0n, pending: line.milli }));
  creditOrder(tx, order.id, pending, 0n);
  const events = [returnRequested, returnApproved].map((contract) => returnEvent(contract, returned, order));
  context.outbox.append(tx, events, now);
  return { __typename: 'ReturnRequested', return: returned };
}

function announced(order: Order, input: Input): Return {
  return {
    id: newId(),
    orderId: order.id,
    transactionId: null,
    location: input.location,
    customerId: order.customerId,
    customerIdentityHash: order.customerIdentityHash,
    currency: order.currency,
    status: 'APPROVED',
    occurredAt: input.requestedAt,
    refund: 0n,
    lines: requestedLines(order, input.lines),
    version: 1,
  };
}

function denied(eligibility: Eligibility): ReturnDenied {
  const { reasons } = eligibility;
  return { ...reject('ReturnDenied', 'RETURN_DENIED', `The return is not possible: ${reasons.join('; ')}`), reasons };
}

function keep(outcome: RequestReturnOutcome): StoredOutcome {
  if (outcome.__typename === 'ReturnRequested') return { type: outcome.__typename, returnId: outcome.return.id };
  return { type: outcome.__typename, rejection: outcome };
}

const storedReturn = z.object({ returnId: z.string() });

async function restore(outcome: StoredOutcome, reader: Reader): Promise<RequestReturnOutcome> {
  if (outcome.type !== 'ReturnRequested') return outcome.rejection as RequestReturnOutcome;
  const { returnId } = storedReturn.parse(outcome);
  const [returned] = await findReturns(reader, [returnId]);
  if (!returned) throw new TypeError(`return ${returnId} of a stored outcome is missing`);
  return { __typename: 'ReturnRequested', return: returned };
}

const eligibilityInput = z.object({ orderId: shortText, at: z.date().nullish(), lines: wantedLines });

/** What requestReturn would decide, without announcing anything. An order not visible to the caller is denied as unknown. */
export async function checkEligibility(context: CommandContext, rawInput: unknown): Promise<Eligibility> {
  const input = parse(eligibilityInput, rawInput);
  const [order] = await findOrders(context.db, [input.orderId]);
  if (!order || !mayWriteReturn(context.principal, order)) {
    return { decision: 'DENY', reasons: ['the order is not known'], policyVersion: POLICY_VERSION };
  }
  const policies = await findReturnPolicies(
    context.db,
    order.lines.flatMap((line) => line.sku ?? []),
  );
  return decideEligibility(order, input.lines, policies, input.at ?? context.clock.now());
}
