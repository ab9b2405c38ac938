import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { install } from './product-process.ts'

const product = await install()
const folder = join(mkdtempSync(join(tmpdir(), 'comserv-extension-command-')), 'extensions')
after(() => rmSync(join(folder, '..'), { recursive: true }))
const env = { COMSERV_EXTENSIONS_DIR: folder }
const extension = (...args: string[]) => product.run(['extension', ...args], { env })

test('a new extension is written, passes its own test and is loaded by a server', async () => {
  const made = await extension('new', 'greeter')
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /^Written: .*index\.ts\nWritten: .*greeter\.test\.ts\n\nNext: /)
  assert.deepEqual(readdirSync(join(folder, 'greeter')).sort(), ['greeter.test.ts', 'index.ts'])
  const tested = await extension('test', 'greeter')
  assert.equal(tested.code, 0, tested.stdout + tested.stderr)
  assert.match(tested.stdout, /pass 3\n/)
  assert.doesNotMatch(tested.stdout + tested.stderr, /warning/i)

  const serving = await product.serve(env)
  const hello = await fetch(`${product.url}/api/v1/x/greeter/hello`)
  assert.equal(hello.status, 401, 'there, and not for everybody')
  assert.equal(await serving.stop(), 0)
})

test('a test that fails, or is not there, is told by the exit code', async () => {
  assert.equal((await extension('new', 'broken')).code, 0)
  const module = join(folder, 'broken/index.ts')
  writeFileSync(module, readFileSync(module, 'utf8').replace("'Untitled'", "'untitled'"))
  const failed = await extension('test', 'broken')
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /^The tests of 'broken' failed\.$/m)
  const none = await extension('test', 'nothing')
  assert.equal(none.code, 1)
  assert.match(none.stderr, /^There is no test of 'nothing' in /)
  rmSync(join(folder, 'broken'), { recursive: true })
})

test('a name that is none or taken is refused, and nothing is written over', async () => {
  for (const name of ['Greeter', '../up', 'a', 'my-own']) {
    const { code, stderr } = await extension('new', name)
    assert.equal(code, 1)
    assert.match(stderr, /^The name of an extension has 2 to 30 lower-case letters and digits/)
  }
  writeFileSync(join(folder, 'single.js'), '// mine\n')
  for (const name of ['single', 'greeter']) {
    const { code, stderr } = await extension('new', name)
    assert.equal(code, 1)
    assert.match(stderr, /is there already\. Choose another name, or remove it\.\n$/)
  }
  assert.equal(readFileSync(join(folder, 'single.js'), 'utf8'), '// mine\n')
})
