// GraphiQL, served whole from the package: no script, style or font comes from elsewhere. Its tabs are the files of examples/.
import { readdirSync, readFileSync } from 'node:fs';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

/** The page; `examples` is a folder of .graphql files, each of which becomes a tab in the order of their names. */
export function graphiqlPage(examples: URL | undefined): string {
  const files = examples
    ? readdirSync(examples)
        .filter((file) => file.endsWith('.graphql'))
        .sort()
    : [];
  const defaultTabs = examples ? files.map((file) => ({ query: readFileSync(new URL(file, examples), 'utf8') })) : [];
  const options = {
    title: 'Tillgraph',
    endpoint: '/graphql',
    subscriptionsProtocol: 'WS' as const,
    credentials: 'same-origin' as const,
  };
  return renderGraphiQL({
    ...options,
    ...(defaultTabs.length > 0 ? { defaultTabs, defaultQuery: defaultTabs[0]?.query ?? '' } : {}),
  });
}
