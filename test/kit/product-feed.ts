// Products as a feed tells them, and the feed's calls: a fresh, valid product each time, changed by what the test says.
import { randomUUID } from 'node:crypto';
import { gs1CheckDigit } from '#contracts/identifiers.ts';
import type { Principal } from '#platform/auth/principal.ts';
import { principalOf, type TestGraph } from './graph.ts';

export const SYSTEM = 'erp';
export const feed = principalOf('feed', { system: SYSTEM });

export const UPSERT = `mutation ($input: UpsertProductsInput!) { upsertProducts(input: $input) { __typename
  ... on ProductsUpserted { checkpoint results { externalId outcome code message product { id handle version variants { sku } } } }
  ... on NotOwner { code message owner }
  ... on Rejection { code message } } }`;

let made = 0;

/** A number no other call of this process gave. */
export function next(): number {
  made += 1;
  return made;
}

/** Another valid GTIN of 14 digits each time. */
export function newGtin(): string {
  const digits = `0952${String(next()).padStart(9, '0')}`;
  return `${digits}${gs1CheckDigit(digits)}`;
}

export interface FedVariantInput {
  readonly sku: string;
  readonly [field: string]: unknown;
}

/** A product of one variant with a list price of 8.95 GBP. */
export function newProduct(fields: Record<string, unknown> = {}) {
  const externalId = `E${next()}`;
  const variants: FedVariantInput[] = [
    { sku: `${externalId}-A`, gtins: [newGtin()], prices: [{ amount: '8.95', currency: 'GBP' }] },
  ];
  return {
    externalId,
    externalVersion: '1',
    changedAt: '2026-06-01T00:00:00.000Z',
    handle: externalId.toLowerCase(),
    title: `Product ${externalId}`,
    variants,
    ...fields,
  };
}

export interface UpsertAnswer {
  readonly __typename: string;
  readonly code?: string;
  readonly owner?: string;
  readonly checkpoint: string | null;
  readonly results: readonly {
    readonly externalId: string;
    readonly outcome: string;
    readonly code: string | null;
    readonly message: string | null;
    readonly product: { readonly id: string; readonly version: number; readonly handle: string } | null;
  }[];
}

/** Sends products as one call of the feed; throws with the error's code when the call is refused as a whole. */
export async function upsert(
  graph: TestGraph,
  products: readonly unknown[],
  fields: Record<string, unknown> = {},
  principal: Principal = feed,
): Promise<UpsertAnswer> {
  const input = { idempotencyKey: randomUUID(), system: SYSTEM, products, ...fields };
  const { upsertProducts } = await ask(graph, UPSERT, { input }, principal);
  return upsertProducts as UpsertAnswer;
}

/** Executes on the product subgraph; throws with the first error's code and message. */
export async function ask(
  graph: TestGraph,
  query: string,
  variables: Record<string, unknown> = {},
  principal?: Principal,
): Promise<Record<string, unknown>> {
  const { data, errors } = await graph.execute('product', query, variables, principal);
  if (errors?.[0]) throw new Error(`${String(errors[0].extensions?.code)}: ${errors[0].message}`);
  return data as Record<string, unknown>;
}
