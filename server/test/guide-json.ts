import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { markOf, type Sample, samplesOf } from './guide-samples.ts'
import type { Json, TestServer } from './harness.ts'

/**
 * The JSON of the guides, held to what the server says. Each block has one of these marks, or shows the same as a block
 * that has one:
 *
 *     ```json shows=response                  the last response of the block of calls before it
 *     ```json shows=event                     what a webhook is sent of that event type
 *     ```json sent=POST:/api/v1/roles         a body that is accepted; `keep=` works as for curl
 *     ```json fields=WebhookUpdate            fields that the schema of that name has
 *     ```json held=server/test/x.test.ts      what a test of its own compares, in that file
 */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

export function isMarkedJson(sample: Sample): boolean {
  return ['shows', 'sent', 'fields', 'held'].some((mark) => markOf(sample, mark) !== undefined)
}

/** @throws where a block has no mark and no marked one shows the same */
export function assertJsonIsHeld(files: readonly string[]): void {
  const blocks = files.flatMap(samplesOf).filter(({ language }) => language === 'json')
  for (const block of blocks) {
    const elsewhere = markOf(block, 'held')
    if (elsewhere)
      assert.ok(existsSync(join(import.meta.dirname, '../..', elsewhere)), `${elsewhere} does not exist`)
  }
  const held = blocks.filter(isMarkedJson).map(({ text }) => JSON.parse(text))
  for (const { file, line, text } of blocks) {
    const shown = JSON.parse(text)
    assert.ok(
      held.some((other) => isDeepStrictEqual(other, shown)),
      `${file}:${line} shows JSON that no test compares.`,
    )
  }
}

/** @param stdout what the calls before the sample printed */
export function assertShowsResponse(sample: Sample, stdout: string): void {
  const where = `${sample.file}:${sample.line}`
  assertAlike(JSON.parse(sample.text), lastJson(stdout, where), where)
}

export async function assertShowsEvent(sample: Sample, server: TestServer, key: string): Promise<void> {
  const shown: Json = JSON.parse(sample.text)
  const { body } = await server.call('GET', `/api/v1/events?type=${shown.event}`, { key })
  assertAlike(shown, body.data[0]?.payload, `${sample.file}:${sample.line}`)
}

export async function assertSent(
  sample: Sample,
  server: TestServer,
  variables: Record<string, string>,
): Promise<void> {
  const [method = '', path = ''] = markOf(sample, 'sent')?.split(':') ?? []
  const json = JSON.parse(sample.text)
  const { status, body, text } = await server.call(method, path, { key: variables.ADMIN_KEY ?? '', json })
  assert.ok(status < 300, `${sample.file}:${sample.line} was refused: ${text}`)
  const [variable = '', field = ''] = markOf(sample, 'keep')?.split(':') ?? []
  if (variable !== '') variables[variable] = body[field]
}

export function assertHasFields(sample: Sample): void {
  const description: Json = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8'))
  const { schemas } = description.components
  const plain = (schema: Json): Json => {
    if (schema.$ref) return plain(schemas[schema.$ref.split('/').at(-1)])
    const object = schema.anyOf?.find((choice: Json) => plain(choice).properties)
    return object ? plain(object) : schema
  }
  const check = (shown: Json, schema: Json, path: string) => {
    for (const [name, value] of Object.entries(shown)) {
      const field = plain(schema).properties?.[name]
      assert.ok(field, `${sample.file}:${sample.line}: there is no field ${path}${name}`)
      if (value !== null && typeof value === 'object') check(value, field, `${path}${name}.`)
    }
  }
  check(JSON.parse(sample.text), { $ref: markOf(sample, 'fields') }, '')
}

/** The last JSON object in what curl printed: headers or other bodies may stand before it. */
function lastJson(stdout: string, where: string): Json {
  for (const { index } of stdout.matchAll(/\{/g)) {
    try {
      return JSON.parse(stdout.slice(index))
    } catch {}
  }
  return assert.fail(`${where} shows a response, but none came before it:\n${stdout}`)
}

/**
 * The same fields in the same order, of the same kinds; texts of errors to the letter. Every item of a list is like the
 * first one shown, or like the one in its place where more are shown. `…` in a text stands for the rest of it. What can be
 * null is shown with a value.
 */
function assertAlike(shown: Json, actual: Json, where: string): void {
  if (Array.isArray(shown)) {
    assert.ok(Array.isArray(actual), `${where}: ${JSON.stringify(actual)} is not a list`)
    assert.equal(actual.length > 0, shown.length > 0, `${where}: only one of both lists is empty`)
    for (const [i, item] of actual.entries())
      assertAlike(shown[shown.length > 1 ? i : 0], item, `${where}[${i}]`)
  } else if (shown !== null && typeof shown === 'object') {
    assert.deepEqual(Object.keys(actual ?? {}), Object.keys(shown), `${where}: other fields`)
    for (const [name, value] of Object.entries(shown)) assertAlike(value, actual[name], `${where}.${name}`)
  } else if (actual !== null || shown === null) {
    assert.equal(kindOf(actual), kindOf(shown), `${where}: ${actual} is another kind than ${shown}`)
    if (
      /\.(code|message|details|error|error_description|token_type)$/.test(where) &&
      !`${shown}`.endsWith('…')
    )
      assert.equal(actual, shown, where)
  }
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  return typeof value === 'string' && timestamp.test(value) ? 'timestamp' : typeof value
}
