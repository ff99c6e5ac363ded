// What answers bring beside what the client selected, first in the event's selection, and taken out again before anybody sees it.
import type { ExecutionResult } from 'graphql';
import { JsonText } from '../engine/engine.ts';
import type { SharedEvent } from './told-event.ts';

/** Names that begin with two underscores are GraphQL's own: no client's schema or alias has them. */
export const ID = '__eventId';
export const SNAPSHOT = '__eventSnapshot';
export const THING = '__eventThing';

/** What an id may not have in it: it would be read as something else, or as no id. */
const UNFIT = /[\0\r\n]/;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const BOOLEAN = /true|false/y;
/** An object without objects in it. */
const FLAT = /\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/y;
/** Of a thing's own fields, the one its states are ordered by. A text that says so has its quotes escaped. */
const VERSION = /,?"version":(\d+)/;

export interface Identified {
  readonly id: string | null;
  readonly result: ExecutionResult;
}

/** An answer's text from its event on, and what is taken off its front. */
class Front {
  readonly #text: string;
  readonly #start: string;
  #at: number;

  constructor(text: string, key: string) {
    this.#text = text;
    this.#start = `{${JSON.stringify(key)}:{`;
    // A root that is null has no event in it.
    this.#at = text.startsWith(this.#start) ? this.#start.length : text.length;
  }

  /** JSON of the next field if it has that name; undefined where it has another. */
  take(name: string, pattern: RegExp): string | undefined {
    const begun = `"${name}":`;
    if (!this.#text.startsWith(begun, this.#at)) return undefined;
    pattern.lastIndex = this.#at + begun.length;
    const found = pattern.exec(this.#text)?.[0] ?? 'null';
    const end = this.#at + begun.length + found.length;
    this.#at = this.#text[end] === ',' ? end + 1 : end;
    return found;
  }

  /** The answer without what was taken; `kept` are fields put back. */
  rest(kept = ''): Record<string, unknown> {
    const rest = this.#text.slice(this.#at);
    const first = kept === '' || rest.startsWith('}') ? kept : `${kept},`;
    return new JsonText(this.#start + first + rest) as unknown as Record<string, unknown>;
  }
}

/** Takes the event's id out of an answer. */
export function takeId(key: string, result: ExecutionResult): Identified {
  const text = textOf(result);
  if (text === undefined) {
    const { [ID]: id, ...rest } = eventOf(key, result) ?? {};
    return id === undefined ? { id: null, result } : { id: fit(id), result: withEvent(key, result, rest) };
  }
  const front = new Front(text, key);
  const id = front.take(ID, STRING);
  return id === undefined
    ? { id: null, result }
    : { id: fit(JSON.parse(id)), result: { ...result, data: front.rest() } };
}

/** Takes out all of it, but for an id that was asked for under our own name. */
export function takeEvent(key: string, result: ExecutionResult, keepsId: boolean): SharedEvent {
  const text = textOf(result);
  if (text === undefined) return takeFromObject(key, result, keepsId);
  const front = new Front(text, key);
  const id = front.take(ID, STRING);
  const snapshot = front.take(SNAPSHOT, BOOLEAN);
  const thing = front.take(THING, FLAT);
  const isThere = id !== undefined || snapshot !== undefined || thing !== undefined;
  const kept = keepsId && id !== undefined ? `"${ID}":${id}` : '';
  return {
    id: id === undefined ? null : fit(JSON.parse(id)),
    isSnapshot: snapshot === 'true',
    ...stateOf(thing),
    result: isThere ? { ...result, data: front.rest(kept) } : result,
  };
}

function takeFromObject(key: string, result: ExecutionResult, keepsId: boolean): SharedEvent {
  const event = eventOf(key, result);
  if (!event) return { id: null, isSnapshot: false, ...stateOf(undefined), result };
  const { [ID]: id, [SNAPSHOT]: snapshot, [THING]: thing, ...rest } = event;
  const kept = keepsId && id !== undefined ? { [ID]: id, ...rest } : rest;
  return {
    id: fit(id),
    isSnapshot: snapshot === true,
    ...stateOf(thing === undefined ? undefined : JSON.stringify(thing)),
    result: withEvent(key, result, kept),
  };
}

/** Which thing, and which of its states; both undefined where an event tells of none. */
function stateOf(thing: string | undefined): Pick<SharedEvent, 'thing' | 'version'> {
  if (thing === undefined || thing === 'null') return { thing: undefined, version: undefined };
  const version = VERSION.exec(thing)?.[1];
  return { thing: thing.replace(VERSION, ''), version: version === undefined ? undefined : Number(version) };
}

function textOf({ data }: ExecutionResult): string | undefined {
  return (data as unknown) instanceof JsonText ? (data as unknown as JsonText).text : undefined;
}

function eventOf(key: string, { data }: ExecutionResult): Record<string, unknown> | null | undefined {
  return data?.[key] as Record<string, unknown> | null | undefined;
}

function withEvent(key: string, result: ExecutionResult, event: Record<string, unknown>): ExecutionResult {
  return { ...result, data: { ...result.data, [key]: event } };
}

function fit(id: unknown): string | null {
  return typeof id === 'string' && !UNFIT.test(id) ? id : null;
}
