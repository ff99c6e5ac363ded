import { HeaderMap } from '@apollo/server';
import { executors } from './executors.ts'; import { supergraphAt, benchSubgraphs, QUERY } from './subgraphs.ts';
import { createTillgraphEngine } from '../../gateway/engine/tillgraph-engine.ts';
import { createHttpServer } from '../../gateway/http/server.ts';
import { parse } from 'graphql';
const small = process.argv[2] === 'small';
const q = small ? 'query TestQuery { me { id name } }' : QUERY;
const sdl = supergraphAt('http://x');
const engine = await createTillgraphEngine(sdl, benchSubgraphs.map(({name}) => ({ name, execute: (r: any) => executors.get(name)!.execute(r, undefined) }) as any));
const document = parse(q);
const { app, apollo } = await createHttpServer({ engine, supergraphSdl: sdl, tokens: {} as any, logger: { warn() {}, error() {} } as any, graphiql: '', ready: async () => {} } as any);
await app.ready();
const req: any = { source: q, document, operation: document.definitions.at(-1), operationName: 'TestQuery', request: {}, context: { principal: undefined, traceparent: '' } };
const headers = new HeaderMap(); headers.set('content-type', 'application/json');
const body = { query: q, operationName: 'TestQuery' };
const layers: Record<string, () => Promise<any>> = {
  engine: async () => (await engine.execute(req) as any).data.text,
  apollo: async () => { const r: any = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: { method: 'POST', headers, search: '', body }, context: async () => ({ principal: undefined, traceparent: '' }) }); return r.body.string; },
  inject: async () => (await app.inject({ method: 'POST', url: '/graphql', payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } })).rawPayload,
};
const N = small ? 3000 : 400;
for (let round = 0; round < 9; round++) { const out: string[] = [];
  for (const [k, f] of Object.entries(layers)) { const c = process.cpuUsage(); for (let i = 0; i < N; i++) await f(); const u = process.cpuUsage(c); out.push(`${k} ${((u.user + u.system) / N).toFixed(0)}`); }
  console.log(out.join('  ')); }
process.exit(0);
