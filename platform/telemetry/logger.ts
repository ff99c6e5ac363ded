// One structured log (pino, JSON lines): every line carries the trace and the business transaction it belongs to.
import { destination, type Logger as PinoLogger, pino, stdSerializers } from 'pino';
import { currentTrace, traceIdOf } from './trace.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: string;
  /** A file to append to; standard error when absent, so that standard output stays for people and pipes. */
  readonly file?: string | undefined;
}

export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      // Message, stack and causes; pino would write only what is enumerable, and of an Error that is nothing.
      serializers: { error: stdSerializers.err },
      redact: ['authorization', '*.authorization', 'headers.authorization', 'token', '*.token'],
      mixin() {
        const trace = currentTrace();
        return trace ? { traceId: traceIdOf(trace.traceparent), transactionId: trace.correlationId } : {};
      },
    },
    destination({ dest: options.file ?? 2, sync: options.file === undefined, mkdir: true }),
  );
}

export const silentLogger: Logger = pino({ level: 'silent' });
