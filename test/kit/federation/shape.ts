// A graph whose subgraphs answer what a test says, through the engine, and what was asked of them.
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type ExecutionResult, execute, parse, validate } from 'graphql';
import { createTillgraphEngine } from '../../../gateway/engine/tillgraph-engine.ts';
import type { OperationResult, SubgraphClient } from '../../../gateway/subgraph-client.ts';
import { ask } from './ask.ts';
import type { ForeignSubgraph } from './foreign-subgraphs.ts';

const IMPORTS = ['@key', '@external', '@requires', '@provides', '@shareable', '@inaccessible', '@interfaceObject'];
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ${JSON.stringify(IMPORTS)})\n`;

export interface Shape {
  ask(source: string): Promise<ExecutionResult>;
  /** Operations the subgraphs got since the last question. */
  readonly sent: readonly string[];
  close(): Promise<void>;
}

export async function shapeOf(subgraphs: readonly ForeignSubgraph[]): Promise<Shape> {
  const services = subgraphs.map(({ name, typeDefs }) => ({
    name,
    typeDefs: parse(LINK + typeDefs),
    url: `http://${name}.invalid`,
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('; '));
  const sent: string[] = [];
  const clients = subgraphs.map(({ name, resolvers }, index): SubgraphClient => {
    const typeDefs = services[index]?.typeDefs ?? parse('');
    const schema = buildSubgraphSchema([{ typeDefs, ...(resolvers ? { resolvers } : {}) }]);
    return {
      name,
      async execute({ query, variables }) {
        sent.push(`${name}: ${query}`);
        const document = parse(query);
        const invalid = validate(schema, document);
        if (invalid.length > 0) return { errors: invalid.map((error) => error.toJSON()) };
        const result = await execute({ schema, document, variableValues: variables ?? {} });
        return JSON.parse(JSON.stringify(result)) as OperationResult;
      },
      subscribe: () => Promise.resolve({ errors: [{ message: 'no streams here' }] }),
      close: () => Promise.resolve(),
    };
  });
  const engine = await createTillgraphEngine(supergraphSdl, clients);
  return {
    sent,
    ask(source) {
      sent.length = 0;
      return ask(engine, source);
    },
    close: () => engine.stop(),
  };
}
