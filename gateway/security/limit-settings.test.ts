// LIMITS as a person writes it, and what is said of a mistake in it; documents that are trusted, in both forms they come in.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLimits } from './limit-settings.ts';
import { documentIdOf, readTrustedDocuments } from './trusted-documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'tillgraph-limits-'));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('LIMITS', () => {
  const ofGraph = { levels: 5, clients: { anonymous: { cost: 1 }, '*': { cost: 2 } } };

  it('is JSON, or a file with it; what it leaves out stays as the graph has it, kinds of clients one by one', () => {
    const given = '{"fields": 7, "clients": {"anonymous": {"cost": 9}, "client:a": {"trustedOnly": true}}}';
    for (const setting of [given, file('limits.json', given)]) {
      expect(readLimits(setting, ofGraph)).toMatchObject({
        levels: 5,
        fields: 7,
        turns: 2,
        clients: { anonymous: { cost: 9 }, '*': { cost: 2 }, 'client:a': { trustedOnly: true } },
      });
    }
    expect(readLimits(undefined, ofGraph)).toMatchObject({ levels: 5, clients: ofGraph.clients });
  });

  it.each([
    ['no JSON', '{', 'LIMITS must be a JSON object, or the path of a file with one'],
    ['no such file', join(folder, 'nowhere'), 'no such file'],
    ['a name there is none of', '{"level": 3}', /level.*there are .*levels/],
    ['a number out of its range', '{"levels": 0}', 'levels'],
    ['a kind of client there is none of', '{"clients": {"till": {}}}', 'clients'],
  ])('is refused when it is %s', (_, setting, message) => {
    expect(() => readLimits(setting)).toThrow(message);
    expect(() => readLimits(setting)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });
});

describe('trusted documents', () => {
  it.each([
    ['of codegen’s client preset', '{"abc": "{ a }"}'],
    [
      'of Apollo',
      '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "abc", "name": "A", "type": "query", "body": "{ a }"}]}',
    ],
  ])('are read from a manifest %s', (_, text) => {
    const documents = readTrustedDocuments(file('manifest.json', text));
    expect([documents.get('abc'), documents.get('sha256:abc'), documents.get('x')]).toEqual([
      '{ a }',
      '{ a }',
      undefined,
    ]);
    expect([documents.has('{ a }'), documents.has('{ b }')]).toEqual([true, false]);
  });

  it('are refused when the file is neither', () => {
    expect(() => readTrustedDocuments(file('list.json', '["{ a }"]'))).toThrow('apollo-persisted-query-manifest');
    expect(() => readTrustedDocuments(join(folder, 'nowhere'))).toThrow('cannot be read as JSON');
  });

  it('are named in one of three ways', () => {
    expect(documentIdOf({ documentId: 'a' })).toBe('a');
    expect(documentIdOf({ extensions: { persistedQuery: { sha256Hash: 'b' } } })).toBe('b');
    for (const none of [
      {},
      { documentId: 1 },
      { documentId: '' },
      { extensions: null },
      { extensions: { persistedQuery: 1 } },
    ]) {
      expect(documentIdOf(none)).toBeUndefined();
    }
  });
});
