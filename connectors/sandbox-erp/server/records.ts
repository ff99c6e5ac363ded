// What the sandbox ERP keeps, in its own words: items with articles, sites, goods documents and postings. Not our shapes on purpose.

export interface Price {
  /** L list, S sale, P promotion, B lowest of the 30 days before. */
  readonly kind: 'L' | 'S' | 'P' | 'B';
  /** Gross, in the currency's smallest coin. */
  readonly coins: number;
  readonly currency: string;
  readonly channel?: string;
  readonly site_gln?: string;
  readonly customer_group?: string;
  readonly from?: string;
  readonly until?: string;
}

export interface Article {
  readonly art_no: string;
  readonly text: string;
  readonly eans: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly unit: 'PC' | 'KG' | 'L' | 'M';
  readonly tax_class: string;
  /** Days in which it may come back; null when it may not. */
  readonly return_days: number | null;
  readonly stock_kept: boolean;
  readonly prices: readonly Price[];
}

/** What a clerk types in. */
export interface ItemDraft {
  readonly item_no: string;
  readonly slug: string;
  readonly text: string;
  readonly long_text?: string;
  readonly brand?: string;
  readonly groups: readonly string[];
  /** N new, A active, D discontinued, R recalled. */
  readonly state: 'N' | 'A' | 'D' | 'R';
  readonly articles: readonly Article[];
}

export interface Item extends ItemDraft {
  readonly rev: number;
  readonly changed_at: string;
}

export interface Site {
  readonly site_no: string;
  readonly gln: string;
  readonly name: string;
  readonly type: 'SHOP' | 'DC';
  readonly time_zone: string;
}

export interface GoodsLine {
  readonly art_no: string;
  readonly qty: string;
  readonly unit: Article['unit'];
}

/** Goods that were there when the books began, or that came in. */
export interface GoodsDocument {
  readonly doc_no: string;
  readonly kind: 'OPENING' | 'RECEIPT';
  readonly site_gln: string;
  readonly posted_at: string;
  readonly lines: readonly GoodsLine[];
}

/** What a shop's system tells of goods that moved there; `reference` is the teller's own name of it. */
export interface PostingDraft {
  readonly reference: string;
  readonly kind: 'SALE' | 'RETURN';
  readonly site_gln: string;
  readonly happened_at: string;
  readonly lines: readonly GoodsLine[];
}

export interface Posting extends PostingDraft {
  readonly posting_no: string;
  readonly booked_at: string;
}
