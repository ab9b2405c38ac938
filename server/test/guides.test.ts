import assert from 'node:assert/strict'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  assertHasFields,
  assertJsonIsHeld,
  assertSent,
  assertShowsEvent,
  assertShowsResponse,
} from './guide-json.ts'
import {
  assertDoesWhatCurlDoes,
  documentedUrl,
  type Language,
  languages,
  type ReadersServer,
  runProgram,
} from './guide-programs.ts'
import { callsApi, markOf, programOf, runCurl, type Sample, samplesOf } from './guide-samples.ts'
import { startServer, type TestServer } from './harness.ts'
import { makePerson, password } from './people.ts'

/**
 * Runs every example of the documents that calls curl, word for word but for the address, in the order in which a new
 * installation's owner reads them. The samples of guides with receivers or extensions have tests of their own.
 */
const root = join(import.meta.dirname, '../..')
const guides = globSync('docs/guides/*.md', { cwd: root }).sort()
const quickStart = 'docs/guides/quick-start.md'
const withOwnTests = ['docs/guides/webhooks.md', 'docs/guides/hooks.md', 'docs/guides/extensions.md']
const inReadingOrder = new Set(['README.md', quickStart, ...guides])
for (const file of withOwnTests) inReadingOrder.delete(file)

/** Nobody is there, and nothing is sent: the mail of the guide on mail waits. */
const env = { COMSERV_SMTP_URL: 'smtp://127.0.0.1:1', COMSERV_MAIL_FROM: 'comserv@example.org' }
const server = await startServer({ env })
const variables = await variablesOf(server)

const folder = mkdtempSync(join(tmpdir(), 'comserv-guides-'))
after(() => rmSync(folder, { recursive: true }))

for (const file of inReadingOrder) {
  test(`the curl examples of ${file} work when pasted, and get the responses that it shows`, async () => {
    const kept = { ...variables }
    let printed = ''
    for (const sample of samplesOf(file).filter(isForAll)) {
      if (callsApi(sample)) printed = await runCurl(sample, kept, { [documentedUrl]: server.url }, folder)
      if (markOf(sample, 'shows') === 'response') assertShowsResponse(sample, printed)
      if (markOf(sample, 'sent') !== undefined) await assertSent(sample, server, kept)
    }
  })
}

test('the first PHP sample of each guide is a file that runs as it is copied', () => {
  const first = guides.flatMap((file) => samplesOf(file).find(({ language }) => language === 'php') ?? [])
  assert.ok(first.length > 10)
  for (const { text } of first) assert.match(text, /^<\?php\nrequire 'vendor\/autoload\.php';\n/)
})

for (const language of Object.keys(languages) as Language[]) {
  for (const file of guides) {
    if (withOwnTests.includes(file) || programOf(file, language, 'tab') === undefined) continue
    test(`the ${languages[language].name} samples of ${file} do what those with curl do`, {
      skip: languages[language].lack ?? false,
    }, async () => {
      // Both make things of the same names.
      await assertDoesWhatCurlDoes(file, language, [await afterQuickStart(file), await afterQuickStart(file)])
    })
  }
}

/** The quick start ends by deleting what the other guides go on with; the comparison of its languages runs that end. */
function isForAll(sample: Sample): boolean {
  return markOf(sample, 'records') !== 'deleted'
}

/** The quick start comes before all other guides. */
async function afterQuickStart(file: string): Promise<ReadersServer> {
  const server = await startServer({ env })
  const variables = await variablesOf(server)
  const addresses = { [documentedUrl]: server.url }
  if (file !== quickStart)
    for (const sample of samplesOf(quickStart).filter((sample) => callsApi(sample) && isForAll(sample)))
      await runCurl(sample, variables, addresses, folder)
  return { server, variables, addresses }
}

test('the code of the guide on the JavaScript client runs from its first line to its last', async () => {
  const program = programOf('docs/guides/sdk-javascript.md', 'js', 'part')
  const stdout = await runProgram('js', program ?? '', { ...variables }, { [documentedUrl]: server.url })
  assert.match(stdout, /^\d+ newuser\n/m)
  assert.match(stdout, /^\d of \d+\n/m)
  assert.match(stdout, /^404 There is no document with id 4711\. [0-9a-f-]{36}\n$/m)
})

test('the code of the guide on the Python client runs from its first line to its last', {
  skip: languages.py.lack ?? false,
}, async () => {
  const program = programOf('docs/guides/sdk-python.md', 'py', 'part')
  const { username } = await makePerson(server, 'editor')
  const person = { NAME: username, PASSWORD: password }
  const stdout = await runProgram(
    'py',
    program ?? '',
    { ...variables, ...person },
    { [documentedUrl]: server.url },
  )
  assert.match(stdout, /^\d+ newuser\n/m)
  assert.match(stdout, /^Jo is signed in\n1 session\n/m)
  assert.match(stdout, /^\d of \d+\n/m)
  assert.match(stdout, /^Annual Report 2023, final 2026\n/m)
  assert.match(stdout, /^\d users \d+ documents\n/m)
  assert.match(stdout, /^404 There is no document with id 4711\. [0-9a-f-]{36}\n$/m)
})

test('the code of the guide on the PHP client runs from its first line to its last', {
  skip: languages.php.lack ?? false,
}, async () => {
  const program = programOf('docs/guides/sdk-php.md', 'php', 'part')
  const forged = `${program}\necho receive('{}', []), PHP_EOL;`
  const stdout = await runProgram(
    'php',
    forged,
    { ...variables, WEBHOOK_SECRET: 'a secret of my own' },
    { [documentedUrl]: server.url },
  )
  assert.match(stdout, /^\d+ newuser\n/m)
  assert.match(stdout, /^\d of \d+\n/m)
  assert.match(stdout, /^404 There is no document with id 4711\. [0-9a-f-]{36}\nheader_missing\n400\n$/m)
})

/** What the reader's shell holds after the quick start. */
async function variablesOf(server: TestServer): Promise<Record<string, string>> {
  const { clientId, secret } = await server.credential('read write webhooks:read webhooks:write')
  return {
    CLIENT_ID: clientId,
    CLIENT_SECRET: secret,
    KEY: secret,
    ADMIN_KEY: (await server.credential('admin')).secret,
    TOKEN: await server.token({ clientId, secret }),
  }
}

test('every JSON of the guides is compared with what the server says', async () => {
  const all = ['README.md', ...guides]
  assertJsonIsHeld(all)
  for (const sample of all.flatMap(samplesOf)) {
    if (markOf(sample, 'shows') === 'event') await assertShowsEvent(sample, server, variables.KEY ?? '')
    if (markOf(sample, 'fields') !== undefined) assertHasFields(sample)
  }
})

test('the documents hold examples at all', () => {
  const examples = [...inReadingOrder].flatMap(samplesOf).filter(callsApi)
  assert.ok(examples.length > 50, `${examples.length} were found`)
})
