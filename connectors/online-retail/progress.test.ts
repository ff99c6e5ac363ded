// Progress where there is no terminal.
import { expect, test } from 'vitest';
import { linesOn } from './progress.ts';

function told(invoices: number): string[] {
  const lines: string[] = [];
  const progress = linesOn({ write: (text: string) => lines.push(text.trim()) });
  progress.start(invoices);
  for (let done = 0; done < invoices; done += 1) progress.advance();
  progress.stop();
  return lines;
}

test('about ten lines are written however many invoices there are, the last at the end', () => {
  expect(told(512)).toHaveLength(10);
  expect(told(512).at(-1)).toBe('512 of 512 invoices');
  expect(told(3)).toEqual(['1 of 3 invoices', '2 of 3 invoices', '3 of 3 invoices']);
});
