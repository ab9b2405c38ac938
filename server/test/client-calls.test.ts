import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { javaScriptCallsOf } from '../../scripts/client-javascript.ts'
import { phpCallsOf } from '../../scripts/client-php.ts'
import { pythonCallsOf } from '../../scripts/client-python.ts'
import type { Json } from './harness.ts'

const openApi = readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')

/** The files of `documents` in the three libraries, with a route more. */
function generatedWith(
  path: string,
  method: string,
  operation: Json,
): Record<'js' | 'python' | 'php', string> {
  const changed = JSON.parse(openApi)
  changed.paths[path] = { ...changed.paths[path], [method]: { ...ofDocuments, ...operation } }
  const text = JSON.stringify(changed)
  return {
    js: javaScriptCallsOf(text).get('resources/documents.ts') ?? assert.fail(),
    python: pythonCallsOf(text).get('resources/documents.py') ?? assert.fail(),
    php: phpCallsOf(text).get('Resource/Documents.php') ?? assert.fail(),
  }
}

const ofDocuments = { tags: ['Documents'], security: [{ oauth2: ['documents:read'] }, { apiKey: [] }] }
const document = {
  200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Document' } } } },
}
const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer' } }
const word = {
  name: 'word',
  in: 'path',
  required: true,
  description: 'to look for',
  schema: { type: 'string' },
}
const keyed = { $ref: '#/components/parameters/Idempotency-Key' }

test('a route more is a method more in each library, with its documentation', () => {
  const made = generatedWith('/api/v1/documents/{id}/words/{word}', 'get', {
    operationId: 'findWord',
    'x-sdk': 'documents.findWord',
    summary: 'Find a word in a document',
    description: 'Upper and lower case are `null` and void.\n\nOf HTTP alone.',
    parameters: [id, word],
    responses: { ...document, 404: { $ref: '#/components/responses/resource_not_found' } },
  })
  assert.ok(made.js.includes('findWord: (id: number, word: string, options?: CallOptions) =>'))
  assert.ok(
    made.js.includes("path('/api/v1/documents/{id}/words/{word}', { id, word: textIn('word', word) })"),
  )
  assert.ok(made.js.includes('@throws {ResourceNotFoundError} The requested resource does not exist.'))
  assert.match(made.python, /async def find_word\(\s+self,\s+id: int,\s+word: str,\s+\*,/)
  assert.ok(
    made.python.includes('path("/api/v1/documents/{id}/words/{word}", id=id, word=text_in("word", word))'),
  )
  assert.ok(made.python.includes('Upper and lower case are ``None`` and void.'))
  assert.ok(made.python.includes(':param word: To look for.'))
  assert.match(made.php, /public function findWord\(\s+mixed \$id,\s+mixed \$word,/)
  assert.match(made.php, /@param int \$id\n +\* @param string \$word To look for\./)
  assert.ok(made.php.includes("Arguments::segment('word', $word)"))
  for (const text of Object.values(made)) assert.ok(!text.includes('Of HTTP alone'))
})

test('what a call sends and how it may be repeated follows from its headers and its body', () => {
  const made = generatedWith('/api/v1/documents/{id}/publish', 'put', {
    operationId: 'publishDocument',
    'x-sdk': 'documents.publish',
    parameters: [id, keyed, { name: 'quietly', in: 'query', schema: { type: 'boolean' } }],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/DocumentUpdate' } } },
    },
    responses: document,
  })
  assert.match(
    made.js,
    /publish: \(\s+id: number,\s+change: DocumentUpdate,\s+options\?: PostOptions & \{ quietly\?: boolean/,
  )
  assert.match(made.js, /method: 'PUT',/)
  assert.match(made.python, /quietly: bool \| None = None,\s+idempotency_key: str \| None = None,/)
  assert.ok(made.python.includes('**changes: Unpack[requests.DocumentUpdate]'))
  assert.match(made.php, /mixed \$change,\s+mixed \$quietly = null,\s+mixed \$idempotencyKey = null,/)
})

test('what no library could express is refused with what to do', () => {
  const named = { operationId: 'countWords', 'x-sdk': 'documents.countWords' }
  const inline = { type: 'object', properties: { words: { type: 'integer' } } }
  const answered = { 200: { content: { 'application/json': { schema: inline } } } }
  assert.throws(
    () => generatedWith('/api/v1/documents/words', 'get', { ...named, responses: answered }),
    /The response of countWords needs a schema with a title/,
  )
  assert.throws(
    () => generatedWith('/api/v1/words', 'get', { ...named, 'x-sdk': 'documents.get', responses: document }),
    /Two routes are documents\.get/,
  )
})
