import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { packClients } from '../../../scripts/pack-clients.ts'
import { pythonOfClient } from '../../../scripts/python-environment.ts'
import { startServer } from '../../../server/test/harness.ts'

/** Each library, installed from a running server by the tool of its language into an empty folder, and used. */
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'comserv-stranger-'))
after(() => rmSync(folder, { recursive: true }))
const packagesDir = join(folder, 'packages')
packClients(packagesDir)
const server = await startServer({ packagesDir })
const { secret } = await server.credential('read')
const env = { ...process.env, HOME: folder, URL: server.url, KEY: secret }

function emptyFolder(name: string): string {
  mkdirSync(join(folder, name))
  return join(folder, name)
}

const has = async (...command: [string, ...string[]]) => {
  const [program, ...args] = command
  return run(program, args, { env }).then(
    () => true,
    () => false,
  )
}

test('npm installs the JavaScript client from the server', async () => {
  const cwd = emptyFolder('npm')
  writeFileSync(join(cwd, 'package.json'), '{"private":true}')
  const quiet = ['--no-audit', '--no-fund', '--cache', join(folder, 'npm-cache')]
  await run('npm', ['install', ...quiet, `${server.url}/sdk/comserv-0.1.0.tgz`], { cwd, env })
  const program = `
    const { Comserv, version } = require('comserv')
    const comserv = new Comserv({ baseUrl: process.env.URL, apiKey: process.env.KEY })
    comserv.users.list().then(({ meta }) => console.log(version, meta.total_count))`
  const { stdout } = await run(process.execPath, ['-e', program], { cwd, env })
  assert.equal(stdout, '0.1.0 0\n')
})

test('the package that the server offers has the files of the one that npm would publish', async () => {
  const cwd = join(import.meta.dirname, '..')
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd })
  const [packed] = Object.values<{ files: { path: string }[] }>(JSON.parse(stdout))
  const listed = await run('tar', ['tzf', join(packagesDir, 'comserv-0.1.0.tgz')])
  assert.deepEqual(
    listed.stdout.trim().split('\n').sort(),
    packed?.files.map(({ path }) => `package/${path}`).sort(),
  )
})

test('pip installs the Python client from the server, by address, by index and by list', async () => {
  if (!existsSync(pythonOfClient)) return say('Python', 'node scripts/python-environment.ts')
  const sources = {
    address: [`${server.url}/sdk/comserv-0.1.0-py3-none-any.whl`],
    index: ['--index-url', `${server.url}/sdk/simple/`, 'comserv'],
    list: ['--no-index', '--find-links', `${server.url}/sdk/`, 'comserv'],
  }
  const program = `import os, comserv
client = comserv.Comserv(os.environ["URL"], api_key=os.environ["KEY"])
print(comserv.__file__.startswith(os.getcwd()), client.users.list().meta.total_count)`
  for (const [name, source] of Object.entries(sources)) {
    const cwd = emptyFolder(`pip-${name}`)
    await run(pythonOfClient, ['-m', 'venv', '--without-pip', 'venv'], { cwd })
    const python = join(cwd, 'venv/bin/python')
    // httpx comes from a registry, which a test does not call: the program borrows the one of the tests.
    const pip = ['-m', 'pip', '--python', python, 'install', '--no-deps', '--no-cache-dir', '--quiet']
    await run(pythonOfClient, [...pip, '--disable-pip-version-check', ...source], { cwd, env })
    const [lib = ''] = readdirSync(join(pythonOfClient, '../../lib'))
    const PYTHONPATH = join(pythonOfClient, '../../lib', lib, 'site-packages')
    const { stdout } = await run(python, ['-c', program], { cwd, env: { ...env, PYTHONPATH } })
    assert.equal(stdout, 'True 0\n', name)
  }
})

test('the wheel has the files and the metadata that hatchling would give it', async () => {
  if (!existsSync(pythonOfClient)) return say('Python', 'node scripts/python-environment.ts')
  const cwd = join(import.meta.dirname, '../../python')
  const out = emptyFolder('hatchling')
  await run(pythonOfClient, ['-m', 'hatchling', 'build', '--target', 'wheel', '--directory', out], { cwd })
  const read = `import email, json, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
assert wheel.testzip() is None
message = email.message_from_bytes(wheel.read("comserv-0.1.0.dist-info/METADATA"))
fields = [[name, sorted(value.replace("httpx", "").split(",")) if name == "Requires-Dist" else value] for name, value in message.items()]
fields = [field for field in fields if field[0] != "Metadata-Version"]
print(json.dumps([sorted(wheel.namelist()), fields, message.get_payload()]))`
  const told = (file: string) => run(pythonOfClient, ['-c', read, file])
  const [theirs, ours] = await Promise.all(
    [out, packagesDir].map((at) => told(join(at, 'comserv-0.1.0-py3-none-any.whl'))),
  )
  assert.deepEqual(JSON.parse(ours?.stdout ?? ''), JSON.parse(theirs?.stdout ?? ''))
})

test('Composer installs the PHP client from the server', async () => {
  if (!(await has('php', '-r', "exit(extension_loaded('curl') ? 0 : 1);")))
    return say('PHP', 'apt-get install php-cli php-curl')
  if (!(await has('composer', '--version'))) return say('Composer', 'apt-get install composer')
  const cwd = emptyFolder('composer')
  const composer = (...args: string[]) =>
    run('composer', ['--no-interaction', '--no-plugins', ...args], {
      cwd,
      env: { ...env, COMPOSER_HOME: join(folder, 'composer-home'), COMPOSER_ALLOW_SUPERUSER: '1' },
    })
  await composer('init', '--name', 'stranger/program')
  await composer('config', 'secure-http', 'false')
  await composer('config', 'repositories.packagist.org', 'false')
  await composer('config', 'repositories.comserv', 'composer', `${server.url}/sdk`)
  await composer('require', 'comserv/comserv')
  const program = `require 'vendor/autoload.php';
    $comserv = new Comserv\\Comserv(getenv('URL'), apiKey: getenv('KEY'));
    echo Comserv\\Comserv::VERSION, ' ', $comserv->users->list()->meta->total_count;`
  const { stdout } = await run('php', ['-r', program], { cwd, env })
  assert.equal(stdout, '0.1.0 0')
})

/** Not a skip: the machine of a user may lack the language, and the other tests stand for the package. */
function say(tool: string, remedy: string): void {
  process.stdout.write(`${tool} is not there, so its package was not installed: ${remedy}\n`)
}
