// Our gateway as it is served, over the benchmark's two subgraphs in this process. Each client has a token of its own.
import { createTokenVerifier } from '#platform/auth/tokens.ts';
import { systemClock } from '#platform/kernel/clock.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { serveCommands } from '../kit/control.ts';
import { liveBytes } from '../kit/heap.ts';
import { openGraph } from './graph.ts';
import { tokenSettings } from './tokens.ts';

const graph = openGraph();
const gateway = await startGateway({
  supergraphSdl: graph.supergraphSdl,
  subgraphs: graph.subgraphs,
  tokens: createTokenVerifier(tokenSettings, () => systemClock.now().getTime()),
  logger: silentLogger,
  host: '127.0.0.1',
  port: 0,
  // All clients come from one address and wait for their turn to say who they are.
  liveData: { connectionsPerAddress: 10_000 },
});
serveCommands({
  url: () => gateway.url.replace('http', 'ws'),
  tell: () => graph.tell(),
  counts: () => graph.counts(),
  heap: liveBytes,
});
process.once('SIGTERM', () => void gateway.close().then(() => process.exit(0)));
