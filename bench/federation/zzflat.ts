import { executors } from './executors.ts'; import { supergraphAt, benchSubgraphs, QUERY } from './subgraphs.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { parse } from 'graphql';
let inSub = 0;
const now = () => { const u = process.cpuUsage(); return u.user + u.system; };
const engine = createTillgraphEngine(supergraphAt('http://x'), benchSubgraphs.map(({name}) => ({ name, execute: async (r: any) => { const t = performance.now(); const x = await executors.get(name)!.execute(r, undefined); inSub += performance.now() - t; return x; } }) as any));
const document = parse(QUERY);
const req: any = { source: QUERY, document, operation: document.definitions.at(-1), operationName: 'TestQuery', request: {}, context: { principal: undefined, traceparent: '' } };
for (let r = 0; r < 6; r++) {
  const N = 300; let ex = 0, by = 0, buf = 0; inSub = 0;
  for (let i = 0; i < N; i++) { let t = performance.now(); const text = (await engine.execute(req) as any).data.text; ex += performance.now() - t; t = performance.now(); const n = Buffer.byteLength(text); by += performance.now() - t; t = performance.now(); const b = Buffer.from(text); buf += performance.now() - t; }
  console.log('execute', (ex / N * 1000).toFixed(0), 'of it subgraphs', (inSub / N * 1000).toFixed(0), 'flatten+byteLength', (by / N * 1000).toFixed(0), 'Buffer.from', (buf / N * 1000).toFixed(0));
}
