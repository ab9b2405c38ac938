const atOnce = 4

export interface Failure<T> {
  of: T
  error: unknown
}

/**
 * Does something to each, a few at a time. One that fails stops no other.
 * @param onProgress how many are done, whether they succeeded or not
 */
export async function fewAtOnce<T>(
  all: readonly T[],
  act: (one: T) => PromiseLike<unknown>,
  onProgress: (done: number) => void,
): Promise<Failure<T>[]> {
  const failures: Failure<T>[] = []
  const rest = all.values()
  let done = 0
  async function worker(): Promise<void> {
    for (const one of rest) {
      try {
        await act(one)
      } catch (error) {
        failures.push({ of: one, error })
      }
      onProgress(++done)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return failures
}
