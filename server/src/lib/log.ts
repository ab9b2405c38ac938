import { type DestinationStream, type Logger, pino } from 'pino'
import { LogStream } from './log-stream.ts'
import { redact } from './redact.ts'

export interface Log extends Logger {
  /** Since the process began; an unbounded destination drops none. */
  droppedLines(): number
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** File descriptor of standard output. */
const stdout = 1

/** One JSON object per line on standard output. Secrets are removed wherever they are. */
export function createLog(
  level: LogLevel,
  destination: DestinationStream & { readonly dropped?: number } = untilExit(new LogStream(stdout)),
): Log {
  const options = {
    level,
    base: null,
    timestamp: timeOfMillisecond(),
    formatters: { level: (label: string) => ({ level: label }), log: redact },
  }
  return Object.assign(pino(options, destination), { droppedLines: () => destination.dropped ?? 0 })
}

/** However the process ends, unless it is killed. */
function untilExit(stream: LogStream): LogStream {
  process.once('exit', () => stream.flush())
  return stream
}

/** Many lines are written in the same millisecond, and formatting the time costs more than the rest of the line. */
function timeOfMillisecond(): () => string {
  let atMs = 0
  let text = ''
  return () => {
    const nowMs = Date.now()
    if (nowMs !== atMs) {
      atMs = nowMs
      text = `,"time":"${new Date(nowMs).toISOString()}"`
    }
    return text
  }
}
