// Reads TypeScript just far enough for the house rules: where comments, strings and regular expressions are, and what a file
// imports. No parser is at hand (TypeScript 7 has no compiler API); refuses nothing, tsc does that.

export interface Import {
  readonly specifier: string;
  /** Names as the other file exports them; empty for a namespace, default or side-effect import. */
  readonly names: readonly string[];
  /** Nothing of it is there at run time. */
  readonly typeOnly: boolean;
}

export interface Scan {
  /** The text with comments blanked. */
  readonly withoutComments: string;
  /** The text with comments blanked and strings and regular expressions emptied; same length, same lines. */
  readonly code: string;
  readonly comments: readonly { readonly line: number; readonly text: string }[];
}

const REGEX_MAY_FOLLOW =
  /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield))\s*$/;

export function scan(text: string): Scan {
  const pieces: { kind: 'code' | 'comment' | 'string'; text: string }[] = [];
  const comments: { line: number; text: string }[] = [];
  // Each entry is the number of open braces within one `${…}` of a template.
  const templates: number[] = [];
  let code = '';
  let at = 0;
  const take = (kind: 'code' | 'comment' | 'string', end: number): void => {
    const piece = text.slice(at, end);
    if (kind === 'comment') comments.push({ line: lineOf(text, at), text: piece });
    code += kind === 'code' ? piece : blank(piece);
    pieces.push({ kind, text: piece });
    at = end;
  };
  const takeString = (end: number): void => {
    take('code', at + 1);
    take('string', Math.max(at, end - 1));
    take('code', Math.min(text.length, at + 1));
  };
  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    const open = templates.length - 1;
    if (rest === '//') take('comment', endOfLine(text, at));
    else if (rest === '/*') take('comment', indexAfter(text, '*/', at + 2));
    else if (rest.startsWith("'") || rest.startsWith('"')) takeString(endOfQuoted(text, at));
    else if (rest.startsWith('/') && REGEX_MAY_FOLLOW.test(code.slice(-40))) takeString(endOfRegex(text, at));
    else if (rest.startsWith('`') || (rest.startsWith('}') && templates[open] === 0)) {
      if (rest.startsWith('}')) templates.pop();
      const { end, substitution } = endOfTemplate(text, at + 1);
      takeString(end);
      if (substitution) templates.push(0);
    } else {
      if (open >= 0 && rest.startsWith('{')) templates[open] = (templates[open] ?? 0) + 1;
      if (open >= 0 && rest.startsWith('}')) templates[open] = (templates[open] ?? 0) - 1;
      take('code', at + 1);
    }
  }
  const withoutComments = pieces.map(({ kind, text: piece }) => (kind === 'comment' ? blank(piece) : piece)).join('');
  return { withoutComments, code, comments };
}

/** What a file imports or re-exports, statically, dynamically or as a type. */
export function importsOf(text: string, { code }: Scan): Import[] {
  const statement = /(?:^|[;}\n])\s*(?:import|export)\b((?:[^;'"()=]*?\bfrom)?)\s*(['"])\s*\2/g;
  const dynamic = /\bimport\s*\(\s*(['"])\s*\1/g;
  const specifierAt = (end: number, match: string): string => {
    const opening = match.search(/['"]\s*['"]$/);
    return text.slice(end - match.length + opening + 1, end - 1);
  };
  const found: Import[] = [];
  for (const match of code.matchAll(statement)) {
    const end = match.index + match[0].length;
    const clause = match[1] ?? '';
    found.push({ specifier: specifierAt(end, match[0]), names: namesIn(clause), typeOnly: isTypeOnly(clause) });
  }
  for (const match of code.matchAll(dynamic)) {
    found.push({ specifier: specifierAt(match.index + match[0].length, match[0]), names: [], typeOnly: false });
  }
  return found;
}

/** True for a file that does nothing but hand on what others export. */
export function isBarrel({ code }: Scan): boolean {
  const reexport = /\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+(['"])\s*\1\s*;?/g;
  return /\bexport\b/.test(code) && code.replace(reexport, '').trim() === '';
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function isTypeOnly(clause: string): boolean {
  const parts = /^\s*\{([^}]*)\}/
    .exec(clause)?.[1]
    ?.split(',')
    .filter((part) => part.trim() !== '');
  return /^\s*type\b/.test(clause) || (parts?.every((part) => /^\s*type\s/.test(part)) ?? false);
}

function namesIn(clause: string): string[] {
  const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  return braces.split(',').flatMap((name) => /^\s*(?:type\s+)?(\w+)/.exec(name)?.[1] ?? []);
}

const blank = (piece: string) => piece.replace(/[^\n]/g, ' ');

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function indexAfter(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function endOfQuoted(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === text[from]) return at + 1;
  }
  return text.length;
}

function endOfRegex(text: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
    else if (text[at] === '/' && !inClass) return at + 1;
  }
  return text.length;
}

/** The end of a template's literal part: behind the backtick, or behind the `${` of a substitution's opening. */
function endOfTemplate(text: string, from: number): { end: number; substitution: boolean } {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`') return { end: at + 1, substitution: false };
    else if (text[at] === '$' && text[at + 1] === '{') return { end: at + 2, substitution: true };
  }
  return { end: text.length, substitution: false };
}
