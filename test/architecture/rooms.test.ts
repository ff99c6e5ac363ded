// Who may import whom. Each failure is the sentence its developer reads.
import { expect, test } from 'vitest';
import { circles } from './circles.ts';
import { type SourceFile, source, sources } from './tree.ts';

const eventContracts = ['product', 'inventory', 'customer', 'order', 'loyalty'].map((name) => `contracts/${name}.ts`);

/** Composition roots: the only files of their room that may mount a subgraph or a connector, by its main.ts. */
const mounts = (path: string) => ['gateway/modules.ts', 'gateway/feeds.ts'].includes(path);

/** `subgraphs/order` of `subgraphs/order/commands/record-sale.ts`, `gateway` of `gateway/http/server.ts`. */
function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return ['platform', 'subgraphs', 'connectors'].includes(top) ? `${top}/${second}` : top;
}

const anything = new Set(['scripts', 'test', 'bench']);

/** Why this import may not be; undefined where it may. */
function refusal(from: SourceFile, to: string): string | undefined {
  const [fromRoom, toRoom] = [roomOf(from.path), roomOf(to)];
  const [fromTop] = fromRoom.split('/');
  const [toTop] = toRoom.split('/');
  if (anything.has(fromTop ?? '') || (from.test && toTop === 'test') || !from.path.includes('/')) return undefined;
  if (fromRoom === 'platform/kernel' && toRoom !== fromRoom)
    return 'the kernel stands below everything and imports nothing';
  if (fromTop === 'platform' && toTop !== 'platform')
    return 'platform imports nothing above it: pass what it needs as an argument';
  if (fromRoom === toRoom || toTop === 'platform') return undefined;
  if (fromTop === 'contracts') return 'contracts import only each other’s identifiers and platform';
  if (toTop === 'contracts') return undefined;
  if (fromTop === 'subgraphs' && toTop === 'subgraphs') {
    return 'no subgraph imports another: consume its events, or let the gateway join by key';
  }
  if (toTop === 'subgraphs' && mounts(from.path) && to.endsWith('/main.ts')) return undefined;
  if (fromTop === 'gateway' && toTop === 'connectors' && mounts(from.path)) return undefined;
  if (fromTop === 'gateway' && toTop === 'registry') return undefined;
  if (toTop === 'subgraphs')
    return 'only a composition root mounts a subgraph, by its main.ts; everybody else asks through its port';
  return `${fromRoom} may import platform, contracts and itself`;
}

test('every import follows the arrows between the rooms', () => {
  const wrong = sources.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const reason = imported.file === undefined ? undefined : refusal(file, imported.file);
      return reason === undefined ? [] : [`${file.path} imports ${imported.file}: ${reason}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test('every import of ours names a file that exists, with its ending', () => {
  const known = (path: string) => source(path) !== undefined || /\.(json|graphql|sql)$/.test(path);
  const wrong = sources.flatMap((file) =>
    file.imports.flatMap(({ file: target, specifier }) =>
      target === undefined || known(target) ? [] : [`${file.path} imports ${specifier}, and there is no ${target}`],
    ),
  );
  expect(wrong).toEqual([]);
});

test('event contracts are pure: zod, identifiers and the definition of an event, never each other', () => {
  const allowed = [
    'contracts/',
    'platform/kernel/',
    'platform/messaging/contract.ts',
    'platform/graphql/scalars.ts',
    'platform/errors/',
  ];
  const wrong = sources
    .filter((file) => file.path.startsWith('contracts/') && !file.test)
    .flatMap((file) =>
      file.imports.flatMap((imported) => {
        if (imported.file === undefined) {
          return ['zod', 'graphql', 'node:crypto'].includes(imported.package ?? '')
            ? []
            : [`${file.path} imports ${imported.package}: contracts are pure`];
        }
        if (eventContracts.includes(file.path) && eventContracts.includes(imported.file)) {
          return [
            `${file.path} imports ${imported.file}: contracts of events do not import each other; share through identifiers.ts`,
          ];
        }
        return allowed.some((prefix) => imported.file?.startsWith(prefix))
          ? []
          : [`${file.path} imports ${imported.file}: contracts do no I/O`];
      }),
    );
  expect(wrong).toEqual([]);
});

test('no file is part of an import circle', () => {
  const graph = new Map(sources.map((file) => [file.path, file.imports.flatMap(({ file: target }) => target ?? [])]));
  const found = circles(graph).map((circle) => `these import each other in a circle: ${circle.join(', ')}`);
  expect(found).toEqual([]);
});
