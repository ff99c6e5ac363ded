// Every environment variable this software reads: its form, its default and one line of meaning. docs/configuration.md lists the same.
import { isIP } from 'node:net';
import { z } from 'zod';

const port = z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65535);
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL starting with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
const postgresUrl = url('postgres:', 'postgresql:').optional();
const httpUrl = url('http:', 'https:').optional();
/** `https://shop.example.com,https://m.example.com`; as browsers send them, without a path. */
const origins = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
  .refine((list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin), {
    error: 'must be origins like https://shop.example.com, with commas between them',
  });
/** `10.0.0.0/8,::1` */
const proxies = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((place) => place.trim() || []))
  .refine((list) => list.every(isNetwork), {
    error: 'must be addresses or ranges like 10.0.0.0/8, with commas between them',
  });

function isNetwork(place: string): boolean {
  const [address = '', bits = '0', ...more] = place.split('/');
  const version = isIP(address);
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32);
}

/** Made by us for each request, or about one connection only: never a client's to say. */
const OURS_TO_SAY =
  /^(x-tillgraph-.*|host|content-.*|transfer-encoding|te|trailer|connection|keep-alive|upgrade|expect|proxy-.*|sec-websocket-.*|accept|accept-encoding|traceparent)$/;
const headerNames = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((name) => name.trim().toLowerCase() || []))
  .refine((names) => names.every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !OURS_TO_SAY.test(name)), {
    error: 'must be names of headers with commas between them, none that the gateway writes itself',
  });
const count = z.coerce.number().int().min(1);
const seconds = (least: number, most: number) => z.coerce.number().min(least).max(most);

export interface Setting {
  readonly schema: z.ZodType;
  readonly meaning: string;
}

const setting = <T extends z.ZodType>(schema: T, meaning: string) => ({ schema, meaning });

