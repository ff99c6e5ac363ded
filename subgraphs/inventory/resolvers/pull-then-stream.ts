// First what `pull` gives, until it gives undefined, then a stream. return() reaches the stream at once, also while it waits.

export function pullThenStream<T>(
  pull: () => Promise<T | undefined>,
  then: AsyncIterableIterator<T>,
): AsyncIterableIterator<T> {
  let pulling = true;
  let ended = false;
  const done = { done: true, value: undefined } as const;
  const finish = async (): Promise<IteratorResult<T, undefined>> => {
    ended = true;
    await then.return?.();
    return done;
  };
  return {
    async next() {
      if (pulling && !ended) {
        const value = await pull();
        if (ended) return done;
        if (value !== undefined) return { done: false, value };
        pulling = false;
      }
      return ended ? done : then.next();
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
