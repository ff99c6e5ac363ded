// Moments that processes of one machine can compare, as a text of one length, and where a message carries one.
const DIGITS = 20;
const MARK = '"at":"';

/** Nanoseconds of the machine's monotonic clock. */
export function now(): string {
  return process.hrtime.bigint().toString().padStart(DIGITS, '0');
}

/** Milliseconds since the message's event came to its server. Throws on a message that is no event. */
export function msSince(message: Buffer): number {
  const received = process.hrtime.bigint();
  const found = message.indexOf(MARK);
  if (found < 0) throw new Error(`no event: ${message.toString().slice(0, 500)}`);
  const at = message.toString('latin1', found + MARK.length, found + MARK.length + DIGITS);
  return Number(received - BigInt(at)) / 1e6;
}

/** The same text with this moment in it. */
export function atNow(text: string): string {
  const from = text.indexOf(MARK) + MARK.length;
  return text.slice(0, from) + now() + text.slice(from + DIGITS);
}
