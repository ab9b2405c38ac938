import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { markOf, samplesOf } from './guide-samples.ts'

const examples = join(import.meta.dirname, '../../examples')

for (const guide of ['single-page-app', 'command-line']) {
  test(`the program of the guide ${guide} is the example, which has a test of its own`, () => {
    const shown = samplesOf(`docs/guides/${guide}.md`).filter((sample) => markOf(sample, 'example'))
    assert.equal(shown.length, 1)
    for (const sample of shown)
      assert.equal(sample.text, readFileSync(join(examples, markOf(sample, 'example') ?? ''), 'utf8'))
  })
}
