import { SettingProblem } from './setting-problem.ts'

const charactersMax = 500

/**
 * Where people turn for help: an email address, with or without `mailto:`, or a page.
 * @returns it as the target of a link
 * @throws SettingProblem
 */
export function readSupportContact(text: string): string {
  const address = /^(?:mailto:)?([^\s@,;:?&#%<>"'\\]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?)$/iu.exec(
    text,
  )?.[1]
  if (address !== undefined && text.length <= charactersMax) return `mailto:${address}`
  const url = /[\s<>"'\\]/.test(text) ? null : URL.parse(text)
  if (url?.protocol === 'https:' && !url.username && !url.password && text.length <= charactersMax)
    return url.href
  throw new SettingProblem(
    `must be one email address, such as help@example.org, or the https address of a page without a user name, in at most ${charactersMax} characters`,
  )
}
