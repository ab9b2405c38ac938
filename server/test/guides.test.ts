import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { phpLack } from '../../scripts/php.ts'
import { pythonOfClient } from '../../scripts/python-environment.ts'
import { callsApi, markOf, programOf, runCurl, samplesOf } from './guide-samples.ts'
import { startServer, type TestServer } from './harness.ts'
import { makePerson, password } from './people.ts'

/**
 * Runs every example of the documents that calls curl, word for word but for the address, in the order in which a new
 * installation's owner reads them. The samples of webhooks.md have a test of their own.
 */
const root = join(import.meta.dirname, '../..')
const guides = globSync('docs/guides/*.md', { cwd: root }).sort()
const inReadingOrder = new Set(['README.md', 'docs/guides/quick-start.md', ...guides])
inReadingOrder.delete('docs/guides/webhooks.md')

const server = await startServer()
const { clientId, secret } = await server.credential('read write')
const { secret: adminKey } = await server.credential('admin')
const variables = {
  CLIENT_ID: clientId,
  CLIENT_SECRET: secret,
  KEY: secret,
  ADMIN_KEY: adminKey,
  TOKEN: await server.token({ clientId, secret }),
}

const folder = mkdtempSync(join(tmpdir(), 'comserv-guides-'))
after(() => rmSync(folder, { recursive: true }))

for (const file of inReadingOrder) {
  test(`the curl examples of ${file} work when pasted`, async () => {
    const kept = { ...variables }
    for (const sample of samplesOf(file).filter(callsApi))
      await runCurl(sample, kept, { 'http://127.0.0.1:3000': server.url }, folder)
  })
}

// The package of the PHP client as Composer would have left it.
mkdirSync(join(folder, 'vendor'))
writeFileSync(
  join(folder, 'vendor/autoload.php'),
  `<?php require '${join(root, 'sdk/php/tests/autoload.php')}';`,
)

/**
 * How a program that comes by standard input is run, out of the sources of the client library of its language, and why that
 * cannot be done here, if it cannot.
 */
const languages = {
  js: {
    name: 'JavaScript',
    command: process.execPath,
    args: ['--conditions=comserv-source', '--input-type=module'],
    cwd: root,
    env: {},
    opening: '',
    lack: undefined,
  },
  py: {
    name: 'Python',
    command: pythonOfClient,
    args: ['-'],
    cwd: folder,
    env: { PYTHONPATH: join(root, 'sdk/python/src') },
    opening: '',
    lack: existsSync(pythonOfClient)
      ? undefined
      : 'its packages are not installed; node scripts/python-environment.ts installs them',
  },
  php: {
    name: 'PHP',
    command: 'php',
    args: [],
    cwd: folder,
    env: {},
    opening: '<?php\n',
    lack: phpLack(),
  },
} as const
type Language = keyof typeof languages

for (const language of Object.keys(languages) as Language[]) {
  for (const file of guides) {
    const program = programOf(file, language, 'tab')
    if (program === undefined) continue
    test(`the ${languages[language].name} samples of ${file} do what those with curl do`, {
      skip: languages[language].lack ?? false,
    }, async () => {
      // Each has a server of its own: both make things of the same names.
      const [forCurl, forProgram] = [await startServer(), await startServer()]
      const kept = await keysFor(forCurl)
      const eventsOfCurl: string[] = []
      for (const sample of samplesOf(file).filter(callsApi)) {
        await runCurl(sample, kept, { 'http://127.0.0.1:3000': forCurl.url }, folder)
        const events = await forCurl.newEvents()
        if (markOf(sample, 'tab') !== undefined) eventsOfCurl.push(...events)
      }
      await runProgram(language, program, await keysFor(forProgram), forProgram.url)
      assert.notDeepEqual(eventsOfCurl, [])
      assert.deepEqual(await forProgram.newEvents(), eventsOfCurl)
    })
  }
}

test('the code of the guide on the JavaScript client runs from its first line to its last', async () => {
  const program = programOf('docs/guides/sdk-javascript.md', 'js', 'part')
  const stdout = await runProgram('js', program ?? '', { ...variables }, server.url)
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
  const stdout = await runProgram('py', program ?? '', { ...variables, ...person }, server.url)
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
    server.url,
  )
  assert.match(stdout, /^\d+ newuser\n/m)
  assert.match(stdout, /^\d of \d+\n/m)
  assert.match(stdout, /^404 There is no document with id 4711\. [0-9a-f-]{36}\nheader_missing\n400\n$/m)
})

async function keysFor({ credential }: TestServer): Promise<Record<string, string>> {
  return { KEY: (await credential('read write')).secret, ADMIN_KEY: (await credential('admin')).secret }
}

async function runProgram(
  language: Language,
  program: string,
  variables: Record<string, string>,
  url: string,
): Promise<string> {
  const { command, args, cwd, env, opening } = languages[language]
  const running = promisify(execFile)(command, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env, ...variables },
  })
  running.child.stdin?.end(opening + program.replaceAll('http://127.0.0.1:3000', url))
  return (await running).stdout
}

test('the documents hold examples at all', () => {
  const examples = [...inReadingOrder].flatMap(samplesOf).filter(callsApi)
  assert.ok(examples.length > 50, `${examples.length} were found`)
})
