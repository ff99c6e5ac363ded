// An answer as it goes over the wire. What the engine wrote as JSON text is not written a second time.
import type { FormattedExecutionResult } from 'graphql';
import { JsonText } from '../engine/engine.ts';

export function textOf(result: FormattedExecutionResult): string {
  const { data, ...rest } = result;
  // Seen by the engine's type only: Apollo Server hands on what the engine answered.
  if (!((data as unknown) instanceof JsonText)) return `${JSON.stringify(result)}\n`;
  const { text } = data as unknown as JsonText;
  return result.errors ? `${JSON.stringify(rest).slice(0, -1)},"data":${text}}\n` : `{"data":${text}}\n`;
}
