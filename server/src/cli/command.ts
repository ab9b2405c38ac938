import { CommandError } from '../lib/command-error.ts'

/** The streams of a command; a test replaces them. */
export interface Terminal {
  env: NodeJS.ProcessEnv
  stdin: NodeJS.ReadableStream
  print(line: string): void
  printError(line: string): void
  /** Shows a line on standard error that the next one replaces; absent without a terminal. */
  overwrite?(line: string): void
  /** Whether nobody reads standard output any more. */
  isLeft?(): boolean
}

interface Option {
  type: 'string' | 'boolean'
  /** The placeholder of its value in the help text. */
  value?: string
  describes: string
  required?: boolean
  /** May be given several times. */
  multiple?: boolean
  /** Why it is not taken, and what to do instead: for what people try first. Not in the help text. */
  refused?: string
}

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

export interface Command {
  /** The words that call it: `credential create`. */
  name: string
  summary: string
  options: Readonly<Record<string, Option>>
  /** Names of the arguments after the options. */
  positionals?: readonly string[]
  run(values: Values, terminal: Terminal, positionals: readonly string[]): Promise<void>
}

export { CommandError }

export function text(values: Values, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may be repeated. */
export function texts(values: Values, name: string): string[] {
  return [values[name] ?? []].flat().filter((value) => typeof value === 'string')
}

/** @throws CommandError when the option was not given */
export function requiredText(values: Values, name: string): string {
  const value = text(values, name)
  if (value === undefined || value.trim() === '') throw new CommandError(`--${name} is required; see --help.`)
  return value
}

export function wholeNumber(values: Values, name: string, min: number, max: number): number | undefined {
  const given = text(values, name)
  if (given === undefined) return undefined
  const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN
  if (value >= min && value <= max) return value
  throw new CommandError(`--${name} must be a whole number from ${min} to ${max}.`)
}
