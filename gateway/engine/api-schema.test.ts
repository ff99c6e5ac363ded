// The schema clients see is the one Apollo's tools make of the same supergraph, to the letter.
import { readFileSync } from 'node:fs';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { type GraphQLSchema, lexicographicSortSchema, parse, printSchema, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { composeWorld } from '../../test/kit/federation/world.ts';
import { worlds } from '../../test/kit/federation/worlds.ts';
import { buildApiSchema } from './api-schema.ts';

const ours = readFileSync(new URL('../supergraph/supergraph.graphql', import.meta.url), 'utf8');
const supergraphs = worlds.map((world) => {
  const { name, supergraphSdl } = composeWorld(world)({ seed: 1, nulls: 0, failures: 0 });
  return [name, supergraphSdl] as const;
});

function textOf(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema));
}

describe('the schema clients see', () => {
  it.each([['ours', ours] as const, ...supergraphs])('of %s is Apollo’s', (_, sdl) => {
    const reference = Supergraph.build(sdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES });
    expect(textOf(buildApiSchema(parse(sdl)))).toBe(textOf(reference.apiSchema().toGraphQLJSSchema()));
  });

  it('hides what is inaccessible also where the directive has another name', () => {
    const sdl = `schema @link(url: "https://specs.apollo.dev/link/v1.0")
        @link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "hidden", for: SECURITY) { query: Query }
      directive @hidden on FIELD_DEFINITION | OBJECT
      directive @link(url: String!, as: String, for: String) repeatable on SCHEMA
      type Query { seen: Int secret: Secret @hidden union: Either }
      type Secret @hidden { text: String }
      type Open { text: String }
      union Either = Secret | Open`;
    expect(textOf(buildApiSchema(parse(sdl)))).toBe(
      `union Either = Open\n\ntype Open {\n  text: String\n}\n\ntype Query {\n  seen: Int\n  union: Either\n}`,
    );
  });

  it('keeps the directives subgraphs composed for operations, also one that is called as its specification', () => {
    const sdl = `schema @link(url: "https://specs.apollo.dev/link/v1.0")
        @link(url: "https://shop.example/trace/v1.0", import: ["@trace"]) { query: Query }
      directive @link(url: String!, import: [String]) repeatable on SCHEMA
      directive @trace(detail: Detail! = SOME) on FIELD
      enum Detail { SOME ALL }
      type Query { price: Int }`;
    const schema = buildApiSchema(parse(sdl));
    expect(validate(schema, parse('{ price @trace(detail: ALL) once: price @trace }'))).toEqual([]);
    expect(schema.getDirective('link')).toBeUndefined();
  });
});
