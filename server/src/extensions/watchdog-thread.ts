import { writeSync } from 'node:fs'
import { type Debugger, Session } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import { workerData } from 'node:worker_threads'
import type { LogLevel } from '../lib/log.ts'

/** What the thread is told when it begins. */
export interface Watched {
  /** Grows while the main thread goes round. */
  beats: SharedArrayBuffer
  beatMs: number
  /** Beats that may be missed before the process ends. */
  missedMax: number
  /** Each with its module, or the folder of it. */
  extensions: readonly { name: string; place: string }[]
  logLevel: LogLevel
}

/** Where the main thread is in the code of an extension. */
interface Found {
  extension: string
  at: string
}

const { beats, beatMs, missedMax, extensions, logLevel }: Watched = workerData
const count = new Int32Array(beats)
const toldAfter = Math.ceil(missedMax / 10)
let last = -1
/** Counted in rounds of this thread: in a process that is stopped or starved, it stands still too. */
let missed = 0
let isLooking = false

setInterval(() => {
  const now = Atomics.load(count, 0)
  if (now !== last) {
    last = now
    missed = 0
    return
  }
  missed++
  if (isLooking || (missed !== toldAfter && missed < missedMax)) return
  isLooking = true
  look((found) => {
    isLooking = false
    // It may have returned meanwhile.
    if (found && missed > 0) tell(found)
  })
}, beatMs)

/** A line of the log, written here: the main thread, which writes for all threads, is what is waited for. */
function write(level: 'error' | 'fatal', fields: Found & { seconds: number }, msg: string): void {
  if (logLevel === 'silent' || (logLevel === 'fatal' && level === 'error')) return
  const line = { level, time: new Date().toISOString(), ...fields, msg }
  try {
    writeSync(1, `${JSON.stringify(line)}\n`)
  } catch {
    // Whoever reads the log is behind, or gone.
  }
}

function tell({ extension, at }: Found): void {
  const seconds = Math.round((missed * beatMs) / 1_000)
  if (missed < missedMax) {
    write('error', { extension, at, seconds }, 'an extension holds up the whole server: it does not return')
    return
  }
  write(
    'fatal',
    { extension, at, seconds },
    'an extension does not return; the process ends, to be started again',
  )
  // Nothing else reaches a thread that is in a loop. What a killed server leaves is what every crash leaves.
  process.kill(process.pid, 'SIGKILL')
}

/** Stops the main thread for a moment, to see where it is. What is not JavaScript cannot be stopped: nothing is found. */
function look(then: (found: Found | undefined) => void): void {
  const urls = new Map<string, string>()
  const session = new Session()
  session.connectToMainThread()
  session.on('Debugger.scriptParsed', ({ params }) => void urls.set(params.scriptId, params.url))
  session.once('Debugger.paused', ({ params }) => {
    const found = params.callFrames.map((frame) => placeOf(urls, frame)).find((place) => place !== undefined)
    session.post('Debugger.resume')
    session.post('Debugger.disable', () => {
      session.disconnect()
      then(found)
    })
  })
  session.post('Debugger.enable')
  session.post('Debugger.pause')
}

function placeOf(
  urls: ReadonlyMap<string, string>,
  { location, functionName }: Debugger.CallFrame,
): Found | undefined {
  const url = urls.get(location.scriptId) ?? ''
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  const of = extensions.find(({ place }) => file.startsWith(place))
  if (!of) return undefined
  const named = functionName === '' ? '' : ` in ${functionName}`
  return { extension: of.name, at: `${file}, line ${location.lineNumber + 1}${named}` }
}
