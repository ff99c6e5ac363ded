// A supergraph of one invented subgraph, and the subgraph's own schema.
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { composeSupergraph } from '../../../gateway/supergraph/compose.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])\n';

export function composeSchema(
  name: string,
  sdl: string,
): { readonly schema: GraphQLSchema; readonly supergraphSdl: string } {
  const { supergraphSdl, problems } = composeSupergraph([{ name, sdl: LINK + sdl }]);
  if (supergraphSdl === undefined) throw new Error(`${name}: ${problems.join('; ')}`);
  return { schema: buildSubgraphSchema(parse(LINK + sdl)), supergraphSdl };
}
