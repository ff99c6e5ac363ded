// The tables in docs/ that say what the code says: error codes, refusals, settings, events. `npm run codegen` writes them, a test
// holds them; the prose around them is a person's.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settings } from '#platform/config/settings.ts';
import { codes } from '#platform/errors/codes.ts';
import type { EventContract } from '#platform/messaging/contract.ts';
import { limitOptions } from '../gateway/security/limit-settings.ts';
import { closeCodes } from '../gateway/subscriptions/close-codes.ts';
import { subgraphOptions } from '../gateway/transports/subgraph-options.ts';
import { exceptions } from '../subgraphs/order/order.ts';

export interface DocTable {
  /** The document, from the repository's root. */
  readonly path: string;
  /** The line the table stands under. */
  readonly heading: string;
  readonly head: readonly string[];
  readonly rows: readonly string[];
}

const root = join(import.meta.dirname, '..');
const subgraphs = ['product', 'inventory', 'customer', 'order', 'loyalty'];

const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const quoted = (text: string) => `\`${text}\``;

export async function docTables(): Promise<DocTable[]> {
  return [
    technicalCodes(),
    ...(await refusals()),
    ticketExceptions(),
    environment(),
    gatewayOptions(),
    limits(),
    waysToAsk(),
    closingCodes(),
    ...(await events()),
  ];
}

function technicalCodes(): DocTable {
  const rows = Object.entries(codes).map(([code, { meaning, retryable }]) =>
    row(quoted(code), retryable ? 'yes' : 'no', meaning),
  );
  return { path: 'docs/errors.md', heading: '## Technical codes', head: ['code', 'retryable', 'meaning'], rows };
}

async function refusals(): Promise<DocTable[]> {
  const refusing = subgraphs.filter((name) => existsSync(join(root, 'subgraphs', name, 'rejections.ts')));
  return Promise.all(
    refusing.map(async (name) => {
      const { rejections } = (await import(join(root, 'subgraphs', name, 'rejections.ts'))) as {
        rejections: Readonly<Record<string, string>>;
      };
      const rows = Object.entries(rejections).map(([code, meaning]) => row(quoted(code), meaning));
      return { path: 'docs/errors.md', heading: `### ${name}`, head: ['code', 'meaning'], rows };
    }),
  );
}

function ticketExceptions(): DocTable {
  const rows = Object.entries(exceptions).map(([code, meaning]) => row(quoted(code), meaning));
  return { path: 'docs/errors.md', heading: '## Exceptions on tickets', head: ['code', 'meaning'], rows };
}

function settingRows(isMeant: (name: string) => boolean): Pick<DocTable, 'head' | 'rows'> {
  const meant = Object.entries(settings).filter(([name]) => isMeant(name));
  const rows = meant.map(([name, { schema, meaning }]) => {
    const standard = schema.safeParse(undefined).data;
    return row(quoted(name), standard === undefined ? '' : quoted(String(standard)), meaning);
  });
  return { head: ['variable', 'default', 'meaning'], rows };
}

function environment(): DocTable {
  return { path: 'docs/configuration.md', heading: '## Environment variables', ...settingRows(() => true) };
}

function closingCodes(): DocTable {
  const rows = Object.entries(closeCodes).map(([code, meaning]) => row(code, meaning));
  return { path: 'docs/gateway.md', heading: '### Close codes', head: ['code', 'meaning'], rows };
}

/** Settings of what stands behind the gateway or beside it; all others are its own. */
const notTheGateways = /DATABASE|^DATA_DIR$|^SEED$|^ERP_|^FEED_/;

function gatewayOptions(): DocTable {
  const rows = settingRows((name) => !notTheGateways.test(name));
  return { path: 'docs/gateway.md', heading: '## Options', ...rows };
}

function limits(): DocTable {
  const rows = Object.entries(limitOptions).map(([name, { schema, meaning }]) =>
    row(quoted(name), quoted(JSON.stringify(schema.safeParse(undefined).data)), meaning),
  );
  return { path: 'docs/gateway.md', heading: '### What LIMITS can set', head: ['name', 'default', 'meaning'], rows };
}

function waysToAsk(): DocTable {
  const rows = Object.entries(subgraphOptions).map(([name, { schema, meaning }]) =>
    row(quoted(name), quoted(JSON.stringify(schema.safeParse(undefined).data)), meaning),
  );
  const heading = '### What SUBGRAPH_OPTIONS can set';
  return { path: 'docs/gateway.md', heading, head: ['name', 'default', 'meaning'], rows };
}

function isContract(value: unknown): value is EventContract {
  return typeof value === 'object' && value !== null && 'dataclass' in value && 'schema' in value && 'version' in value;
}

async function events(): Promise<DocTable[]> {
  const head = ['event', 'version', 'partition key', 'class', 'meaning', 'payload'];
  return Promise.all(
    subgraphs.map(async (name) => {
      const exported = Object.values((await import(join(root, 'contracts', `${name}.ts`))) as Record<string, unknown>);
      const rows = exported.filter(isContract).map((contract) => {
        const fields = 'shape' in contract.schema ? Object.keys(contract.schema.shape as object) : [];
        const { name: event, version, key, dataclass, meaning } = contract;
        return row(quoted(event), String(version), key, dataclass, meaning, fields.map(quoted).join(', '));
      });
      return { path: 'docs/events.md', heading: `## ${name}`, head, rows };
    }),
  );
}

interface Section {
  readonly start: number;
  readonly end: number;
}

function sectionOf(lines: readonly string[], heading: string): Section | undefined {
  const start = lines.indexOf(heading);
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('#'));
  return { start, end: length < 0 ? lines.length : start + 1 + length };
}

/** The rows that stand under the table's heading now. */
export function rowsIn(text: string, heading: string): string[] {
  const lines = text.split('\n');
  const section = sectionOf(lines, heading);
  if (section === undefined) return [];
  return lines
    .slice(section.start, section.end)
    .filter((line) => line.startsWith('|'))
    .slice(2);
}

/** The text with the table put in the place of the old one; a heading that is not there yet is added at the end. */
export function withTable(text: string, { heading, head, rows }: DocTable): string {
  const lines = text.trimEnd().split('\n');
  const table = [row(...head), `|${head.map(() => '---|').join('')}`, ...rows];
  const section = sectionOf(lines, heading);
  if (section === undefined) return [...lines, '', heading, '', ...table, ''].join('\n');
  const body = lines.slice(section.start, section.end);
  const prose = body
    .filter((line) => !line.startsWith('|'))
    .join('\n')
    .trimEnd();
  const rest = lines.slice(section.end).join('\n');
  return `${[...lines.slice(0, section.start), prose, '', ...table].join('\n')}\n${rest === '' ? '' : `\n${rest}\n`}`;
}

/** The documents as they should be, by path. */
export async function documents(): Promise<{ path: string; text: string }[]> {
  const byPath = Map.groupBy(await docTables(), ({ path }) => path);
  return [...byPath].map(([path, tables]) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text: tables.reduce(withTable, text) };
  });
}
