// npm start: the whole graph, its compiled code kept between starts. That is a quarter of a warm start's CPU time: 3.2 s of 4.3 s
// were left on two busy cores.
import { enableCompileCache } from 'node:module';
import { exitOnFailure } from '#platform/telemetry/exit.ts';

enableCompileCache();
// Loaded afterwards: what is imported above is compiled before the cache is on.
await exitOnFailure(import('./start.ts').then(({ start }) => start()));
