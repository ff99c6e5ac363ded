// What a socket is closed with: the graphql-ws protocol's own codes where they fit, and what each means to a client.
export const closeCodes = {
  1009: 'A message is too large.',
  1012: 'The server restarts: connect again, and subscribe with `after` = the last cursor received.',
  4400: 'What came is no message of the protocol, or `connection_init` is too large.',
  4401: 'An operation came before `connection_ack`.',
  4403: 'The token is not valid, has expired or was revoked; the reason says which.',
  4406: 'The subprotocol is not `graphql-transport-ws`.',
  4408: 'No `connection_init` came in time.',
  4409: 'The id belongs to an operation that still runs.',
  4429: 'Too much: a second `connection_init`, a reader too slow for what it asked for, or more than a quota allows; the reason says which.',
  4500: 'A defect of ours.',
} as const satisfies Readonly<Record<number, string>>;

export const GOING_AWAY = 1012;
export const BAD_MESSAGE = 4400;
export const FORBIDDEN = 4403;
export const ID_TAKEN = 4409;
export const TOO_MUCH = 4429;
export const DEFECT = 4500;
