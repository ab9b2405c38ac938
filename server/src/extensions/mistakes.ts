import { AsyncLocalStorage } from 'node:async_hooks'
import { basename, dirname, sep } from 'node:path'
import { inspect } from 'node:util'
import type { Loaded } from '../extension/declaration.ts'
import type { Log } from '../lib/log.ts'

const running = new AsyncLocalStorage<Loaded | undefined>()

/** Calls a function of an extension: what it leaves behind, such as timers and promises, is known to be of it. */
export function inExtension<T>(extension: Loaded, call: () => T): T {
  return running.run(extension, call)
}

/** Does for an extension what is the server's own work. */
export function inServer<T>(work: () => T): T {
  return running.run(undefined, work)
}

/**
 * An error that nothing catches ends a process, because nobody knows what it has left undone. One in a timer or a promise
 * of an extension has left the server's own work as it was: it is logged, and the server goes on.
 * @returns to be called at the end
 */
export function outliveMistakes(all: readonly Loaded[], log: Log): () => void {
  const outlive = (error: unknown) => {
    const extension = running.getStore() ?? all.find((one) => isFrom(one, error))
    if (extension)
      log.error(
        { err: error, extension: extension.name },
        'an extension failed in something that it had begun and nothing waits for; the server goes on',
      )
    else {
      // As if nobody had listened.
      stop()
      process.nextTick(() => {
        throw error
      })
    }
  }
  const stop = () => void process.off('uncaughtException', outlive)
  process.on('uncaughtException', outlive)
  return stop
}

/** By its stack: for what the module began while it was loaded. */
function isFrom(extension: Loaded, error: unknown): boolean {
  const { stack = '' } = (error ?? {}) as { stack?: string }
  return stack.includes(placeOf(extension))
}

/** Where the code of an extension is: its module, or the folder of it. */
export function placeOf({ file }: Pick<Loaded, 'file'>): string {
  return basename(file).startsWith('index.') ? dirname(file) + sep : file
}

/** A caller has to be told why in words. @throws TypeError, a mistake of the extension */
export function requireSentence(sentence: unknown): void {
  if (sentence === undefined || typeof sentence === 'string') return
  const given = inspect(sentence, { depth: 0, breakLength: Infinity }).slice(0, 100)
  throw new TypeError(`refuse() takes the sentence that the caller gets, a text; it got ${given}.`)
}
