// Pulls the ERP's sites, items and goods documents into the graph, a page at a time. How far it has come is kept by the product
// subgraph together with each page: a feed that dies goes on from there, and what it sends twice changes nothing.
import { z } from 'zod';
import { canonicalJson } from '#platform/kernel/canonical.ts';
import { type Clock, monotonicMs } from '#platform/kernel/clock.ts';
import { newId } from '#platform/kernel/ids.ts';
import { Wakeable } from '#platform/messaging/wakeable.ts';
import type { Logger } from '#platform/telemetry/logger.ts';
import type { ErpClient, ErpPage } from './connector.ts';
import { toLocation, toProduct, toReceipts } from './mapping.ts';
import { documentShape, itemShape, readRecords, type SetAside, siteShape } from './shapes.ts';

/** Name under which the graph knows this ERP: the `system` of its records and of the feed's token. */
export const SYSTEM = 'sandbox-erp';

/** The graph, as the feed's principal; throws when the answer has errors. */
export interface FeedPort {
  execute<T>(operation: string, variables: Record<string, unknown>): Promise<T>;
}

export interface FeedOptions {
  readonly erp: ErpClient;
  readonly graph: FeedPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Items a call; 500 at most. */
  readonly pageSize?: number;
}

const checkpointShape = z.object({ items: z.string().optional(), documents: z.string().optional() });
type Checkpoint = z.output<typeof checkpointShape>;

/** A list of the ERP's that is read page by page. */
interface List {
  readonly name: keyof Checkpoint;
  /** Undefined: the cursor is of other books. */
  readonly read: (cursor: string | undefined) => Promise<ErpPage | undefined>;
  /** Writes the page and how far it reaches. */
  readonly take: (page: ErpPage, reached: Checkpoint) => Promise<void>;
}

const CHECKPOINT = 'query FeedCheckpoint($system: String!) { feedCheckpoint(system: $system) }';
const UPSERT_LOCATIONS = `mutation FeedLocations($input: UpsertLocationsInput!) {
  upsertLocations(input: $input) { __typename ... on Rejection { code message } }
}`;
const UPSERT_PRODUCTS = `mutation FeedProducts($input: UpsertProductsInput!) {
  upsertProducts(input: $input) {
    __typename
    ... on ProductsUpserted { results { externalId outcome code message } }
    ... on Rejection { code message }
  }
}`;
const RECEIVE_STOCK = `mutation FeedStock($input: ReceiveStockInput!) {
  receiveStock(input: $input) { __typename ... on Rejection { code message } }
}`;

interface Refusable {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
}
interface Upserted extends Refusable {
  readonly results?: readonly {
    readonly outcome: string;
    readonly externalId: string;
    readonly message: string | null;
  }[];
}

const PAGE_SIZE = 250;
const DOCUMENTS_A_PAGE = 10;
/** Without news the graph is told this often that nothing is newer: products count as stale after 15 minutes. */
const CONFIRM_MS = 60_000;

export class ErpFeed {
  readonly #options: FeedOptions;
  readonly #wake = new Wakeable();
  #running: Promise<void> | undefined;
  #stopping = false;
  #sitesTold = '';
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Pulls now and then every interval, until stopped. What fails is logged and tried again at the next turn. */
  start(): void {
    this.#running = this.#loop();
  }

