import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { measure } from '../kit/load.ts';
import { QUERY } from './subgraphs.ts';
const [which, secs = '5', ...flags] = process.argv.slice(2);
const up = (file: string, env: any, flags: string[] = []) => new Promise<[any, string]>((r) => { const c = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, file], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }); createInterface({ input: c.stdout! }).on('line', (l) => l.startsWith('ready ') && r([c, l.slice(6)])); });
const [sub, surl] = await up('bench/federation/subgraph-server.ts', {});
rmSync('/tmp/eng/prof', { recursive: true, force: true });
const [gw, url] = await up(`bench/federation/${which!.replace('-in', '')}.ts`, which!.endsWith('-in') ? {} : { BENCH_SUBGRAPHS: surl }, flags.includes('prof') ? ['--cpu-prof', '--cpu-prof-dir=/tmp/eng/prof'] : []);
const cpu = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(f[11]) + Number(f[12])) * 10; };
const body = JSON.stringify({ query: QUERY, operationName: 'TestQuery' });
const target = { url, headers: {}, body: () => body, expected: 'topProducts' };
await measure(target, 50, 4);
for (let i = 0; i < 3; i++) { const c0 = cpu(gw.pid), s0 = cpu(sub.pid); const m = await measure(target, 50, Number(secs)); const n = m.perSecond * Number(secs); console.log(which, m.perSecond.toFixed(0), '/s', ((cpu(gw.pid) - c0) * 1000 / n).toFixed(0), 'µs gateway cpu per op', ((cpu(sub.pid) - s0) * 1000 / n).toFixed(0), 'µs subgraphs'); }
gw.kill('SIGTERM'); sub.kill('SIGKILL'); await new Promise((r) => gw.once('exit', r));
