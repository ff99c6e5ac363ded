// Which web pages of other origins may read the graph's answers: those listed and no others. Without a list nothing is said, and
// browsers keep answers to our own pages.
import type { FastifyInstance } from 'fastify';

const METHODS = 'GET, POST';
const HEADERS =
  'accept, authorization, content-type, last-event-id, traceparent, apollo-require-preflight, x-apollo-operation-name';
const READABLE = 'retry-after, traceparent';
/** How long a browser may remember; Chromium's own limit. */
const REMEMBERED_S = '7200';

/** Before the server listens. */
export function allowOrigins(app: FastifyInstance, path: string, allowed: readonly string[]): void {
  if (allowed.length === 0) return;
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('vary', 'origin');
    const { origin } = request.headers;
    if (origin !== undefined && allowed.includes(origin)) {
      reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': READABLE });
    }
    done();
  });
  app.options(path, (_request, reply) => {
    const told = reply.hasHeader('access-control-allow-origin')
      ? {
          'access-control-allow-methods': METHODS,
          'access-control-allow-headers': HEADERS,
          'access-control-max-age': REMEMBERED_S,
        }
      : {};
    return reply.code(204).headers(told).send();
  });
}
