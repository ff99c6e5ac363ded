// The benchmark's subgraphs compiled by graphql-jit, as our own run theirs.
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { Executor } from '#platform/graphql/executor.ts';
import { silentLogger } from '#platform/telemetry/logger.ts';
import { benchSubgraphs } from './subgraphs.ts';

type Resolvers = NonNullable<Exclude<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>>;

export const executors: ReadonlyMap<string, Executor> = new Map(
  benchSubgraphs.map(({ name, sdl, resolvers }) => {
    const module = { typeDefs: parse(sdl), resolvers } as unknown as Resolvers;
    return [name, new Executor(buildSubgraphSchema([module] as never), silentLogger)];
  }),
);
