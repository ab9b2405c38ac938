import { SettingProblem } from './setting-problem.ts'

export interface Setting<T> {
  describes: string
  /** The value when the variable is not set, in words for the documentation. */
  defaultText: string
  parse(text: string): T
}

export const setting = <T>(
  describes: string,
  defaultText: string,
  parse: (text: string) => T,
): Setting<T> => ({ describes, defaultText, parse })

export function anyText(text: string): string {
  return text
}

export function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new SettingProblem(`must be a whole number from ${min} to ${max}`)
  }
}

export function oneOf<const T extends string>(words: readonly T[]) {
  return (text: string): T => {
    const word = words.find((known) => known === text)
    if (word !== undefined) return word
    throw new SettingProblem(`must be one of ${words.join(', ')}`)
  }
}

const pausesMax = 30
const pauseSecondsMax = 30 * 86_400

/** @throws SettingProblem */
export function pauses(text: string): number[] {
  const list = text
    .split(',')
    .map((pause) => (/^\d+(\.\d+)?$/.test(pause.trim()) ? Number(pause) : Number.NaN))
  if (list.length <= pausesMax && list.every((pause) => pause > 0 && pause <= pauseSecondsMax)) return list
  throw new SettingProblem(
    `must list at most ${pausesMax} pauses in seconds, each above 0 and up to ${pauseSecondsMax}, separated by commas`,
  )
}
