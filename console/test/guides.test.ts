import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { guideFiles, readGuide } from '../guides/files.ts'
import { operationFinder, readOperations } from '../guides/links.ts'
import { renderGuide } from '../guides/markdown.ts'
import { pathOf } from '../src/docs/chapters.ts'

const serverSource = join(import.meta.dirname, '../../server/src')

const guides = [...guideFiles()].map(([name, file]) => ({
  path: pathOf(name),
  file,
  guide: renderGuide(readGuide(file), file),
}))

suite('the guides as the site shows them', () => {
  test('every link leads to a page of the site, and every anchor to a heading of it', () => {
    const operations = new Set(readOperations().map(({ id }) => `/docs/reference/${id}`))
    for (const { path, file, guide } of guides) {
      for (const [, href = ''] of guide.html.matchAll(/href="([^"]+)"/g)) {
        if (/^https:/.test(href) || href.startsWith('/console') || operations.has(href)) continue
        if (href === '/docs/reference') continue
        const [target = '', anchor] = href.split('#')
        const found = guides.find((known) => known.path === (target || path))
        assert.ok(found, `${file} links to ${href}`)
        const ids = found.guide.headings.map(({ id }) => id)
        assert.ok(anchor === undefined || ids.includes(anchor), `${file} links to ${href}: no such heading`)
      }
    }
  })

  test('marks behind the language of a fence are for the tests, and are not shown', () => {
    for (const { file, guide } of guides)
      assert.doesNotMatch(guide.html, /status=\d|keep=|starts=|&lt;!--/, file)
  })

  test('samples that call the API name this server, and those that start it do not', () => {
    const { html } = renderGuide(
      '```sh\ncurl http://127.0.0.1:3000/api/v1/users\n```\n\n```nginx\nproxy_pass http://127.0.0.1:3000;\n```\n',
      'sample.md',
    )
    assert.match(html, /curl %ORIGIN%\/api\/v1\/users/)
    assert.match(html, /proxy_pass<\/span> http:\/\/127\.0\.0\.1:3000/)
  })

  test('an address of a page in a message of the server leads to one', () => {
    const sources = readdirSync(serverSource, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    const text = sources.map((name) => readFileSync(join(serverSource, name), 'utf8')).join('\n')
    const found = [...text.matchAll(/(?<=[ '`(}])\/docs\/([a-z][a-z-]*)(?![\w.*-])/g)].map(
      ([, name = '']) => name,
    )
    assert.ok(found.includes('configuration'))
    const pages = new Set([...guideFiles().keys(), 'reference', 'not-found'])
    assert.deepEqual(
      found.filter((name) => !pages.has(name)),
      [],
    )
  })

  test('fences of a group become tabs of which the first is open; a label that comes again begins another group', () => {
    const fence = (marks: string) => `\`\`\`${marks}\nx = "http://127.0.0.1:3000"\n\`\`\`\n`
    const groupsOf = (...fences: string[]) =>
      renderGuide(fences.map(fence).join('\n'), 'sample.md')
        .html.split('<div class="sample-tabs">')
        .map((html) =>
          [...html.matchAll(/aria-selected="(\w+)"[^>]*>(\w+)</g)].map(([, open, name]) => `${name} ${open}`),
        )
    assert.deepEqual(groupsOf('sh tab=curl status=404', 'js tab=JavaScript', 'py tab=Python'), [
      [],
      ['curl true', 'JavaScript false', 'Python false'],
    ])
    assert.deepEqual(groupsOf('sh tab=curl', 'js tab=JavaScript', 'sh tab=curl'), [
      [],
      ['curl true', 'JavaScript false'],
      ['curl true'],
    ])
    assert.deepEqual(groupsOf('js file=a.mjs', 'sh starts=a.mjs'), [[]])
    assert.match(renderGuide(fence('js tab=JavaScript'), 'sample.md').html, /%ORIGIN%/)
  })

  test('HTML in a guide, a link to nowhere and an unknown screen fail the build', () => {
    assert.throws(() => renderGuide('<img src=x>', 'a.md'), /holds HTML/)
    assert.throws(() => renderGuide('a <b>c</b>', 'a.md'), /holds HTML/)
    assert.throws(() => renderGuide('[x](nothing.md)', 'a.md'), /nothing.md, which does not exist/)
    assert.throws(() => renderGuide('*Admin > Nothing*', 'a.md'), /no screen Admin > Nothing/)
    assert.throws(() => renderGuide('```cobol\nx\n```', 'a.md'), /cannot be coloured/)
  })

  test('a call that a guide names is linked to its page', () => {
    const operationOf = operationFinder()
    assert.equal(operationOf('POST /api/v1/session')?.id, 'signIn')
    assert.equal(operationOf('GET /users/{id}')?.id, 'getUser')
    assert.equal(operationOf('GET /nothing'), undefined)
  })
})
