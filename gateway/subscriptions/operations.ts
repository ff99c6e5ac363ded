// The operations that run on one socket: bounded in number, and ended with it. graphql-ws knows them by their id only, and loses
// one whose id is used again while it begins; here each is held until it has ended.
import type { ExecutionResult } from 'graphql';

export type ResultStream = AsyncIterableIterator<ExecutionResult>;

export interface Running {
  /** Ends with the operation, and the operation with it. */
  hold(stream: ResultStream): ResultStream;
  end(): void;
}

export class Operations {
  readonly #running = new Map<string, () => void>();
  readonly #most: number;
  #isOpen = true;
  #refused = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** `taken`: the id is in use; `full`: as many run as may; `flood`: that was said as often. */
  begin(id: string): Running | 'taken' | 'full' | 'flood' {
    if (this.#running.has(id)) return 'taken';
    if (this.#running.size >= this.#most) {
      this.#refused += 1;
      return this.#refused > this.#most ? 'flood' : 'full';
    }
    let source: ResultStream | undefined;
    let ended = false;
    const leave = () => void source?.return?.();
    const end = () => {
      if (ended) return;
      ended = true;
      // graphql-ws has forgotten the id by then: until it has, the id must not come again.
      setImmediate(() => this.#running.delete(id));
    };
    this.#running.set(id, leave);
    return {
      end,
      hold: (stream) => {
        source = stream;
        if (!this.#isOpen) leave();
        return endingWith(stream, end);
      },
    };
  }

  /** The socket is gone, and whatever ran on it with it. */
  close(): void {
    this.#isOpen = false;
    for (const leave of this.#running.values()) leave();
  }
}

function endingWith(stream: ResultStream, end: () => void): ResultStream {
  return {
    async next() {
      try {
        const result = await stream.next();
        if (result.done) end();
        return result;
      } catch (error) {
        end();
        throw error;
      }
    },
    return(value) {
      end();
      return stream.return?.(value) ?? Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
