// What a socket is closed with, and what each code means to a client: RFC 6455's below 4000, the graphql-ws protocol's above.
export const closeCodes = {
  1002: 'A frame is against RFC 6455.',
  1007: 'A text is no UTF-8.',
  1008: 'A message comes in too many parts.',
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
