// The repository as the house rules see it: every source file with its room, its imports resolved to files, and its size.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type Import, importsOf, type Scan, scan } from './scan.ts';

export const root = join(import.meta.dirname, '../..');

export interface SourceFile extends Scan {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly ResolvedImport[];
  readonly generated: boolean;
  readonly test: boolean;
}

export interface ResolvedImport extends Import {
  /** The file of ours it means; undefined for a package or a part of node. */
  readonly file: string | undefined;
  /** The package it means: `pg`, `@apollo/server`, `node:fs`; undefined for a file of ours. */
  readonly package: string | undefined;
}

const leftOut = new Set(['node_modules', 'data', 'coverage']);

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || leftOut.has(entry.name)) return [];
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

/** Every file of the repository, hidden ones left out. */
export const paths: readonly string[] = walk('.').toSorted();

export const sources: readonly SourceFile[] = paths.filter((path) => /\.(ts|tsx|cjs|mjs|js)$/.test(path)).map(read);

const byPath = new Map(sources.map((file) => [file.path, file]));

export function source(path: string): SourceFile | undefined {
  return byPath.get(path);
}

function read(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const scanned = scan(text);
  return {
    path,
    text,
    ...scanned,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: importsOf(text, scanned).map((found) => ({ ...found, ...resolve(path, found.specifier) })),
    generated: path.includes('/__generated__/'),
    test: /\.test\.tsx?$/.test(path),
  };
}

function resolve(from: string, specifier: string): Pick<ResolvedImport, 'file' | 'package'> {
  if (specifier.startsWith('.')) return { file: posix.join(dirname(from), specifier), package: undefined };
  if (specifier.startsWith('#')) return { file: specifier.slice(1), package: undefined };
  const parts = specifier.split('/');
  return { file: undefined, package: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}
