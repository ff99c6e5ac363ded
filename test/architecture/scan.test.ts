// The scanner the house rules stand on: what looks like code inside a comment, string, template or regular expression is none.
import { expect, test } from 'vitest';
import { importsOf, isBarrel, scan } from './scan.ts';

const importsIn = (text: string) => importsOf(text, scan(text));
const specifiersIn = (text: string) => importsIn(text).map(({ specifier }) => specifier);

test('finds static, type, side-effect, re-exporting and dynamic imports', () => {
  const text = `
import pg from 'pg';
import type { A } from './a.ts';
import { type B, c as d } from "#platform/b.ts";
import * as everything from './c.ts';
import './effect.ts';
import {
  long,
} from './long.ts';
export { x } from './x.ts';
export * from './y.ts';
export type { Z } from './z.ts';
const late = await import('./late.ts');
`;
  expect(specifiersIn(text)).toEqual([
    'pg',
    './a.ts',
    '#platform/b.ts',
    './c.ts',
    './effect.ts',
    './long.ts',
    './x.ts',
    './y.ts',
    './z.ts',
    './late.ts',
  ]);
  expect(importsIn(text)[2]?.names).toEqual(['B', 'c']);
  expect(importsIn(text).flatMap(({ specifier, typeOnly }) => (typeOnly ? [specifier] : []))).toEqual([
    './a.ts',
    './z.ts',
  ]);
  expect(importsIn("import { type A, type B } from './a.ts';")[0]?.typeOnly).toBe(true);
});

test('takes nothing for an import that stands in a comment, string, template or regular expression', () => {
  const text = [
    "// import a from 'a';",
    "/* import b from 'b'; */",
    'const one = "import c from \'c\';";',
    "const two = `\nimport d from 'd';\n${nested ? `import('e')` : '`'}\nimport f from 'f';`;",
    "const three = /import('g')/;",
    "export const from = 'h';",
    "import real from 'real';",
  ].join('\n');
  expect(specifiersIn(text)).toEqual(['real']);
});

test('keeps lengths and lines, blanks comments and empties strings', () => {
  const text = "call('Date.now()'); // why\n/* a\n b */ Date.now(); const r = x / 2 / y; s.replace(/'/g, '');\nnext();";
  const { code, withoutComments, comments } = scan(text);
  expect(code).toHaveLength(text.length);
  expect(code.split('\n').map((line) => line.replace(/\s+/g, ' ').trimEnd())).toEqual([
    "call(' ');",
    '',
    " Date.now(); const r = x / 2 / y; s.replace(/ /g, '');",
    'next();',
  ]);
  expect(withoutComments).toContain("call('Date.now()');");
  expect(comments).toEqual([
    { line: 1, text: '// why' },
    { line: 2, text: '/* a\n b */' },
  ]);
});

test('a barrel only hands on; a file with a statement of its own is none', () => {
  expect(isBarrel(scan("// all\nexport * from './a.ts';\nexport { b } from './b.ts';"))).toBe(true);
  expect(isBarrel(scan("export { b } from './b.ts';\nexport const c = 1;"))).toBe(false);
  expect(isBarrel(scan('const a = 1;'))).toBe(false);
});
