// How an answer's text reaches the socket: written past Fastify, which would have Node encode it. Every header that was set goes along;
// nobody may wait for `onSend` of what is sent here.
import type { FastifyReply } from 'fastify';

export function sendText(reply: FastifyReply, contentType: string, text: string): FastifyReply {
  const { raw } = reply;
  const length = Buffer.byteLength(text);
  reply.header('content-type', contentType).header('content-length', length).hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.statusCode = 200;
  // As many bytes as characters: it is ASCII, which is copied and not encoded when it is called latin1.
  if (length === text.length) raw.end(text, 'latin1');
  else raw.end(Buffer.from(text));
  return reply;
}
