/** The operator asked the process to stop, by SIGTERM or Ctrl-C. */
export class Stopped extends Error {
  readonly signal: NodeJS.Signals

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`)
    this.signal = signal
  }
}

const names = ['SIGTERM', 'SIGINT'] as const
/** What a shell reports of a process that a signal has ended: 128 and its number. */
const exitCodes = { SIGTERM: 143, SIGINT: 130 }

/**
 * Aborted by the first signal, with `Stopped` as its reason. A second signal ends the process where it stands; that has
 * to be said, because the first process of a container has no default for signals.
 */
export function stopSignal(): AbortSignal & { dispose(): void } {
  const stopping = new AbortController()
  const stop = (name: (typeof names)[number]) => {
    if (stopping.signal.aborted) process.exit(exitCodes[name])
    stopping.abort(new Stopped(name))
  }
  for (const name of names) process.on(name, stop)
  return Object.assign(stopping.signal, {
    dispose() {
      for (const name of names) process.off(name, stop)
    },
  })
}
