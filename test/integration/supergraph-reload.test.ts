// A supergraph replaced while it is served: nothing that began is dropped, what comes afterwards sees the new one, and what cannot be
// served is refused while the old one goes on. RELOADS=20 runs the long form.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '#platform/config/config.ts';
import { sleep } from '#platform/kernel/clock.ts';
import { type ForeignGraph, startForeign } from '../../gateway/foreign.ts';
import { writeArtifact } from '../../gateway/supergraph/artifact.ts';
import { type ForeignSubgraphs, serveForeign } from '../kit/federation/foreign-subgraphs.ts';
import { library } from '../kit/federation/library.ts';
import { liveSocket } from '../kit/live-socket.ts';

const RELOADS = Number(process.env.RELOADS ?? 6);
const BOOK = '{ book(id: "1") { title stars postage } }';
const ANSWER = { data: { book: { title: 'Emma', stars: 3, postage: 2 } } };

let folder: string;
let subgraphs: ForeignSubgraphs;
let graph: ForeignGraph | undefined;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-reload-'));
  subgraphs = await serveForeign(library);
});
afterEach(async () => {
  await graph?.stop();
  graph = undefined;
});
afterAll(async () => {
  await subgraphs?.close();
  await rm(folder, { recursive: true });
});

/** The same graph in other words: without the field, and its n-th edition. */
const without = (field: string, edition = 0) =>
  `${subgraphs.supergraphSdl.replace(new RegExp(`\\n  ${field}\\b[^\\n]*`), '')}\n# edition ${edition}\n`;

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function serve(path: string): Promise<ForeignGraph> {
  const environment = {
    PORT: '0',
    LOG_LEVEL: 'silent',
    SUPERGRAPH_POLL_SECONDS: '0.2',
    DATA_DIR: join(folder, 'data'),
  };
  graph = await startForeign(loadConfig(environment), path);
  return graph;
}

async function serveFile(): Promise<{ graph: ForeignGraph; file: string }> {
  count += 1;
  const file = join(folder, `supergraph-${count}.graphql`);
  await writeFile(file, subgraphs.supergraphSdl);
  return { graph: await serve(file), file };
}

async function ask({ url }: ForeignGraph, query: string): Promise<{ data?: unknown; errors?: { message: string }[] }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data?: unknown; errors?: { message: string }[] };
}

interface Readiness {
  readonly status: string;
  readonly supergraph: {
    readonly version?: string;
    readonly sha256: string;
    readonly reloads: number;
    readonly refusals: number;
    readonly refused?: string;
    readonly generations: number;
  };
}

const readiness = async ({ url }: ForeignGraph): Promise<Readiness> =>
  (await (await fetch(url.replace('/graphql', '/readyz'))).json()) as Readiness;

const patiently = { timeout: 20_000, interval: 50 };

it('serves the new supergraph from then on, to clients of the old one too', async () => {
  const { graph: served, file } = await serveFile();
  expect(await ask(served, BOOK)).toEqual(ANSWER);
  expect(await ask(served, BOOK)).toEqual(ANSWER);
  await replace(file, without('postage'));
  await expect
    .poll(() => ask(served, BOOK), patiently)
    .toMatchObject({ errors: [{ message: expect.stringContaining('"postage"') }] });
  expect(await ask(served, '{ book(id: "1") { title stars } }')).toEqual({
    data: { book: { title: 'Emma', stars: 3 } },
  });
  expect(await readiness(served)).toMatchObject({ status: 'ok', supergraph: { reloads: 1, refusals: 0 } });
});

