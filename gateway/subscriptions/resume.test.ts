// An operation rewritten to be resumable stays valid, takes a cursor, and tells one that no client sees.
import { buildSchema, parse, print, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { JsonText } from '../engine/engine.ts';
import { resumable } from './resume.ts';

const schema = buildSchema(`
  scalar Cursor
  type Query { nothing: Int }
  type Subscription { changed(skus: [ID!], after: Cursor): Changed!  begun(after: Cursor = "first"): Changed  ticked: Int  sealed(after: Cursor!): Changed }
  type Changed { cursor: Cursor! sku: ID! }
`);
const made = (source: string, name: string | null = null) => resumable(schema, parse(source), name);
const text = (json: string) => ({ data: new JsonText(json) as unknown as Record<string, unknown> });
const oneLine = (source: string) => source.replaceAll(/\s+/g, ' ').trim();

describe('an operation made resumable', () => {
  it.each([
    ['no argument', 'subscription { changed { sku } }', '__lastEventId', '($__lastEventId: Cursor)'],
    ['a literal', 'subscription { changed(after: "x") { sku } }', '__lastEventId', '($__lastEventId: Cursor = "x")'],
    ['null', 'subscription { changed(after: null) { sku } }', '__lastEventId', '($__lastEventId: Cursor = null)'],
    ['a variable', 'subscription ($from: Cursor) { changed(after: $from) { sku } }', 'from', '($from: Cursor)'],
    ['a preset', 'subscription { begun { sku } }', '__lastEventId', '($__lastEventId: Cursor = "first")'],
    ['one that is required', 'subscription { sealed(after: "x") { sku } }', '__lastEventId', 'Cursor! = "x")'],
  ])('takes a cursor where `after` was %s, and stays valid', (_what, source, after, definition) => {
    const { document, source: printed, after: variable } = made(source);
    expect(validate(schema, document)).toEqual([]);
    expect(variable).toBe(after);
    expect(printed).toBe(print(document));
    expect(oneLine(printed)).toContain(definition);
    expect(oneLine(printed)).toMatch(/\(.*after: \$\w+\) \{ __eventId: cursor sku \}/);
  });

  it('finds the root field in fragments, each of its places, and leaves other operations out', () => {
    const { document, source } = made(
      `subscription A { ...F ... { c: changed(skus: ["a"]) { sku } } } subscription B { ticked } query C { nothing }
       fragment F on Subscription { c: changed(skus: ["a"]) { ...G } } fragment G on Changed { cursor }`,
      'A',
    );
    expect(validate(schema, document)).toEqual([]);
    expect(source.match(/__eventId: cursor/g)).toHaveLength(2);
    expect(source).not.toMatch(/ticked|nothing/);
  });

  it('leaves a field alone that knows no cursor', () => {
    const { source, after, takeId } = made('subscription { ticked }');
    expect(oneLine(source)).toBe('subscription { ticked }');
    expect(after).toBeUndefined();
    expect(takeId(text('{"ticked":1}'))).toEqual({ id: null, result: text('{"ticked":1}') });
  });
});

describe('the id of an answer', () => {
  const { takeId } = made('subscription { c: changed { sku } }');
  it('is taken out of its text', () => {
    expect(takeId(text('{"c":{"__eventId":"a,\\"}b","sku":"x"}}'))).toEqual({
      id: 'a,"}b',
      result: text('{"c":{"sku":"x"}}'),
    });
    expect(takeId(text('{"c":{"__eventId":"a"}}'))).toEqual({ id: 'a', result: text('{"c":{}}') });
  });
  it('is taken out of data that is no text', () => {
    const data = { c: { __eventId: 'a', sku: 'x' } };
    expect(takeId({ data, errors: [] })).toEqual({ id: 'a', result: { data: { c: { sku: 'x' } }, errors: [] } });
  });
  it('is none where there is no event, or none that can be sent', () => {
    expect(takeId(text('{"c":null}'))).toEqual({ id: null, result: text('{"c":null}') });
    expect(takeId({ errors: [] })).toEqual({ id: null, result: { errors: [] } });
    expect(takeId({ data: { c: { __eventId: 'a\nb' } } })).toEqual({ id: null, result: { data: { c: {} } } });
    expect(takeId(text('{"c":{"__eventId":null,"sku":"x"}}'))).toEqual({ id: null, result: text('{"c":{"sku":"x"}}') });
  });
});

describe('what is hidden in an answer', () => {
  const stock = buildSchema(`
    scalar Cursor
    type Query { nothing: Int }
    type Subscription { changed(after: Cursor): Changed! }
    type Changed { cursor: Cursor! snapshot: Boolean! of: Of! }
    type Of { sku: ID! version: Int! }
  `);
  const hidden = { things: { changed: 'of { sku version }' }, isOpen: () => true };
  const of = (source: string, more: object = {}) => resumable(stock, parse(source), null, { ...hidden, ...more });
  const telling = of('subscription { c: changed { cursor } }');
  const event = '"__eventId":"9","__eventSnapshot":true,"__eventThing":{"sku":"a\\",\\"version\\":1}","version":7}';
  const state = { id: '9', isSnapshot: true, thing: '{"sku":"a\\",\\"version\\":1}"}', version: 7 };

  it('is asked for first: where it stands, whether it is a snapshot, of which thing it is which state', () => {
    expect(validate(stock, telling.document)).toEqual([]);
    expect(oneLine(telling.source)).toContain(
      '{ __eventId: cursor __eventSnapshot: snapshot __eventThing: of { sku version } cursor }',
    );
    // What not everybody may see is not asked for on somebody's behalf.
    expect(of('subscription { changed { cursor } }', { isOpen: () => false }).source).not.toContain('__eventSnapshot');
  });

  it('is taken out of its text', () => {
    const result = text(`{"c":{${event},"cursor":"9"}}`);
    expect(telling.takeEvent(result)).toEqual({ ...state, result: text('{"c":{"cursor":"9"}}') });
    expect(telling.takeEvent(text('{"c":null}'))).toMatchObject({
      id: null,
      isSnapshot: false,
      result: text('{"c":null}'),
    });
  });

  it('is taken out of data that is no text', () => {
    const data = { c: JSON.parse(`{${event},"cursor":"9"}`) as object };
    expect(telling.takeEvent({ data })).toEqual({ ...state, result: { data: { c: { cursor: '9' } } } });
  });

  it('leaves an id there that was asked for under its name', () => {
    const keeping = of('subscription { c: changed { __eventId: cursor cursor } }');
    const kept = '{"c":{"__eventId":"9","cursor":"9"}}';
    expect(keeping.takeEvent(text(`{"c":{${event},"cursor":"9"}}`))).toEqual({ ...state, result: text(kept) });
    expect(keeping.takeEvent(text(`{"c":{${event}}}`)).result).toEqual(text('{"c":{"__eventId":"9"}}'));
    const data = { c: JSON.parse(`{${event},"cursor":"9"}`) as object };
    expect(keeping.takeEvent({ data }).result).toEqual({ data: JSON.parse(kept) as object });
  });
});
