import { counted } from '../import/rows.ts'
import type { ImportReport } from '../import/run.ts'
import type { Clock } from '../lib/clock.ts'
import { secondMs } from '../lib/timestamps.ts'
import type { Importer } from '../resource/importing.ts'
import type { Terminal } from './command.ts'

/** How often progress is reported without a terminal. */
const progressEveryMs = 10 * secondMs

export type Warning = Importer<object>['warning']

/** Every refused row with its line, totals that add up, and what to do next about imported rows. */
export function tell(
  report: ImportReport,
  { resource, isDryRun, warning }: { resource: string; isDryRun: boolean; warning: Warning },
  { print, printError }: Terminal,
): void {
  const { refusals, refused, imported, read, earlier } = report
  for (const { line, position, reason } of refusals)
    print(`line ${line}${position === line ? '' : `, value ${position}`}: ${reason}`)
  if (refused > refusals.length) print(`… and ${refused - refusals.length} more`)
  const noun = imported === 1 ? resource.slice(0, -1) : resource
  const done = isDryRun ? 'could be imported' : imported === 1 ? 'was imported' : 'were imported'
  print(
    `${imported} ${noun} ${done}, ${refused} refused, ${skippedOf(report)}; ${counted(read, 'row')} read.${isDryRun ? ' Nothing was written.' : ''}`,
  )
  if (earlier > 0)
    print(
      'Rows that an earlier import of this file has imported were skipped; --again imports them once more.',
    )
  if (warning && report.warned > 0) printError(warning.say(report.warned))
}

function skippedOf({ blank, passed, earlier }: ImportReport): string {
  const parts = [
    ...(blank > 0 ? [`${blank} blank`] : []),
    ...(passed > 0 ? [`${passed} before --from-line`] : []),
    ...(earlier > 0 ? [`${earlier} imported earlier`] : []),
  ]
  return `${blank + passed + earlier} skipped${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
}

/** How to continue after an import that did not finish. */
export function goOn({ lastLine, imported }: ImportReport, isDryRun: boolean): string {
  if (isDryRun) return `Stopped after line ${lastLine}; nothing was written. Run the same command again.`
  if (lastLine === 0) return 'Stopped before any row was imported. Run the same command again.'
  return `Stopped after line ${lastLine}; ${counted(imported, 'row')} ${imported === 1 ? 'was' : 'were'} imported and stored. Run the same command again to continue after ${imported === 1 ? 'it' : 'them'}; --from-line ${lastLine + 1} does the same.`
}

/** On a terminal a line that is overwritten; elsewhere one from time to time. */
export class ImportProgress {
  readonly #terminal: Terminal
  readonly #clock: Clock
  #toldAtMs: number

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal
    this.#clock = clock
    this.#toldAtMs = clock.elapsed()
  }

  tell({ lastLine, imported, refused }: ImportReport): void {
    const line = `line ${lastLine}: ${imported} imported, ${refused} refused`
    if (this.#terminal.overwrite) {
      this.#terminal.overwrite(line)
    } else if (this.#clock.elapsed() - this.#toldAtMs >= progressEveryMs) {
      this.#terminal.printError(line)
      this.#toldAtMs = this.#clock.elapsed()
    }
  }

  end(): void {
    this.#terminal.overwrite?.('')
  }
}
