import type { ActorName } from '../access/caller.ts'
import type { Config } from '../config/decide.ts'
import type { Context } from '../context.ts'
import type { Loaded, Tools } from '../extension/declaration.ts'
import { titleOf } from '../extension/names.ts'
import type { Adjust, InputRules } from '../extension/rules.ts'
import type { App } from '../http/pipeline.ts'
import type { Task } from '../lib/background.ts'
import type { Log } from '../lib/log.ts'
import type { Exchange } from '../sending/exchange.ts'
import { notLoaded, type Outcome } from '../sending/outcome.ts'
import { type Asked, askAll } from './before.ts'
import { Inside } from './inside.ts'
import { outliveMistakes } from './mistakes.ts'
import { type Handed, receive } from './on.ts'
import { fetchThrough } from './outside.ts'
import { extensionRoutes } from './routes.ts'
import { Counted } from './statistics.ts'
import { extensionTasks } from './tasks.ts'
import { watchExtensions } from './watchdog.ts'

/** The extensions of this server at work. */
export class Extensions {
  readonly all: readonly Loaded[]
  readonly counted = new Counted()
  readonly inside = new Inside()
  readonly #log: Log
  readonly #exchange: Exchange
  readonly #asked = new Map<string, Asked>()
  readonly #tools = new Map<string, Tools>()

  constructor(all: readonly Loaded[], { log, exchange }: { log: Log; exchange: Exchange }) {
    this.all = all
    this.#log = log
    this.#exchange = exchange
    for (const extension of all)
      for (const [action, ask] of Object.entries(extension.before ?? {})) {
        const one = { extension, ask, log: log.child({ extension: extension.name }) as Log }
        this.#asked.set(action, [...(this.#asked.get(action) ?? []), one])
      }
  }

  /** Undefined where no extension is asked before the action: most changes pay nothing. */
  adjusting<I extends object>(action: string, actor: ActorName, rules: InputRules): Adjust<I> | undefined {
    const asked = this.#asked.get(action)
    if (!asked) return undefined
    return (record, input) => askAll(asked, { action, actor, record, rules }, input, this.counted)
  }

  /** The actions before which one is asked. */
  actions(): string[] {
    return [...this.#asked.keys()]
  }

  find(name: string): Loaded | undefined {
    return this.all.find((one) => one.name === name)
  }

  routes(app: App): void {
    extensionRoutes(app, this)
  }

  tasks(context: Context): Task[] {
    return extensionTasks(context, this)
  }

  /** From here on a mistake in what an extension has begun does not end the process. @returns to be called at the end */
  outliveMistakes(): () => void {
    return outliveMistakes(this.all, this.#log)
  }

  /** From here on an extension that does not return is named in the log, and ended. @returns to be called at the end */
  watch({
    extensionBlockedSeconds: seconds,
    logLevel,
  }: Pick<Config, 'extensionBlockedSeconds' | 'logLevel'>) {
    return watchExtensions(this.all, { seconds, logLevel, log: this.#log })
  }

  /** What the functions of an extension get. */
  toolsOf(extension: Loaded): Tools {
    const { name, values } = extension
    const known = this.#tools.get(name)
    if (known) return known
    const tools = {
      api: this.inside.apiOf(name),
      fetch: fetchThrough(this.#exchange),
      log: this.#log.child({ extension: name }),
      settings: values,
    }
    this.#tools.set(name, tools)
    return tools
  }

  /** Hands an event to an extension. Never fails: any error becomes the outcome. */
  async receive(name: string, handed: Handed): Promise<Outcome> {
    const extension = this.find(name)
    if (!extension) return notLoaded
    return receive(extension, this.toolsOf(extension), handed, this.counted)
  }
}

/** How the audit log names what an extension does on its own. */
export function actorNamed(extension: Loaded): ActorName {
  return { type: 'system', id: null, name: titleOf(extension), ip: null, requestId: null }
}