  /** Ends after the page at hand. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.wake();
    await this.#running;
  }

  async #loop(): Promise<void> {
    let failing = false;
    while (!this.#stopping) {
      try {
        await this.pull();
        if (failing) this.#options.logger.warn({ system: SYSTEM }, 'the feed is back');
        failing = false;
      } catch (error) {
        // A pull that its own stop cut off.
        if (this.#stopping) return;
        // Once per outage: every few seconds the same line would hide all others.
        const level = failing ? 'debug' : 'warn';
        this.#options.logger[level](
          { system: SYSTEM, error: String(error) },
          'the feed could not pull; it goes on trying',
        );
        failing = true;
      }
      if (!this.#stopping) await this.#wake.sleep(this.#options.intervalMs);
    }
  }

  /** Brings in all that is new. Throws what the ERP or the graph throws; what was brought in stays. */
  async pull(): Promise<void> {
    const { erp, graph, pageSize = PAGE_SIZE } = this.#options;
    await this.#pullSites();
    const { feedCheckpoint } = await graph.execute<{ feedCheckpoint: string | null }>(CHECKPOINT, { system: SYSTEM });
    let checkpoint: Checkpoint = feedCheckpoint === null ? {} : checkpointShape.parse(JSON.parse(feedCheckpoint));
    const lists: readonly List[] = [
      {
        name: 'items',
        read: (cursor) => erp.items(cursor, pageSize),
        take: (page, reached) => this.#takeItems(page, reached),
      },
      // Behind the items: stock is told of what the graph knows already.
      {
        name: 'documents',
        read: (cursor) => erp.goodsDocuments(cursor, DOCUMENTS_A_PAGE),
        take: (page, reached) => this.#takeDocuments(page, reached),
      },
    ];
    for (const list of lists) {
      for (let more = true; more && !this.#stopping; ) {
        const page = (await list.read(checkpoint[list.name])) ?? (await this.#anew(list));
        checkpoint = { ...checkpoint, [list.name]: page.cursor };
        if (page.records.length > 0) await list.take(page, checkpoint);
        more = page.more;
      }
    }
    if (monotonicMs() - this.#confirmedAt >= CONFIRM_MS) await this.#upsert([], checkpoint);
  }

  /** The ERP's books were begun anew: all of it is read again, and most of it will be unchanged. */
  async #anew({ name, read }: List): Promise<ErpPage> {
    this.#options.logger.warn(
      { system: SYSTEM, list: name },
      'the ERP does not know our cursor; reading from its beginning',
    );
    const page = await read(undefined);
    if (!page) throw new Error('the ERP does not even know the beginning of its books');
    return page;
  }

  async #pullSites(): Promise<void> {
    const { good, setAside } = readRecords(siteShape, await this.#options.erp.sites(), (site) => site.site_no);
    this.#tellSetAside('site', setAside);
    const locations = good.map(toLocation);
    const told = canonicalJson(locations);
    if (locations.length === 0 || told === this.#sitesTold) return;
    const input = { idempotencyKey: newId(), system: SYSTEM, locations };
    const { upsertLocations } = await this.#options.graph.execute<{ upsertLocations: Refusable }>(UPSERT_LOCATIONS, {
      input,
    });
    this.#tellRefusal('sites', upsertLocations);
    this.#sitesTold = told;
  }

  async #takeItems(page: ErpPage, checkpoint: Checkpoint): Promise<void> {
    const { good, setAside } = readRecords(itemShape, page.records, (item) => item.item_no);
    this.#tellSetAside('item', setAside);
    await this.#upsert(good.map(toProduct), checkpoint);
  }

  async #takeDocuments(page: ErpPage, checkpoint: Checkpoint): Promise<void> {
    const { good, setAside } = readRecords(documentShape, page.records, (document) => document.doc_no);
    this.#tellSetAside('goods document', setAside);
    for (const receipt of good.flatMap(toReceipts)) {
      const { receiveStock } = await this.#options.graph.execute<{ receiveStock: Refusable }>(RECEIVE_STOCK, {
        input: receipt,
      });
      this.#tellRefusal(receipt.documentRef, receiveStock);
    }
    await this.#upsert([], checkpoint);
  }

  async #upsert(products: readonly unknown[], checkpoint: Checkpoint): Promise<void> {
    const { graph, logger } = this.#options;
    const input = { idempotencyKey: newId(), system: SYSTEM, checkpoint: JSON.stringify(checkpoint), products };
    const { upsertProducts } = await graph.execute<{ upsertProducts: Upserted }>(UPSERT_PRODUCTS, { input });
    // Refused as a whole: nothing was written, so going on would only lose it.
    if (upsertProducts.code) throw new Error(`${upsertProducts.code}: ${upsertProducts.message}`);
    for (const { externalId, outcome, message } of upsertProducts.results ?? []) {
      if (outcome === 'REJECTED') logger.warn({ system: SYSTEM, item: externalId, reason: message }, 'item refused');
    }
    this.#confirmedAt = monotonicMs();
  }

  #tellSetAside(kind: string, setAside: readonly SetAside[]): void {
    for (const { record, reason } of setAside) {
      this.#options.logger.warn({ system: SYSTEM, record, reason }, `${kind} set aside: not as agreed`);
    }
  }

  #tellRefusal(what: string, { code, message }: Refusable): void {
    if (code) this.#options.logger.error({ system: SYSTEM, what, code, reason: message }, 'the graph refused the feed');
  }
}
