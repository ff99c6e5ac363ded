// Names that say nothing, barrels, files that outgrew one sitting, comments that are no reason. Prints the house's figures.
import { expect, test } from 'vitest';
import { circles } from './circles.ts';
import { exempt, unusedExemptions } from './exemptions.ts';
import { isBarrel } from './scan.ts';
import { paths, sources } from './tree.ts';

const own = sources.filter((file) => !file.generated);
const ours = own.filter((file) => !file.test);
const sized = ours.filter((file) => !exempt('size', file.path));

function quantile(share: number): number {
  const sizes = sized.map((file) => file.lines).toSorted((a, b) => a - b);
  return sizes[Math.max(0, Math.ceil(sizes.length * share) - 1)] ?? 0;
}

const SAYS_NOTHING = /(?:^|[/-])(common|utils?|helpers?|services?|managers?|base|misc|shared)(?=[/.-])/;

test('no file or folder has a name that says nothing', () => {
  const wrong = own
    .filter((file) => SAYS_NOTHING.test(file.path) && !exempt('names', file.path))
    .map((file) => `${file.path} is called ${SAYS_NOTHING.exec(file.path)?.[1]}: name it after what it knows`);
  expect(wrong).toEqual([]);
});

test('no file is called store: in retail a store is a shop', () => {
  const wrong = own.filter((file) => /(^|\/)store\.\w+$/.test(file.path));
  expect(wrong.map((file) => `${file.path}: call what keeps rows a repository, and a shop a location`)).toEqual([]);
});

test('files and folders are kebab-case', () => {
  const kebab = /^(?:__generated__|resolvers\/[A-Z]\w*\.ts|[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*)$/;
  const wrong = own
    .filter(
      (file) =>
        !file.path
          .replace(/resolvers\/[A-Z]\w*\.ts$/, 'resolvers')
          .split('/')
          .every((part) => kebab.test(part)),
    )
    .map((file) => `${file.path}: names are kebab-case`);
  expect(wrong).toEqual([]);
});

test('every test is part of a suite', () => {
  const wrong = own
    .filter((file) => file.test && /^test\/(?!architecture\/|integration\/|e2e\/)/.test(file.path))
    .map((file) => `${file.path} is never run: put it under test/architecture, test/integration or test/e2e`);
  expect(wrong).toEqual([]);
});

test('there are no barrels', () => {
  const wrong = own
    .filter((file) => (isBarrel(file) || /(^|\/)index\.\w+$/.test(file.path)) && !exempt('barrels', file.path))
    .map((file) => `${file.path} only hands on what others export: import from where it is written`);
  expect(wrong).toEqual([]);
});

test('files stay short: median 90 lines, 95 of 100 within 250, none over 400 (tests: 500)', () => {
  const graph = new Map(own.map((file) => [file.path, file.imports.flatMap(({ file: target }) => target ?? [])]));
  const longest = sized.toSorted((a, b) => b.lines - a.lines)[0];
  console.log(
    `${ours.length} source files, ${own.length - ours.length} test files, ${paths.length} files in all; ` +
      `lines per source file: median ${quantile(0.5)}, 95th percentile ${quantile(0.95)}, ` +
      `longest ${longest?.lines} (${longest?.path}); import circles: ${circles(graph).length}`,
  );
  const tooLong = own
    .filter((file) => file.lines > (file.test ? 500 : 400) && !exempt('size', file.path))
    .map((file) => `${file.path} has ${file.lines} lines: split it by what changes together`);
  expect(tooLong).toEqual([]);
  expect(quantile(0.5), 'median lines of a source file').toBeLessThanOrEqual(90);
  expect(quantile(0.95), '95th percentile of lines of a source file').toBeLessThanOrEqual(250);
});

test('a file opens with what it owns and what it refuses', () => {
  const wrong = own
    .filter((file) => !/^(?:#!.*\n)?(?:\/\/ ?\S|\/\*)/.test(file.text))
    .map(
      (file) =>
        `${file.path} does not open with a comment: say in one or two sentences what it owns and what it refuses`,
    );
  expect(wrong).toEqual([]);
});

test('comments carry no marks but NOTE: and TODO(#n):', () => {
  const mark = /\b(?:FIXME|XXX|HACK|BUG:|WTF|OPTIMI[ZS]E:|TODO(?!\(#\d+\):)|NOTE(?!:)\b(?=\s*[-(]))/;
  const silenced = /@ts-(?:ignore|expect-error|nocheck)|(?:oxlint|eslint)-disable|biome-ignore/;
  const wrong = own.flatMap((file) =>
    file.comments.flatMap(({ line, text }) => {
      const found = mark.exec(text)?.[0] ?? silenced.exec(text)?.[0];
      return found !== undefined && !exempt('comments', file.path)
        ? [`${file.path}:${line} says ${found}: use NOTE: or TODO(#issue):, and mend what a tool reports`]
        : [];
    }),
  );
  expect(wrong).toEqual([]);
});

test('no exemption of these rules is left over', () => {
  expect(unusedExemptions(['names', 'barrels', 'size', 'comments'])).toEqual([]);
});
