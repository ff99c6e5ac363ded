// Where a supergraph comes from: a file, or the folder of an artifact (supergraph.graphql and manifest.json), whose hash is checked.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '#platform/errors/fault.ts';
import { inspectSupergraph, type SubgraphPlace } from './inspect.ts';

export const SDL_FILE = 'supergraph.graphql';
export const MANIFEST_FILE = 'manifest.json';

export interface Supergraph {
  readonly sdl: string;
  readonly sha256: string;
  /** Of the artifact's manifest; a file alone has none. */
  readonly version: string | undefined;
  readonly subgraphs: readonly SubgraphPlace[];
}

export const manifest = z.object({
  version: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hexadecimal digits' }),
  createdAt: z.iso.datetime({ offset: true }),
  subgraphs: z.array(z.string()),
});
export type Manifest = z.output<typeof manifest>;

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Reads and checks it. Throws SUPERGRAPH_INVALID naming the file and what to do. */
export async function readSupergraph(path: string): Promise<Supergraph> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause: unknown) => unreadable(path, cause),
  );
  if (!isFolder) {
    const sdl = await textOf(path);
    return { sdl, sha256: sha256Of(sdl), version: undefined, subgraphs: inspectSupergraph(sdl, path) };
  }
  const file = join(path, SDL_FILE);
  const [told, sdl] = await Promise.all([readManifest(join(path, MANIFEST_FILE)), textOf(file)]);
  const sha256 = sha256Of(sdl);
  if (sha256 !== told.sha256) {
    const why = `has the hash ${sha256}, and ${MANIFEST_FILE} says ${told.sha256}`;
    throw new Fault(
      'SUPERGRAPH_INVALID',
      `${file} ${why}; it was altered or is of another version: publish both again`,
    );
  }
  return { sdl, sha256, version: told.version, subgraphs: inspectSupergraph(sdl, file) };
}

async function readManifest(file: string): Promise<Manifest> {
  const text = await textOf(file);
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const why = issue ? `"${issue.path.join('.')}" ${issue.message}` : (cause as Error).message;
    throw new Fault('SUPERGRAPH_INVALID', `${file} is no manifest: ${why}`, { cause });
  }
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => unreadable(file, cause));
}

function unreadable(file: string, cause: unknown): never {
  const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : (cause as Error).message;
  throw new Fault(
    'SUPERGRAPH_INVALID',
    `${file} ${why}; set SUPERGRAPH to a supergraph's file or an artifact's folder`,
    {
      cause,
    },
  );
}
