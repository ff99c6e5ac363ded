// The only reader of the process's environment. All wrong settings are reported at once, each with its name and fix.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import { makeFolder } from '../kernel/folder.ts';
import { randomHex } from '../kernel/ids.ts';
import { type SettingName, type Settings, settings } from './settings.ts';

// Apollo's gateway reports to its vendor unless this is set before it is constructed.
process.env.APOLLO_TELEMETRY_DISABLED = 'true';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config extends Settings {
  /** DATA_DIR as an absolute path. */
  readonly dataDir: string;
}

/** Parses the environment; an empty value counts as unset. Throws CONFIGURATION_INVALID naming every wrong variable. */
export function loadConfig(environment: Environment = process.env): Config {
  const problems: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, { schema, meaning }] of Object.entries(settings)) {
    const text = environment[name];
    const result = schema.safeParse(text === '' ? undefined : text);
    if (result.success) values[name as SettingName] = result.data;
    else
      problems.push(`${name}=${shown(name, text)} ${result.error.issues[0]?.message ?? 'is not usable'}. ${meaning}`);
  }
  if (problems.length > 0) {
    throw new Fault('CONFIGURATION_INVALID', `The environment is not usable:\n  ${problems.join('\n  ')}`);
  }
  const parsed = values as Settings;
  return { ...parsed, dataDir: resolve(parsed.DATA_DIR) };
}

/** A value as it may be told: start-up errors end in logs and tickets. */
function shown(name: string, text = ''): string {
  return name.endsWith('_SECRET') ? '…' : text.replace(/\/\/[^/@]*@/, '//…@');
}

/** The root secret: TILLGRAPH_SECRET, or one made once and kept in DATA_DIR (readable by its owner only). */
export function rootSecret(config: Config): string {
  if (config.TILLGRAPH_SECRET !== undefined) return config.TILLGRAPH_SECRET;
  const file = join(config.dataDir, 'secret');
  try {
    makeFolder(config.dataDir);
    // `wx` makes the first of two processes win; the other reads what that one wrote.
    writeFileSync(file, randomHex(32), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Fault(
        'CONFIGURATION_INVALID',
        `DATA_DIR=${config.dataDir} cannot be written; choose a folder you own`,
        {
          cause: error,
        },
      );
    }
  }
  return readFileSync(file, 'utf8').trim();
}

/** The environment a child process of ours needs: everything of this one's. */
export function childEnvironment(overrides: Environment = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...overrides };
}
