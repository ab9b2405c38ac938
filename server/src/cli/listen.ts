import { closeSync, openSync, readSync } from 'node:fs'
import { namesIn, patternsFor } from '../events/patterns.ts'
import { isLoopbackHost } from '../lib/host-names.ts'
import { generateSecret, secretProblem } from '../sending/signature.ts'
import { type Command, CommandError, type Terminal, text, type Values } from './command.ts'
import { eventJson, eventLine } from './event-line.ts'
import { followedEvents } from './followed-events.ts'
import { createForwarder, type Forwarder } from './forward.ts'
import { Stopped, stopSignal } from './stop-signal.ts'
import { type Connect, PositionLost } from './stream-connection.ts'

const notAsArgument = (what: string, variable: string, file: string) =>
  `The ${what} is not taken as an argument, because others on this machine see the arguments of a program and the shell keeps them: set ${variable}, or name a file with ${file}.`

export const listen: Command = {
  name: 'listen',
  summary: 'Print events as they happen, here or at a server, and forward them to a receiver',
  options: {
    server: {
      type: 'string',
      value: 'URL',
      describes: 'Another server, with the key in COMSERV_API_KEY; without it, the log of this installation',
    },
    'key-file': {
      type: 'string',
      value: 'FILE',
      describes: 'The key for --server, instead of COMSERV_API_KEY',
    },
    types: {
      type: 'string',
      value: 'TYPES',
      describes: 'Only these event types, separated by commas; document.* stands for all about documents',
    },
    after: {
      type: 'string',
      value: 'ID',
      describes: 'Begin after this event, with 0 at the oldest that is kept; without it, with what is new',
    },
    json: { type: 'boolean', describes: 'Print one line of JSON for each event' },
    forward: {
      type: 'string',
      value: 'URL',
      describes: 'Post each event there as a webhook would, one at a time, in the order of the log',
    },
    'secret-file': {
      type: 'string',
      value: 'FILE',
      describes:
        'Sign with the secret in it, or with that in COMSERV_WEBHOOK_SECRET; without either, a new one is shown',
    },
    key: { type: 'string', refused: notAsArgument('key', 'COMSERV_API_KEY', '--key-file'), describes: '' },
    secret: {
      type: 'string',
      refused: notAsArgument('secret', 'COMSERV_WEBHOOK_SECRET', '--secret-file'),
      describes: '',
    },
  },
  async run(values, terminal) {
    const after = positionGiven(values)
    const forwarder = forwarderFor(values, terminal)
    const stop = stopSignal()
    // Neither a database in a file nor its timers keep a process alive.
    const held = setInterval(() => {}, 2 ** 30)
    try {
      const listening = { after, forwarder, stop, isJson: values.json === true }
      await withSource(values, terminal, stop, (source) => follow({ ...listening, ...source }, terminal))
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
    } finally {
      clearInterval(held)
      forwarder?.close()
      stop.dispose()
    }
  },
}

/** What is listened to. */
interface Source {
  name: string
  connect: Connect
}

interface Listening extends Source {
  after: number | undefined
  forwarder: Forwarder | undefined
  stop: AbortSignal
  isJson: boolean
}

/** Events go to standard output, and everything that is said about them to standard error. */
async function follow(
  { name, forwarder, isJson, ...following }: Listening,
  terminal: Terminal,
): Promise<void> {
  const { stop } = following
  let { after: position } = following
  const tell = (line: string) => terminal.printError(line)
  const opened = () => tell(`Listening to ${name}. Ctrl-C ends it.`)
  try {
    for await (const step of followedEvents({ ...following, tell, opened })) {
      if (step.event) {
        const forwarded = await forwarder?.forward(step.event, stop)
        if (terminal.isLeft?.()) return
        terminal.print((isJson ? eventJson : eventLine)(step.event, forwarded))
      }
      position = step.position
    }
  } catch (error) {
    if (error instanceof PositionLost) position = undefined
    throw error
  } finally {
    if (position !== undefined) tell(`To go on from here: --after ${position}`)
  }
}

