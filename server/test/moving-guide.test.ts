import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportFile } from './foreign.ts'
import { samplesOf } from './guide-samples.ts'
import { startServer } from './harness.ts'
import { runImport } from './importing.ts'

test('the commands of the guide on moving import the exports that they name', async () => {
  const server = await startServer()
  const lines = samplesOf('docs/guides/moving.md')
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'))
  assert.ok(lines.length >= 2)
  for (const line of lines) {
    const [, args = ''] = /^npm run -s comserv -- import (.+)$/.exec(line) ?? []
    // The names of the guide are those of the files that the tests have.
    const words = args.split(' ').map((word) => (/\.\w+$/.test(word) ? exportFile(word) : word))
    const { code, out, err } = await runImport(server, words)
    // Some exports hold a record that is refused, which the dry run says.
    const codes = line.includes('--dry-run') ? [0, 1] : [0]
    assert.ok(codes.includes(code), `${line}\n${err.join('\n')}`)
    assert.match(out.join('\n'), /[1-9]\d* (could be )?imported|[1-9]\d* here already/)
  }
})
