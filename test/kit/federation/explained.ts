// What is wrong with an answer for which not all could be had: a null that no error explains, a value that is not the right one.
import type { ExecutionResult } from 'graphql';

type Path = readonly (string | number)[];

/** Empty where the answer is right but for nulls with errors. An error explains what stands at, above or below its place. */
export function unexplained(right: ExecutionResult, answer: ExecutionResult): readonly string[] {
  const places = (answer.errors ?? []).map(({ path }) => path?.filter((part) => typeof part === 'string'));
  const isExplained = (path: Path): boolean => {
    const keys = path.filter((part) => typeof part === 'string');
    return places.some((place) => place?.every((key, index) => index >= keys.length || key === keys[index]));
  };
  const problems: string[] = [];
  const compare = (expected: unknown, given: unknown, path: Path): void => {
    if (given === null && expected !== null) {
      if (!isExplained(path)) problems.push(`${path.join('.')}: a null without an error`);
    } else if (typeof expected !== 'object' || typeof given !== 'object' || expected === null || given === null) {
      if (expected !== given)
        problems.push(`${path.join('.')}: ${JSON.stringify(given)}, not ${JSON.stringify(expected)}`);
    } else {
      const keys = Object.keys(expected).join();
      if (Object.keys(given).join() !== keys || Array.isArray(given) !== Array.isArray(expected))
        problems.push(`${path.join('.')}: ${Object.keys(given).join()}, not ${keys}`);
      for (const [key, value] of Object.entries(expected))
        compare(value, (given as Record<string, unknown>)[key], [...path, Array.isArray(expected) ? Number(key) : key]);
    }
  };
  compare(right.data ?? null, answer.data ?? null, []);
  for (const { path, message } of answer.errors ?? []) if (!path) problems.push(`an error without a place: ${message}`);
  return problems;
}
