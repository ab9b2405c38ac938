import { createCheck } from '../api/validate.ts'
import type { Extension } from './declaration.ts'

interface Field {
  type?: string | string[]
  default?: unknown
  description?: string
}

/** The variable of a setting: `webhookUrl` and `webhook_url` are `COMSERV_X_NAME_WEBHOOK_URL`. */
export function variableOf(extension: string, field: string): string {
  const words = field.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()
  return `COMSERV_X_${extension.toUpperCase()}_${words}`
}

/** The names of the variables that an extension reads. */
export function variablesOf({ name, settings }: Pick<Extension, 'name' | 'settings'>): string[] {
  return Object.keys(settings?.properties ?? {}).map((field) => variableOf(name, field))
}

/** Its settings, or what is wrong with them, one sentence each. An empty variable counts as not set. */
export function readSettings(
  { name, settings }: Pick<Extension, 'name' | 'settings'>,
  env: NodeJS.ProcessEnv,
): { values: Record<string, unknown>; problems: string[] } {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  if (!settings) return { values, problems }
  const required: readonly string[] = settings.required ?? []
  for (const [field, declared] of Object.entries(settings.properties)) {
    const schema: Field = declared
    const variable = variableOf(name, field)
    const text = env[variable]?.trim()
    const value = text ? converted(text, schema) : schema.default
    if (value === undefined) {
      if (required.includes(field))
        problems.push(`${variable} is not set${schema.description ? `: ${schema.description}` : ''}.`)
      continue
    }
    const error = createCheck(declared)(value)
    if (error) problems.push(`${variable} is refused: ${error.details.replace(/^The '[^']*' field /, 'it ')}`)
    else values[field] = value
  }
  return { values, problems }
}

/** Text that is not of its type stays text, which the check refuses. */
function converted(text: string, { type }: Field): unknown {
  const is = (one: string) => type === one || (Array.isArray(type) && type.includes(one))
  if ((is('integer') || is('number')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (is('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  if (is('array')) return text.split(',').map((one) => one.trim())
  return text
}
