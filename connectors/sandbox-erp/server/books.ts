// The ERP's books: every change gets the next change number, and lists are read behind one, so that pages neither skip nor repeat
// where many records share a timestamp. Its times never go back, whatever the machine's clock does.
import { randomBytes } from 'node:crypto';
import { type Journal, openJournal } from './journal.ts';
import type { GoodsDocument, Item, ItemDraft, Posting, PostingDraft, Site } from './records.ts';

type Fact =
  | { readonly is: 'founded'; readonly erp_id: string }
  | { readonly is: 'item'; readonly change: number; readonly item: Item }
  | { readonly is: 'site'; readonly site: Site }
  | { readonly is: 'document'; readonly change: number; readonly document: GoodsDocument }
  | { readonly is: 'posting'; readonly posting: Posting };

interface Changed<Record> {
  readonly change: number;
  readonly record: Record;
}

export interface Page<Record> {
  readonly records: readonly Record[];
  /** Read behind this next time. */
  readonly change: number;
  readonly more: boolean;
}

export class Books {
  /** Tells these books from those of another life: change numbers mean nothing elsewhere. */
  readonly erpId: string;
  readonly folder: string;
  readonly #journal: Journal<Fact>;
  // Maps in the order of change numbers: a changed record moves to the end.
  readonly #items = new Map<string, Changed<Item>>();
  readonly #documents = new Map<string, Changed<GoodsDocument>>();
  readonly #sites = new Map<string, Site>();
  readonly #postings = new Map<string, Posting>();
  #lastChange = 0;
  #lastTime = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.#journal = openJournal(folder);
    const [founded, ...facts] = this.#journal.facts;
    this.erpId = founded?.is === 'founded' ? founded.erp_id : randomBytes(6).toString('hex');
    if (!founded) this.#journal.append([{ is: 'founded', erp_id: this.erpId }]);
    for (const fact of facts) this.#apply(fact);
  }

  get lastChange(): number {
    return this.#lastChange;
  }

  /** True before anything was written. */
  get isEmpty(): boolean {
    return this.#items.size === 0 && this.#sites.size === 0;
  }

  /** All of them at one time: the same moment, one change number each. */
  saveItems(drafts: readonly ItemDraft[]): Item[] {
    const changed_at = this.#now();
    const items = drafts.map((draft) => {
      const rev = (this.#items.get(draft.item_no)?.record.rev ?? 0) + 1;
      return { ...draft, rev, changed_at };
    });
    this.#write(items.map((item, index) => ({ is: 'item', change: this.#lastChange + index + 1, item })));
    return items;
  }

  saveSites(sites: readonly Site[]): void {
    this.#write(sites.map((site) => ({ is: 'site', site })));
  }

  saveDocuments(documents: readonly GoodsDocument[]): void {
    const unknown = documents.filter(({ doc_no }) => !this.#documents.has(doc_no));
    this.#write(unknown.map((document, index) => ({ is: 'document', change: this.#lastChange + index + 1, document })));
  }

  /** Books it once per reference; `repeated` when it was there already. */
  post(draft: PostingDraft): { posting: Posting; repeated: boolean } {
    const known = this.#postings.get(draft.reference);
    if (known) return { posting: known, repeated: true };
    const posting_no = `P${String(this.#postings.size + 1).padStart(8, '0')}`;
    const posting = { ...draft, posting_no, booked_at: this.#now() };
    this.#write([{ is: 'posting', posting }]);
    return { posting, repeated: false };
  }

  sites(): Site[] {
    return [...this.#sites.values()];
  }

  postings(): Posting[] {
    return [...this.#postings.values()];
  }

  items(after: number, limit: number, updatedSince = ''): Page<Item> {
    return page(this.#items, after, limit, (item) => item.changed_at >= updatedSince);
  }

  documents(after: number, limit: number): Page<GoodsDocument> {
    return page(this.#documents, after, limit, () => true);
  }

  close(): void {
    this.#journal.close();
  }

  #write(facts: readonly Fact[]): void {
    this.#journal.append(facts);
    for (const fact of facts) this.#apply(fact);
  }

  #apply(fact: Fact): void {
    if (fact.is === 'site') this.#sites.set(fact.site.site_no, fact.site);
    if (fact.is === 'posting') this.#postings.set(fact.posting.reference, fact.posting);
    if (fact.is === 'item') {
      this.#items.delete(fact.item.item_no);
      this.#items.set(fact.item.item_no, { change: fact.change, record: fact.item });
      this.#lastTime = Math.max(this.#lastTime, Date.parse(fact.item.changed_at));
    }
    if (fact.is === 'document') {
      this.#documents.set(fact.document.doc_no, { change: fact.change, record: fact.document });
    }
    if (fact.is === 'item' || fact.is === 'document') this.#lastChange = Math.max(this.#lastChange, fact.change);
  }

  #now(): string {
    this.#lastTime = Math.max(this.#lastTime, Date.now());
    return new Date(this.#lastTime).toISOString();
  }
}

function page<Record>(
  all: ReadonlyMap<string, Changed<Record>>,
  after: number,
  limit: number,
  wanted: (record: Record) => boolean,
): Page<Record> {
  const found: Changed<Record>[] = [];
  for (const entry of all.values()) {
    if (entry.change <= after || !wanted(entry.record)) continue;
    if (found.length === limit) return { records: found.map(({ record }) => record), change: last(found), more: true };
    found.push(entry);
  }
  return { records: found.map(({ record }) => record), change: found.length > 0 ? last(found) : after, more: false };
}

function last(found: readonly Changed<unknown>[]): number {
  return found.at(-1)?.change ?? 0;
}
