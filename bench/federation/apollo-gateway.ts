// The peer: @apollo/gateway as its vendor ships it, behind Apollo Server on Fastify, over the subgraphs at BENCH_SUBGRAPHS.
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';
import { supergraphAt } from './subgraphs.ts';

process.env.APOLLO_TELEMETRY_DISABLED = 'true';
const gateway = new ApolloGateway({ supergraphSdl: supergraphAt(process.env.BENCH_SUBGRAPHS ?? '') });
const apollo = new ApolloServer({
  gateway,
  nodeEnv: 'production',
  plugins: [ApolloServerPluginCacheControlDisabled()],
});
await apollo.start();
const app = fastify();
app.post('/graphql', fastifyApolloHandler(apollo));
process.stdout.write(`ready ${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql\n`);
process.once('SIGTERM', () => process.exit(0));
