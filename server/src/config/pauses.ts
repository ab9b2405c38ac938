import { SettingProblem } from './setting-problem.ts'

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
