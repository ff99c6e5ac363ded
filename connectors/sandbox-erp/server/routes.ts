// What the ERP answers over HTTP. Refuses malformed records with 400, an unknown address with 404, a cursor of other books with 410.
import { z } from 'zod';
import type { Books, Page } from './books.ts';
import { type Faults, faultSettings } from './faults.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

const LARGEST_PAGE = 500;

const text = z.string().min(1);
const unit = z.enum(['PC', 'KG', 'L', 'M']);
// Like a real ERP it does not know everything: EANs and GLNs are just texts here.
const item = z.strictObject({
  item_no: text,
  slug: text,
  text,
  long_text: z.string().optional(),
  brand: z.string().optional(),
  groups: z.array(text),
  state: z.enum(['N', 'A', 'D', 'R']),
  articles: z.array(z.looseObject({ art_no: text, unit })),
});
const site = z.strictObject({ site_no: text, gln: text, name: text, type: z.enum(['SHOP', 'DC']), time_zone: text });
const lines = z.array(z.strictObject({ art_no: text, qty: text, unit })).min(1);
const document = z.strictObject({
  doc_no: text,
  kind: z.enum(['OPENING', 'RECEIPT']),
  site_gln: text,
  posted_at: z.iso.datetime(),
  lines,
});
const posting = z.strictObject({
  reference: text,
  kind: z.enum(['SALE', 'RETURN']),
  site_gln: text,
  happened_at: z.iso.datetime(),
  lines,
});

type Handler = (call: Call, books: Books, faults: Faults) => Answer;

const handlers: Readonly<Record<string, Handler>> = {
  'GET /items': ({ url }, books, faults) =>
    paged(url, books, faults, (after, limit) => books.items(after, limit, since(url))),
  'POST /items': ({ body }, books) => created(books.saveItems(z.array(item).parse(body) as never)),
  'GET /sites': (_, books) => ({ status: 200, body: { sites: books.sites() } }),
  'POST /sites': ({ body }, books) => created(books.saveSites(z.array(site).parse(body))),
  'GET /goods-documents': ({ url }, books, faults) =>
    paged(url, books, faults, (after, limit) => books.documents(after, limit)),
  'POST /goods-documents': ({ body }, books) => created(books.saveDocuments(z.array(document).parse(body))),
  'GET /postings': (_, books) => ({ status: 200, body: { postings: books.postings() } }),
  'POST /postings': ({ body }, books) => {
    const { posting: booked, repeated } = books.post(posting.parse(body));
    return { status: repeated ? 200 : 201, body: booked };
  },
};

/** Addresses the fault switches do not touch. */
const untouched: Readonly<Record<string, Handler>> = {
  'GET /health': (_, books) => ({ status: 200, body: { erp_id: books.erpId, folder: books.folder } }),
  'GET /faults': (_, __, faults) => ({ status: 200, body: faults.settings }),
  'PUT /faults': ({ body }, _, faults) => {
    faults.set(faultSettings.parse(body));
    return { status: 200, body: faults.settings };
  },
};

export function isUntouched(method: string, path: string): boolean {
  return `${method} ${path}` in untouched;
}

export function answer(call: Call, books: Books, faults: Faults): Answer {
  const name = `${call.method} ${call.url.pathname}`;
  const handler = handlers[name] ?? untouched[name];
  if (!handler) return { status: 404, body: { error: 'NO_SUCH_ADDRESS', detail: name } };
  try {
    return handler(call, books, faults);
  } catch (error) {
    if (error instanceof z.ZodError)
      return { status: 400, body: { error: 'MALFORMED', detail: z.prettifyError(error) } };
    throw error;
  }
}

const created = (body: unknown): Answer => ({ status: 201, body: body ?? {} });
const since = (url: URL) => url.searchParams.get('updated_since') ?? undefined;

/** `?cursor=` goes on behind a page, `?updated_since=` begins at a time; neither begins at the beginning. */
function paged(url: URL, books: Books, faults: Faults, read: (after: number, limit: number) => Page<unknown>): Answer {
  const limit = z.coerce
    .number()
    .int()
    .min(1)
    .max(LARGEST_PAGE)
    .parse(url.searchParams.get('limit') ?? 100);
  const cursor = url.searchParams.get('cursor');
  const [erpId, change] = cursor?.split('.') ?? [books.erpId, '0'];
  const after = Number(change);
  if (erpId !== books.erpId || !Number.isInteger(after) || after > books.lastChange) {
    return { status: 410, body: { error: 'CURSOR_UNKNOWN', detail: `${cursor} is no cursor of these books` } };
  }
  const found = read(after, limit);
  const records = faults.settings.repeat_records ? found.records.flatMap((one) => [one, one]) : found.records;
  return { status: 200, body: { records, cursor: `${books.erpId}.${found.change}`, more: found.more } };
}
