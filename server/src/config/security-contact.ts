import { SettingProblem } from './setting-problem.ts'

/** Where people report vulnerabilities, for `security.txt` (RFC 9116). */
export function contacts(text: string): string[] {
  const list = text.split(',').map((contact) => contact.trim())
  const wrong = list.find((contact) => !/^(mailto:\S+@\S+|https:\/\/\S+|tel:\+?[\d-]+)$/.test(contact))
  if (wrong === undefined) return list
  throw new SettingProblem(
    `must list addresses separated by commas, such as mailto:security@example.org; '${wrong}' is not one`,
  )
}

export function httpsAddress(text: string): string {
  if (/^https:\/\/\S+$/.test(text) && URL.canParse(text)) return text
  throw new SettingProblem('must be an address such as https://example.org/security-policy')
}
