import { executors } from './executors.ts'; import { supergraphAt, QUERY, benchSubgraphs } from './subgraphs.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { parse } from 'graphql';
const e = createTillgraphEngine(supergraphAt('http://x'), benchSubgraphs.map(({name}) => ({ name, execute: (r: any) => executors.get(name)!.execute(r, undefined) }) as any));
const document = parse(QUERY);
const req: any = { source: QUERY, document, operation: document.definitions.at(-1), operationName: 'TestQuery', request: {}, context: {} };
const t = JSON.stringify(await e.execute(req));
const c = (s: string) => t.split(s).length - 1;
for (const s of ['"id":"1"', 'Uri Goldshtein', '"urigo"', '"Table"', '"Couch"','"Chair"', '"TV"','"Glass"','inStock":true', 'inStock":false', '"body"', '"upc"', '"shippingEstimate":50', 'Dotan']) console.log(s, c(s));
console.log(t.length);
for (let round = 0; round < 4; round++) { let n = 0; const c0 = process.cpuUsage(); while (n < 800) { await e.execute(req); n++; } const u = process.cpuUsage(c0); console.log(((u.user + u.system) / n).toFixed(0), 'µs cpu per op', e.sent ?? ''); }