it('drops no request and no socket while the file is replaced again and again', async () => {
  const { graph: served, file } = await serveFile();
  const socket = liveSocket(served.url);
  const live = socket.subscribe('subscription { rated(count: 100000, everyMs: 20) { title stars } }');
  expect(await live.next()).toMatchObject({ data: { rated: { title: 'Emma' } } });
  let over = false;
  const wrong: unknown[] = [];
  let asked = 0;
  const load = Array.from({ length: 4 }, async () => {
    while (!over) {
      asked += 1;
      const answer = await ask(served, BOOK).catch((error: unknown) => error);
      if (JSON.stringify(answer) !== JSON.stringify(ANSWER)) wrong.push(answer);
      await sleep(3);
    }
  });
  for (let edition = 1; edition <= RELOADS; edition += 1) {
    await replace(file, without('anything', edition));
    await expect.poll(async () => (await readiness(served)).supergraph.reloads, patiently).toBe(edition);
  }
  over = true;
  await Promise.all(load);
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(20);
  for (let event = 0; event < 5; event += 1) {
    expect(await live.next()).toMatchObject({ data: { rated: { stars: expect.any(Number) } } });
  }
  // The socket began on the first one, which goes with it; those between have gone.
  await expect.poll(async () => (await readiness(served)).supergraph.generations, patiently).toBe(2);
  socket.close();
  await expect.poll(async () => (await readiness(served)).supergraph.generations, patiently).toBe(1);
}, 600_000);

it('goes on with the old one over what it cannot serve, says so, and recovers', async () => {
  const { graph: served, file } = await serveFile();
  const bad = [
    'type Query {',
    'type Query { a: Int }',
    subgraphs.supergraphSdl.replace('query: Query', ''),
    subgraphs.supergraphSdl.replace('/join/v0.3', '/join/v9.0'),
  ];
  for (const [index, text] of bad.entries()) {
    await replace(file, text);
    await expect.poll(async () => (await readiness(served)).supergraph.refusals, patiently).toBe(index + 1);
    expect(await ask(served, BOOK)).toEqual(ANSWER);
  }
  const { status, supergraph } = await readiness(served);
  expect([status, supergraph.refused, supergraph.reloads]).toEqual(['ok', 'SUPERGRAPH_INVALID', 0]);
  await replace(file, without('postage', 2));
  await expect.poll(async () => (await readiness(served)).supergraph, patiently).toMatchObject({ reloads: 1 });
  expect((await readiness(served)).supergraph.refused).toBeUndefined();
});

it('serves an artifact whose hash is right, takes the next version, and refuses one that was altered', async () => {
  const artifact = join(folder, 'artifact');
  const publish = (version: string, sdl: string) => writeArtifact(artifact, { sdl, version, createdAt: new Date(0) });
  await publish('2026-11-25.1', subgraphs.supergraphSdl);
  const served = await serve(artifact);
  expect(await readiness(served)).toMatchObject({ supergraph: { version: '2026-11-25.1' } });
  await publish('2026-11-25.2', without('postage'));
  await expect.poll(async () => (await readiness(served)).supergraph.version, patiently).toBe('2026-11-25.2');
  await replace(join(artifact, 'supergraph.graphql'), without('stars'));
  await expect.poll(async () => (await readiness(served)).supergraph.refused, patiently).toBe('SUPERGRAPH_INVALID');
  expect(await ask(served, '{ book(id: "1") { title stars } }')).toEqual({
    data: { book: { title: 'Emma', stars: 3 } },
  });
  await served.stop();
  graph = undefined;
  await expect(serve(artifact)).rejects.toMatchObject({
    code: 'SUPERGRAPH_INVALID',
    message: expect.stringContaining('has the hash'),
  });
});

it('follows a link that is pointed at another folder', async () => {
  const folders = ['one', 'two'].map((name) => join(folder, name));
  for (const [index, place] of folders.entries()) {
    await mkdir(place);
    const sdl = without(index === 0 ? 'anything' : 'postage');
    await writeArtifact(place, { sdl, version: `v${index + 1}`, createdAt: new Date(0) });
  }
  const link = join(folder, 'live');
  await symlink(folders[0] ?? '', link);
  const served = await serve(link);
  await symlink(folders[1] ?? '', `${link}.new`);
  await rename(`${link}.new`, link);
  await expect.poll(async () => (await readiness(served)).supergraph.version, patiently).toBe('v2');
});
