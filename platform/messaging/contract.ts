// What an event is: name, version, payload schema, and who may see it. Contracts are declared with defineEvent in contracts/.
import type { z } from 'zod';

export type DataClass = 'PUBLIC' | 'INTERNAL' | 'PII';

export interface EventContract<Name extends string = string, Data = unknown> {
  readonly name: Name;
  readonly version: number;
  /** One line: what happened when this event exists. */
  readonly meaning: string;
  /** What the partition key is: events of one key keep their order. */
  readonly key: string;
  readonly dataclass: DataClass;
  readonly schema: z.ZodType<Data>;
}

export function defineEvent<Name extends string, Data>(contract: EventContract<Name, Data>): EventContract<Name, Data> {
  return contract;
}

/** An event as a command appends it. */
export interface NewEvent {
  readonly contract: EventContract;
  readonly key: string;
  /** Version of the aggregate after the change; grows per key. */
  readonly sequence: number | bigint;
  readonly occurredAt: Date;
  readonly data: unknown;
}

/** An event ready to append, its payload checked against its contract by the compiler. */
export function event<Name extends string, Data>(
  contract: EventContract<Name, Data>,
  fields: { key: string; sequence: number | bigint; occurredAt: Date; data: Data },
): NewEvent {
  return { contract, ...fields };
}

/** An event as the log keeps it (CloudEvents 1.0 attributes under our names). */
export interface StoredEvent {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly key: string;
  readonly sequence: bigint;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly dataclass: DataClass;
  readonly data: unknown;
}

/** The payload of a stored event, parsed by its contract. Throws InvalidInput for a payload that does not fit. */
export type PayloadOf<C> = C extends EventContract<string, infer Data> ? Data : never;
