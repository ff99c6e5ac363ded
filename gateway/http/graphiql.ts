// GraphiQL, served whole from the package: no script, style or font comes from elsewhere. Its tabs are the files of examples/.
import { readdirSync, readFileSync } from 'node:fs';

interface Tab {
  readonly query: string;
  readonly headers?: string;
}

/** A tab that needs a token has a place to paste it: the file says "# Role: store" for whom it is. */
function toTab(query: string): Tab {
  const role = /^# Role: (\w+)$/m.exec(query)?.[1];
  if (role === undefined) return { query };
  return {
    query,
    headers: JSON.stringify({ authorization: `Bearer <the ${role.toUpperCase()} token that npm start printed>` }),
  };
}

/** The page; `examples` is a folder of .graphql files, each of which becomes a tab in the order of their names. */
export async function graphiqlPage(examples: URL | undefined): Promise<string> {
  // Loaded by the first person who looks: it takes half a second, which no till should wait for at the start.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const files = examples ? readdirSync(examples).filter((file) => file.endsWith('.graphql')) : [];
  const defaultTabs = files.toSorted().map((file) => toTab(readFileSync(new URL(file, examples), 'utf8')));
  return renderGraphiQL({
    title: 'Tillgraph',
    endpoint: '/graphql',
    subscriptionsProtocol: 'WS',
    credentials: 'same-origin',
    ...(defaultTabs[0] ? { defaultTabs, defaultQuery: defaultTabs[0].query } : {}),
  });
}
