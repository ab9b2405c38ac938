import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'

export interface Figure {
  name: string
  unit: 'ratio' | 'times' | 'ms' | 'MB' | 'changes'
  atLeast?: number
  atMost?: number
  samples: readonly number[]
  perSecond?: readonly number[]
  /** Of what it is compared with. */
  barePerSecond?: readonly number[]
  /** Processor time of a call in each round: of what is compared with, and of this checkout. */
  perCall?: readonly (readonly number[])[]
  /** The most that the server held. */
  megabytes?: number
  serverErrors?: number
  /** The same ratio by processor time for each answer: what the rates would show on a machine without other work, or a disk to wait for. */
  processorRatios?: readonly number[]
  /** How often clients saw each status; `none` where a connection ended without one. */
  statuses?: Readonly<Record<string, number>>
}

export function printTable(figures: readonly Figure[]): void {
  const table = [['figure', 'goal', 'measured', 'by processor time', 'met', 'medians'], ...figures.map(rowOf)]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  for (const row of table) {
    process.stdout.write(
      `${row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    )
  }
}

function rowOf(figure: Figure): string[] {
  const { name, unit, perSecond, barePerSecond, processorRatios, perCall } = figure
  const [beside, own] = perCall ?? []
  return [
    name,
    goalOf(figure),
    unit === 'ratio' || unit === 'times'
      ? median(figure.samples).toFixed(3)
      : `${median(figure.samples)} ${unit}`,
    processorRatios ? median(processorRatios).toFixed(3) : '',
    isMet(figure) ? 'yes' : 'NO',
    [
      perSecond && barePerSecond
        ? `${thousands(median(perSecond))}/s of ${thousands(median(barePerSecond))}/s`
        : '',
      processorRatios && own && beside
        ? `${Math.round(median(own))} µs of ${Math.round(median(beside))} µs`
        : '',
    ]
      .filter((text) => text !== '')
      .join(', '),
  ]
}

function goalOf({ atLeast, atMost, unit }: Figure): string {
  if (atLeast !== undefined) return `>= ${atLeast}`
  return atMost === undefined ? 'none' : `<= ${atMost} ${unit}`
}

/**
 * Writes bench/results/<date>-<short commit>.json; a second run of the same day and commit replaces the first.
 * @param kind where there is more than one of a commit, stands at the end of the name
 */
export function recordResults(
  figures: readonly Figure[],
  options: Record<string, number | string>,
  kind?:
    | 'scale'
    | 'held'
    | 'hooks'
    | 'move'
    | 'audit'
    | 'automations'
    | 'clients'
    | 'weather'
    | 'hostile'
    | 'people'
    | 'request-log'
    | 'cost'
    | 'fan-out'
    | 'streams'
    | 'peers',
): void {
  const [commit = '', isModified] = [
    git('rev-parse', '--short', 'HEAD'),
    git('status', '--porcelain', '--', '..', ':!results') !== '',
  ]
  const date = new Date().toISOString().slice(0, 10)
  const [cpu] = cpus()
  const result = {
    date,
    commit,
    /** True when files differed from the commit. */
    modified: isModified,
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: availableParallelism(),
      memory_gb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
      /** Runnable processes in the last minute; well above 2, others had a share of the machine. */
      load_average: rounded(loadavg()[0] ?? 0),
    },
    options,
    figures: figures.map((figure) => ({
      name: figure.name,
      unit: figure.unit,
      ...(figure.atLeast === undefined ? { at_most: figure.atMost } : { at_least: figure.atLeast }),
      median: rounded(median(figure.samples)),
      met: isMet(figure),
      samples: figure.samples.map(rounded),
      ...(figure.statuses ? { statuses: figure.statuses } : {}),
      ...(figure.perSecond ? { per_second: Math.round(median(figure.perSecond)) } : {}),
      ...(figure.processorRatios ? { by_processor_time: rounded(median(figure.processorRatios)) } : {}),
      ...(figure.megabytes === undefined ? {} : { megabytes: figure.megabytes }),
      ...(figure.serverErrors === undefined ? {} : { server_errors: figure.serverErrors }),
      ...(figure.perCall ? { microseconds: figure.perCall.map((us) => Math.round(median(us))) } : {}),
      ...(figure.barePerSecond ? { bare_per_second: Math.round(median(figure.barePerSecond)) } : {}),
    })),
  }
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const name = [date, commit, ...(kind ? [kind] : [])].join('-')
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`Recorded in bench/results/${name}.json\n`)
}

/** By processor time where it was measured: other work on the machine counts least in it, and a wait for the disk not at all. */
function isMet(figure: Figure): boolean {
  const measured = median(figure.processorRatios ?? figure.samples)
  return measured >= (figure.atLeast ?? -Infinity) && measured <= (figure.atMost ?? Infinity)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).trim()
  } catch {
    return 'no-git'
  }
}