export const settings = {
  PORT: setting(port.default(4000), 'Port of the graph; 0 takes a free one.'),
  HOST: setting(z.string().min(1).default('127.0.0.1'), 'Address the graph listens on.'),
  DATA_DIR: setting(z.string().min(1).default('data'), 'Folder of the embedded PostgreSQL, the secret and the log.'),
  TILLGRAPH_SECRET: setting(
    z.string().min(32, { error: 'must have at least 32 characters' }).optional(),
    'Root secret that cursors, tokens and subgraph signatures derive from. Same on all processes. Unset: kept in DATA_DIR.',
  ),
  DATABASE_URL: setting(
    postgresUrl,
    'PostgreSQL 15 or later for all subgraphs. Unset: an embedded PostgreSQL in DATA_DIR.',
  ),
  PRODUCT_DATABASE_URL: setting(postgresUrl, 'A server of its own for the product subgraph.'),
  INVENTORY_DATABASE_URL: setting(postgresUrl, 'A server of its own for the inventory subgraph.'),
  CUSTOMER_DATABASE_URL: setting(postgresUrl, 'A server of its own for the customer subgraph.'),
  ORDER_DATABASE_URL: setting(postgresUrl, 'A server of its own for the order subgraph.'),
  LOYALTY_DATABASE_URL: setting(postgresUrl, 'A server of its own for the loyalty subgraph.'),
  DATABASE_POOL_SIZE: setting(
    z.coerce.number().int().min(2).max(200).default(20),
    'Connections per subgraph and process.',
  ),
  REDIS_URL: setting(
    url('redis:', 'rediss:').optional(),
    'Redis that gateways share counters and revocations through. Unset: each gateway counts for itself.',
  ),
  SUPERGRAPH: setting(
    z.string().min(1).optional(),
    'A supergraph to serve instead of our own: its file, or the folder of an artifact. Its subgraphs are where it says.',
  ),
  SUPERGRAPH_POLL_SECONDS: setting(
    seconds(0.1, 86_400).default(5),
    'Pause between two looks at SUPERGRAPH where the file system tells of no change.',
  ),
  MOST_REQUESTS_IN_FLIGHT: setting(
    count.default(2_000),
    'Requests answered at the same time; what comes beyond them is refused with OVERLOADED.',
  ),
  OVERLOAD_DELAY_MS: setting(
    count.default(500),
    'Lateness of the process, on average over a second, from which on /readyz says that it is overloaded.',
  ),
  SHUTDOWN_NOTICE_SECONDS: setting(
    seconds(0, 300).default(0),
    'How long /readyz says that the gateway stops before it takes no new connections: what a load balancer needs to notice.',
  ),
  SHUTDOWN_SECONDS: setting(seconds(0, 3_600).default(10), 'How long requests being answered may take at a stop.'),
  SUBGRAPH_PRODUCT_URL: setting(httpUrl, 'Where the product subgraph runs. Unset: in this process.'),
  SUBGRAPH_INVENTORY_URL: setting(httpUrl, 'Where the inventory subgraph runs. Unset: in this process.'),
  SUBGRAPH_CUSTOMER_URL: setting(httpUrl, 'Where the customer subgraph runs. Unset: in this process.'),
  SUBGRAPH_ORDER_URL: setting(httpUrl, 'Where the order subgraph runs. Unset: in this process.'),
  SUBGRAPH_LOYALTY_URL: setting(httpUrl, 'Where the loyalty subgraph runs. Unset: in this process.'),
  SUBGRAPH_OPTIONS: setting(
    z.string().min(1).optional(),
    'How subgraphs are asked over HTTP, where not as usual: `{"*": {…}, "<name>": {…}}` as JSON, or the path of a file with it.',
  ),
  FORWARD_HEADERS: setting(
    headerNames,
    'Headers of clients that subgraphs over HTTP may see: `accept-language,x-correlation-id`. The client’s token only if `authorization` is named.',
  ),
  GATEWAY_ENGINE: setting(
    z.enum(['tillgraph', 'apollo']).default('tillgraph'),
    '`tillgraph` is our own; `apollo` is @apollo/gateway, slower, for platforms without a build of our planner.',
  ),
  LIMITS: setting(
    z.string().min(1).optional(),
    'Limits of operations and clients, where they are not the usual ones: a JSON object, or the path of a file with one.',
  ),
  TRUSTED_DOCUMENTS: setting(
    z.string().min(1).optional(),
    'Path of a JSON file: documents that clients name by an id instead of sending them.',
  ),
  INTROSPECTION: setting(
    z.enum(['open', 'role', 'off']).optional(),
    'Who may read the schema: everybody, the scope schema:read, nobody. Unset: open with the demo or a foreign supergraph, else role.',
  ),
  AUTHORIZATION_MODE: setting(
    z.enum(['null', 'reject']).default('null'),
    'What a caller may not see: `null` answers null with an error in its place; `reject` refuses the whole operation.',
  ),
  AUTH_JWKS_URL: setting(
    httpUrl,
    'Keys of the identity provider whose tokens are accepted. Unset: tokens of `npm run token`.',
  ),
  AUTH_ISSUER: setting(z.string().min(1).default('tillgraph'), 'The `iss` a token must have.'),
  AUTH_AUDIENCE: setting(
    z
      .string()
      .default('tillgraph')
      .transform((text) => text.split(',').map((name) => name.trim()))
      .refine((names) => names.every((name) => name !== ''), { error: 'must be names with commas between them' }),
    'The `aud` a token must have; several with commas between them: one of them.',
  ),
  AUTH_CLOCK_TOLERANCE_SECONDS: setting(
    seconds(0, 300).default(0),
    'By how much the identity provider’s clock may differ.',
  ),
  API_KEYS_FILE: setting(
    z.string().min(1).optional(),
    'File of the keys of tills, written by `npm run api-key`; read again when it changes. Unset: keys are refused.',
  ),
  REVOCATIONS_FILE: setting(
    z.string().min(1).optional(),
    'File of tokens and clients that are refused though they are valid; gateways may share it. Unset: kept in memory, and in Redis where there is one.',
  ),
  ALLOWED_ORIGINS: setting(
    origins,
    'Web pages beside our own that may reach the graph from a browser: `https://shop.example.com,https://m.example.com`.',
  ),
  TRUSTED_PROXIES: setting(
    proxies,
    'Proxies whose `x-forwarded-for` says where a client is, by address or range: `10.0.0.0/8,::1`. Unset: nobody’s.',
  ),
  LIVE_CONNECTIONS: setting(count.default(10_000), 'Sockets and event streams at the same time.'),
  LIVE_CONNECTIONS_PER_PRINCIPAL: setting(
    count.default(100),
    'Those of one principal (client and subject of a token).',
  ),
  LIVE_CONNECTIONS_PER_ADDRESS: setting(
    count.default(2_000),
    'Those of one address that have no token, or have not shown it yet.',
  ),
  LIVE_SUBSCRIPTIONS_PER_SOCKET: setting(count.default(100), 'Operations at the same time on one socket.'),
  LIVE_INIT_SECONDS: setting(seconds(0.1, 60).default(5), 'How long a socket may take to say who it is.'),
  LIVE_INIT_BYTES: setting(count.default(65_536), 'What a socket may send until it has said who it is.'),
  LIVE_MESSAGE_BYTES: setting(count.default(1_048_576), 'Largest message of a socket.'),
  LIVE_BUFFER_BYTES: setting(
    count.default(1_048_576),
    'Unread events of one subscription, in characters of their JSON: beyond it a client is too slow.',
  ),
  LIVE_HEARTBEAT_SECONDS: setting(
    seconds(0.1, 300).default(15),
    'Pause between signs of life on sockets and event streams; a client that gives none in return is gone.',
  ),
  SEED: setting(
    z.enum(['demo', 'none']).default('demo'),
    '`demo` fills an empty database with a small retailer; `none` leaves it empty.',
  ),
  ERP_URL: setting(
    httpUrl,
    'System of record of the product master. Unset: the sandbox ERP is started beside the graph.',
  ),
  FEED_INTERVAL_SECONDS: setting(seconds(0.1, 86_400).default(5), 'Pause between two pulls of the product feed.'),
  LOG_LEVEL: setting(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
    'Least severe level logged.',
  ),
  LOG_FILE: setting(z.string().min(1).optional(), 'File the log is appended to. Unset: standard error.'),
} as const;

export type SettingName = keyof typeof settings;
export type Settings = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> };
