// Composes the subgraphs' SDL into the supergraph. Hints count as errors: a hint is an input field that vanishes without a word.
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

export interface SubgraphSdl {
  readonly name: string;
  /** Its own schema.graphql followed by contracts/shared.graphql. */
  readonly sdl: string;
}

export interface Composition {
  readonly supergraphSdl: string | undefined;
  /** What must be mended before the supergraph counts; empty when all is well. */
  readonly problems: readonly string[];
}

export function composeSupergraph(subgraphs: readonly SubgraphSdl[]): Composition {
  const services = subgraphs.map(({ name, sdl }) => ({
    name,
    typeDefs: parse(sdl),
    url: `http://${name}.invalid/graphql`,
  }));
  const result = composeServices(services);
  if (result.errors) return { supergraphSdl: undefined, problems: result.errors.map((error) => error.message) };
  const problems = (result.hints ?? []).map((hint) => `${hint.definition.code}: ${hint.message}`);
  return { supergraphSdl: result.supergraphSdl, problems };
}
