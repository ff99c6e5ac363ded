// `npm run check`: everything that needs no running thing, side by side, as a table with times. Ends with 1 and the output of what
// failed. Names limit it: `npm run check -- lint types`.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';

interface Step {
  readonly name: string;
  readonly what: string;
  readonly command: readonly [string, ...string[]];
  /** Lines of its output worth reading also when all is well. */
  readonly tells?: RegExp;
}

interface Outcome {
  readonly step: Step;
  readonly ok: boolean;
  readonly ms: number;
  readonly output: string;
}

const root = join(import.meta.dirname, '..');

// Longest first: the short ones fill the gaps.
const steps: readonly Step[] = [
  { name: 'unit', what: 'vitest, tests beside the sources', command: ['vitest', 'run', '--project', 'unit'] },
  {
    name: 'architecture',
    what: 'vitest, the house rules',
    command: ['vitest', 'run', '--project', 'architecture'],
    tells: /^.* source files, .*$/m,
  },
  { name: 'lint', what: 'oxlint with types', command: ['oxlint'] },
  { name: 'types', what: 'tsc', command: ['tsc', '--noEmit'] },
  { name: 'generated', what: 'codegen drift, composition', command: ['node', 'scripts/codegen.ts', '--check'] },
  { name: 'format', what: 'biome', command: ['biome', 'check', '--colors=off'] },
];

function run(step: Step): Promise<Outcome> {
  const started = performance.now();
  const [program, ...args] = step.command;
  const child = spawn(program, args, {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve) => {
    const finish = (ok: boolean) => {
      const outcome = { step, ok, ms: performance.now() - started, output: Buffer.concat(output).toString().trim() };
      console.log(row(step.name, ok ? 'ok' : 'FAILED', seconds(outcome.ms), step.what));
      resolve(outcome);
    };
    child.once('error', (error) => {
      output.push(Buffer.from(`${program} did not start: ${error.message}. Run \`npm ci\` first.`));
      finish(false);
    });
    child.once('close', (code) => finish(code === 0));
  });
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const row = (name: string, state: string, time: string, what: string) =>
  `${name.padEnd(14)}${state.padEnd(8)}${time.padStart(8)}  ${what}`;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No check is called ${unknown.join(', ')}; there are ${steps.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}

const started = performance.now();
const queue = steps.filter((step) => wanted.length === 0 || wanted.includes(step.name));
const outcomes: Outcome[] = [];
const lane = async () => {
  for (let step = queue.shift(); step; step = queue.shift()) outcomes.push(await run(step));
};
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane));

const failed = outcomes.filter((outcome) => !outcome.ok);
console.log(row('all', failed.length === 0 ? 'ok' : 'FAILED', seconds(performance.now() - started), ''));
for (const { step, output } of outcomes) {
  const told = step.tells?.exec(output)?.[0];
  if (told !== undefined) console.log(`\n${told}`);
}
for (const { step, output } of failed) console.log(`\n── ${step.name}: ${step.command.join(' ')}\n${output}`);
process.exitCode = failed.length === 0 ? 0 : 1;
