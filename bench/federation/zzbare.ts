import { createServer } from 'node:http';
import { executors } from './executors.ts'; import { supergraphAt, benchSubgraphs } from './subgraphs.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { parse } from 'graphql';
const e = createTillgraphEngine(supergraphAt('http://x'), benchSubgraphs.map(({name}) => ({ name, execute: (r: any) => executors.get(name)!.execute(r, undefined) }) as any));
const docs = new Map<string, any>();
createServer((req, res) => { const ch: Buffer[] = []; req.on('data', (c) => ch.push(c)); req.on('end', async () => {
  const { query, variables } = JSON.parse(Buffer.concat(ch).toString());
  let document = docs.get(query); if (!document) docs.set(query, document = parse(query));
  const r: any = await e.execute({ source: query, document, operation: document.definitions.at(-1), operationName: 'TestQuery', request: { variables }, context: {} as any });
  const t = `{"data":${r.data.text}}\n`;
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(t) }).end(t);
}); }).listen(0, function (this: any) { console.log('ready http://127.0.0.1:' + this.address().port + '/graphql'); });
process.once('SIGTERM', () => process.exit(0));
