// Every technical error code, its meaning and whether the same request may succeed later. docs/errors.md lists the same.
export interface ErrorCode {
  readonly meaning: string;
  readonly retryable: boolean;
}

export const codes = {
  BAD_USER_INPUT: { meaning: 'An input field does not have the form its description asks for.', retryable: false },
  UNAUTHENTICATED: { meaning: 'The field needs a valid token and none was sent, or it expired.', retryable: false },
  FORBIDDEN: { meaning: 'The token lacks a scope, or the row belongs to somebody else.', retryable: false },
  UNAUTHORIZED_FIELD_OR_TYPE: {
    meaning:
      'The gateway did not fetch what the caller may not see; `reason` is UNAUTHENTICATED without a token, FORBIDDEN without the scope or policy.',
    retryable: false,
  },
  INVALID_CURSOR: {
    meaning: 'The cursor was altered, belongs to another list or stream, or is malformed.',
    retryable: false,
  },
  REQUEST_NOT_SIGNED: { meaning: 'A subgraph was called without a valid gateway signature.', retryable: false },
  COST_ESTIMATED_TOO_EXPENSIVE: {
    meaning: 'The operation may bring more than one may; the message says where, and what would be allowed.',
    retryable: false,
  },
  RATE_LIMITED: {
    meaning: 'The client’s budget is used up, or a business object was touched too often; wait retryAfterMs.',
    retryable: true,
  },
  DOCUMENT_NOT_TRUSTED: {
    meaning: 'The client may send trusted documents only, or named one that is not in the manifest.',
    retryable: false,
  },
  INTROSPECTION_DISABLED: { meaning: 'The token does not entitle to reading the schema.', retryable: false },
  INTERNAL_SERVER_ERROR: {
    meaning: 'A defect of ours; the message is masked, the trace id finds it in the log.',
    retryable: false,
  },
  SUBGRAPH_UNAVAILABLE: { meaning: 'A subgraph did not answer in time or not at all.', retryable: true },
  SUBGRAPH_BUSY: {
    meaning: 'A subgraph takes no more requests now (HTTP 429), or too many wait for it; wait retryAfterMs.',
    retryable: true,
  },
  SUBGRAPH_MALFORMED_RESPONSE: {
    meaning: 'A subgraph answered something that is no GraphQL answer.',
    retryable: false,
  },
  PEER_UNAVAILABLE: { meaning: 'A foreign system did not answer in time, or not at all.', retryable: true },
  PEER_REFUSED: { meaning: 'A foreign system refused what we asked of it.', retryable: false },
  PEER_MALFORMED_RESPONSE: {
    meaning: 'A foreign system answered in another form than agreed.',
    retryable: false,
  },
  REQUEST_ABANDONED: {
    meaning: 'The client of a query had gone before its answer; nobody sees this.',
    retryable: false,
  },
  CONFLICT_RETRIES_EXHAUSTED: { meaning: 'The transaction lost against concurrent ones too often.', retryable: true },
  ENGINE_UNAVAILABLE: {
    meaning: 'The gateway’s own engine has no build for this platform; choose another with GATEWAY_ENGINE.',
    retryable: false,
  },
  OPERATION_NOT_PLANNED: {
    meaning: 'The operation is valid and no plan for it was found; its SHA-256 in the message finds it in the log.',
    retryable: false,
  },
  SUBSCRIBER_TOO_SLOW: {
    meaning: 'A subscriber fell behind its bounded buffer; resume with the last cursor.',
    retryable: true,
  },
  QUOTA_EXCEEDED: {
    meaning: 'The caller has as many subscriptions, sockets or event streams as it may; end one first.',
    retryable: false,
  },
  DATABASE_UNAVAILABLE: { meaning: 'The database cannot be reached.', retryable: true },
  DATABASE_SCHEMA_NEWER: {
    meaning: 'The database was migrated by a newer version of this software.',
    retryable: false,
  },
  DATABASE_MIGRATION_CHANGED: { meaning: 'A migration that already ran was edited afterwards.', retryable: false },
  DATABASE_DIRECTORY_UNWRITABLE: {
    meaning: 'DATA_DIR cannot be made, read or written by this user.',
    retryable: false,
  },
  DATABASE_PORT_TAKEN: {
    meaning: 'Another program listens on the port given to the embedded database.',
    retryable: false,
  },
  DATABASE_PLATFORM_UNSUPPORTED: { meaning: 'There is no embedded database for this platform.', retryable: false },
  DATABASE_BINARIES_MISSING: {
    meaning: 'The npm package with the database programs is not installed.',
    retryable: false,
  },
  DATABASE_START_FAILED: { meaning: 'The embedded database did not start.', retryable: false },
  OVERLOADED: { meaning: 'The gateway has more requests than it can answer; ask again.', retryable: true },
  SUPERGRAPH_INVALID: {
    meaning:
      'The supergraph cannot be read, was altered, or asks for what this gateway does not do; the message says which.',
    retryable: false,
  },
  CONFIGURATION_INVALID: { meaning: 'One or more environment variables have no usable value.', retryable: false },
} as const satisfies Record<string, ErrorCode>;

export type Code = keyof typeof codes;
