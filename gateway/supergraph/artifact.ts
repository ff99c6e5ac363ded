// Writes an artifact: the folder that a gateway serves a supergraph from, with the hash it is checked by.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '#platform/kernel/folder.ts';
import { inspectSupergraph } from './inspect.ts';
import { MANIFEST_FILE, type Manifest, SDL_FILE, sha256Of } from './source.ts';

export interface Publication {
  readonly sdl: string;
  readonly version: string;
  readonly createdAt: Date;
}

/** Each file appears whole; a gateway that looks between the two looks again. Throws SUPERGRAPH_INVALID for what no gateway would serve. */
export async function writeArtifact(folder: string, { sdl, version, createdAt }: Publication): Promise<Manifest> {
  const subgraphs = inspectSupergraph(sdl, SDL_FILE).map(({ name }) => name);
  const manifest = { version, sha256: sha256Of(sdl), createdAt: createdAt.toISOString(), subgraphs };
  makeFolder(folder);
  await replace(join(folder, SDL_FILE), sdl);
  await replace(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
