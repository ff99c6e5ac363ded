// A client that goes before it is answered. What is still asked for its query ends then; a mutation goes on, for half of one may be worse
// than all of it.
import type { ServerResponse } from 'node:http';
import { Fault } from '#platform/errors/fault.ts';

/** Aborted when the connection ends before the answer is through. */
export function departureOf(response: ServerResponse): AbortSignal {
  const departure = new AbortController();
  const gone = () => {
    if (!response.writableFinished) departure.abort();
  };
  if (response.closed) gone();
  else response.once('close', gone);
  return departure.signal;
}

/** In place of an answer nobody waits for. */
export function abandoned(): Fault {
  return new Fault('REQUEST_ABANDONED', 'The client has gone');
}
