/**
 * A value that is mostly known at once, and sometimes waited for. On the way of every request, a promise for what is known
 * costs more than the work that it stands for.
 */
export type Soon<T> = T | Promise<T>

/** Continues now, if the value is known. */
export function whenKnown<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Calls back with the value, or with the error of the promise; what is thrown at once is the caller's. */
export function callBack<T>(value: Soon<T>, done: (error: Error | null, value?: T) => void): void {
  if (value instanceof Promise)
    value.then(
      (known) => done(null, known),
      (error: Error) => done(error),
    )
  else done(null, value)
}
