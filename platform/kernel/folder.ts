// Making a folder that a person named, in whatever place.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder and those above it; one that is there is fine. Throws what the file system says. */
export function makeFolder(path: string): void {
  // Not `recursive`: on a file system that answers ENOENT for a folder whose parent is there, such as /proc, node never ends.
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
