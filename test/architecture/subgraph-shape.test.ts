// Inside a subgraph: rules are pure, SQL lives in the repository, only commands open transactions, resolvers only call.
import { expect, test } from 'vitest';
import { exempt, unusedExemptions } from './exemptions.ts';
import { type SourceFile, source, sources } from './tree.ts';

type Role = 'rules' | 'repository' | 'loaders' | 'commands' | 'resolvers' | 'consumers' | 'projections' | 'main';

const files = sources.filter((file) => file.path.startsWith('subgraphs/') && !file.test && !file.generated);

/** A file named after a role, or in a folder named after one, has it; all others are rules. */
function roleOf(path: string): Role | 'generated' {
  const inside = path.split('/').slice(2);
  const name = (inside.length > 1 ? inside[0] : inside[0]?.replace(/\.ts$/, '')) ?? '';
  if (name === '__generated__') return 'generated';
  // Live resolvers and due work are the same roles under names of their own.
  if (name === 'subscriptions') return 'resolvers';
  if (name === 'sweepers') return 'consumers';
  const roles: readonly string[] = [
    'repository',
    'loaders',
    'commands',
    'resolvers',
    'consumers',
    'projections',
    'main',
  ];
  return roles.includes(name) ? (name as Role) : 'rules';
}

const withRole = (...roles: Role[]) => files.filter((file) => (roles as string[]).includes(roleOf(file.path)));

/** What it reaches at run time: a type of another role couples nothing that runs. */
const targetsOf = (file: SourceFile) =>
  file.imports.flatMap(({ file: target, typeOnly }) => (target === undefined || typeOnly ? [] : [target]));

const roleWithin = (file: SourceFile, target: string) =>
  target.split('/').slice(0, 2).join('/') === file.path.split('/').slice(0, 2).join('/') ? roleOf(target) : undefined;

test('rules do no I/O: they import contracts, kernel, errors and each other', () => {
  const pure = [
    'contracts/',
    'platform/kernel/',
    'platform/errors/',
    'platform/messaging/contract.ts',
    'platform/graphql/authorization.ts',
    'platform/auth/principal.ts',
  ];
  const wrong = withRole('rules').flatMap((file) => {
    const targets = targetsOf(file).filter((target) => {
      const role = roleWithin(file, target);
      return role ? !['rules', 'generated'].includes(role) : !pure.some((prefix) => target.startsWith(prefix));
    });
    const packages = file.imports.flatMap((imported) => imported.package ?? []).filter((name) => name !== 'zod');
    return [...targets, ...packages]
      .filter(() => !exempt('pure rules', file.path))
      .map((target) => `${file.path} imports ${target}: rules are pure; let the command load it and pass it in`);
  });
  expect(wrong).toEqual([]);
});

test('SQL stands in the repository and in projections, each statement named', () => {
  const mayHoldSql = new Set(withRole('repository', 'projections').map((file) => file.path));
  const wrong = files.flatMap((file) => {
    const sql = /\b(?:select\s[\s\S]*?\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s)/i;
    const holds = targetsOf(file).includes('platform/db/statement.ts') || sql.test(stringsOf(file));
    return holds && !mayHoldSql.has(file.path) && !exempt('sql', file.path)
      ? [`${file.path} holds SQL: move the statement to the repository, under a name`]
      : [];
  });
  expect(wrong).toEqual([]);
});

/** What stands in the file's strings and templates; everything else blanked. */
function stringsOf(file: SourceFile): string {
  return file.withoutComments
    .split('')
    .map((letter, index) => (file.code[index] === ' ' ? letter : ' '))
    .join('');
}

const OPENS_TRANSACTION = /\.transaction\s*\(|\bidempotently\s*[(<]/;

test('only commands open transactions', () => {
  const commands = new Set(withRole('commands').map((file) => file.path));
  const wrong = files.flatMap((file) => {
    return OPENS_TRANSACTION.test(file.code) && !commands.has(file.path) && !exempt('transactions', file.path)
      ? [`${file.path} opens a transaction: only commands/ do, so that each use case has exactly one`]
      : [];
  });
  expect(wrong).toEqual([]);
});

test('a command never calls a command', () => {
  const wrong = withRole('commands').flatMap((file) =>
    file.imports.flatMap(({ file: target, names }) => {
      if (target === undefined || roleWithin(file, target) !== 'commands') return [];
      const stem = target.split('/').at(-1)?.replace(/\.ts$/, '') ?? '';
      // A file of commands/ that opens no transaction is a step that several commands share.
      if (!OPENS_TRANSACTION.test(source(target)?.code ?? '')) return [];
      const command = stem.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      return names.includes(command) && !exempt('commands', file.path)
        ? [
            `${file.path} calls ${command} of ${target}: two commands are two transactions; share a rule or a step instead`,
          ]
        : [];
    }),
  );
  expect(wrong).toEqual([]);
});

test('resolvers see commands, loaders and rules, never SQL; loaders and repositories see no command', () => {
  const forbidden: readonly [Role, readonly (Role | 'platform/db/')[], string][] = [
    ['resolvers', ['repository', 'projections', 'platform/db/'], 'read through a loader, write through a command'],
    ['loaders', ['commands', 'resolvers', 'consumers'], 'a loader only reads'],
    ['repository', ['commands', 'resolvers', 'consumers', 'loaders'], 'the repository is below those who use it'],
    ['commands', ['resolvers', 'consumers', 'loaders'], 'a command is a use case behind two doors and knows neither'],
    ['consumers', ['resolvers', 'loaders', 'repository'], 'a consumer is a table of event and command'],
  ];
  const wrong = forbidden.flatMap(([role, targets, why]) =>
    withRole(role).flatMap((file) =>
      targetsOf(file)
        .filter((target) => targets.some((entry) => target.startsWith(entry) || roleWithin(file, target) === entry))
        .filter(() => !exempt('roles', file.path))
        .map((target) => `${file.path} imports ${target}: ${why}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test('no exemption of these rules is left over', () => {
  expect(unusedExemptions(['pure rules', 'sql', 'transactions', 'commands', 'roles'])).toEqual([]);
});