/** Only what is needed is loaded: for another server, no database. */
async function withSource(
  values: Values,
  terminal: Terminal,
  stop: AbortSignal,
  listenTo: (source: Source) => Promise<void>,
): Promise<void> {
  const wanted = text(values, 'types')
  const given = text(values, 'server')
  if (given !== undefined) {
    const { remoteServer, serverAddress } = await import('./listen-remote.ts')
    const address = serverAddress(given)
    const remote = remoteServer(address, keyFor(values, terminal))
    if (address.protocol === 'http:' && !isLoopbackHost(address.hostname.replace(/^\[|\]$/g, '')))
      terminal.printError('The key and the events are sent without encryption: use https:// where you can.')
    const types = wanted === undefined ? undefined : typesIn(wanted, await remote.eventTypes(stop))
    return listenTo({ name: address.origin, connect: remote.connect(types) })
  }
  if (values['key-file'] !== undefined)
    throw new CommandError(
      '--key-file goes with --server; the log of this installation is read without a key.',
    )
  const [{ withContext }, { localLog }] = await Promise.all([
    import('./with-context.ts'),
    import('./listen-local.ts'),
  ])
  await withContext(terminal, async (context) => {
    const types = wanted === undefined ? undefined : typesIn(wanted, [...context.catalog.eventTypes.keys()])
    const local = localLog(context, (line) => terminal.printError(line))
    try {
      await listenTo({ name: 'the log of this installation', connect: local.connect(types) })
    } finally {
      local.close()
    }
  })
}

/** @param names of all event types @returns undefined for all that may be read */
function typesIn(wanted: string, names: readonly string[]): string[] | undefined {
  const chosen = wanted.split(',').map((name) => name.trim())
  const patterns = patternsFor(names.filter((name) => name.includes('.')))
  for (const one of chosen) {
    if (names.includes(one) || patterns.includes(one)) continue
    throw new CommandError(
      `--types: '${one}' is not an event type; the types are ${names.join(', ')}, and the patterns ${patterns.join(', ')}.`,
    )
  }
  return namesIn(chosen, names)
}

function positionGiven(values: Values): number | undefined {
  const given = text(values, 'after')
  if (given === undefined) return undefined
  if (/^\d{1,15}$/.test(given)) return Number(given)
  throw new CommandError('--after must be the id of an event, or 0 for all that are kept.')
}

function keyFor(values: Values, { env }: Terminal): string {
  const key = secretIn(values, 'key-file') ?? env.COMSERV_API_KEY?.trim()
  if (!key)
    throw new CommandError(
      'A key is required for --server: set COMSERV_API_KEY, or name a file that holds it with --key-file. It needs the scope events:read, and one for what the events are about, such as documents:read.',
    )
  if (/^[!-~]+$/.test(key)) return key
  throw new CommandError('The key holds characters that no key has; copy it again.')
}

function forwarderFor(values: Values, { env, printError }: Terminal): Forwarder | undefined {
  const url = text(values, 'forward')
  if (url === undefined) {
    if (values['secret-file'] === undefined) return undefined
    throw new CommandError('--secret-file goes with --forward.')
  }
  const given = secretIn(values, 'secret-file') ?? (env.COMSERV_WEBHOOK_SECRET?.trim() || undefined)
  const problem = given === undefined ? undefined : secretProblem(given)
  if (problem !== undefined) throw new CommandError(`The secret to sign with cannot be used. ${problem}`)
  const secret = given ?? generateSecret()
  const forwarder = createForwarder(url, secret, (line) => printError(line))
  if (given === undefined)
    printError(
      `The secret of the signatures, for your receiver: ${secret} (set COMSERV_WEBHOOK_SECRET to keep one)`,
    )
  return forwarder
}

/** The first line of a file of its own. */
function secretIn(values: Values, option: 'key-file' | 'secret-file'): string | undefined {
  const file = text(values, option)
  if (file === undefined) return undefined
  const secret = beginningOf(file, option).split(/\r?\n/, 1)[0]?.trim()
  if (secret) return secret
  throw new CommandError(`--${option}: the file ${file} is empty.`)
}

const secretBytesMax = 4_096

function beginningOf(file: string, option: string): string {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(secretBytesMax)
      return bytes.toString('utf8', 0, readSync(descriptor, bytes))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new CommandError(`--${option}: the file ${file} cannot be read (${(error as Error).message}).`)
  }
}
