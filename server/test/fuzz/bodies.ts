import type { Operation, Schema } from './operations.ts'
import type { Random } from './random.ts'
import { requestSchemas } from './requests.ts'
import { type Hint, oddValue, validValue } from './values.ts'

export interface PlannedBody {
  text: string | undefined
  headers: Record<string, string>
  isWellShaped: boolean
}

type Fields = Record<string, unknown>

const nothing: PlannedBody = { text: undefined, headers: {}, isWellShaped: true }
const form = 'application/x-www-form-urlencoded'
const anyFile = 'application/octet-stream'

export function bodyOf(random: Random, { body, method, isOauth }: Operation, hint: Hint): PlannedBody {
  if (body === undefined) return random.chance(0.95) || method === 'GET' ? nothing : unasked(random)
  if (random.chance(0.02)) return { ...nothing, isWellShaped: body.mayBeAbsent }
  if (body.types.includes(anyFile)) return fileOf(random)
  const type = random.chance(0.03) ? random.pick(wrongTypes) : random.pick(body.types)
  const headers = { 'content-type': type }
  const isRightType = body.types.includes(type.split(';', 1)[0] ?? '')
  const value = validValue(random, body.schema, '', hint)
  if (isOauth) return { text: formOf(random, value as Fields), headers, isWellShaped: isRightType }

  const text = random.chance(0.7) ? JSON.stringify(value) : brokenText(random, value as Fields, body.schema)
  return { text, headers, isWellShaped: isRightType && isTaken(body, text) }
}

/** A file of any type, whose content decides. */
function fileOf(random: Random): PlannedBody {
  const text = random.pick([
    'username,email\nfuzz,fuzz@example.org\n',
    'title;category\nFuzz;a\n;\n',
    '{"title":"Fuzz"}\n{"title":1}\n{',
    '[{"title":"Fuzz"},{"username":"fuzz2","email":"fuzz2@example.org"}]',
    '[{"title":"Fuzz"},',
    'title\n"Fuzz\n',
    '\ufefftitle\tcategory\r\nFuzz\ta\r\n',
    '{"data":[{"title":"Fuzz"}]}',
    'PK\u0003\u0004',
    '\0\0\0',
    '0',
    ' ',
  ])
  return { text, headers: { 'content-type': random.pick([anyFile, ...wrongTypes]) }, isWellShaped: true }
}

const wrongTypes = [
  'text/plain',
  form,
  'application/xml',
  'application/jsonx',
  'multipart/form-data; boundary=x',
  'json',
  ';',
  'application/json; charset=utf-8',
  'application/json;charset="latin1"',
]

/** A body where nobody asked for one: refused unless it is empty. */
function unasked(random: Random): PlannedBody {
  const text = random.pick(['', '{}', '{"a":1}', '[]', 'x', '[1]', 'null'])
  const isTakenAnyway = text === '' || text === '{}' || text === '[]' || text === 'null'
  const type = random.chance(0.8) ? 'application/json; charset=utf-8' : random.pick(wrongTypes)
  return {
    text,
    headers: { 'content-type': type },
    isWellShaped: isTakenAnyway && type.startsWith('application/json;'),
  }
}

function brokenText(random: Random, value: Fields, schema: Schema): string {
  if (random.chance(0.8)) return JSON.stringify(broken(random, structuredClone(value), schema)) ?? 'undefined'
  const text = JSON.stringify(value)
  return random.pick([
    '',
    ' ',
    `${text}${' '.repeat(1_100_000)}`,
    'null',
    '[]',
    text.slice(0, -1),
    `${text}${text}`,
    `\ufeff${text}`,
    text.replace('{', '{"__proto__":{"role":"admin"},'),
    text.replace('{', '{"constructor":1,'),
    text.replace(/:\s*"[^"]*"/, ':1e400'),
    `${'['.repeat(40)}${']'.repeat(40)}`,
    `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`,
    text.replaceAll('"', "'"),
  ])
}

/** The value with one thing changed, mostly to the worse. */
function broken(random: Random, value: Fields, schema: Schema): unknown {
  const chosen = schema.oneOf ? random.pick(schema.oneOf) : schema
  const properties = Object.entries(chosen.properties ?? {})
  if (properties.length === 0 || random.chance(0.08)) return oddValue(random, schema)
  const [name, inner] = random.pick(properties)
  const content = value[name]
  if (Array.isArray(content) && inner.items && content.length > 0 && random.chance(0.6)) {
    const at = random.between(0, content.length - 1)
    content[at] = isFields(content[at])
      ? broken(random, content[at], inner.items)
      : oddValue(random, inner.items)
    return value
  }
  if (isFields(content) && random.chance(0.6)) return { ...value, [name]: broken(random, content, inner) }
  if (random.chance(0.15))
    return { ...value, [random.pick(['unknown', 'id', 'Title', 'is_system', 'deleted_at'])]: 1 }
  if (random.chance(0.2)) {
    const { [name]: _, ...rest } = value
    return rest
  }
  return { ...value, [name]: oddValue(random, inner) }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Forms are read by rules of their own (RFC 6749): what is wrong with one is not told by its schema. */
function formOf(random: Random, value: Fields): string {
  const text = new URLSearchParams(
    Object.entries(value).map(([name, field]) => [name, String(field).toWellFormed()]),
  )
  return random.chance(0.8)
    ? String(text)
    : random.pick([
        `${text}&grant_type=password`,
        `${text}&x=%`,
        '',
        '&&&',
        `${text}&token=a&token=b`,
        'a=%ff',
        `${text}&scope=${'a'.repeat(9_000)}`,
      ])
}

function isTaken({ schema, mayBeAbsent }: NonNullable<Operation['body']>, text: string): boolean {
  if (text === '') return mayBeAbsent
  try {
    // A byte order mark may be passed over (RFC 8259 §8.1).
    return requestSchemas.validate(schema, JSON.parse(text.replace(/^\ufeff/, '')))
  } catch {
    return false
  }
}
