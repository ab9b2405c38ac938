import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

/** `npm run release` in a copy of the sources that is a repository of its own; nothing is ever published. */
const root = join(import.meta.dirname, '../..')
const copy = mkdtempSync(join(tmpdir(), 'comserv-release-'))
after(() => rmSync(copy, { recursive: true }))
const notSources = /\/(node_modules|dist|\.venv|vendor|__pycache__|\.\w+_cache)$/
for (const path of ['package.json', 'console/package.json', 'docs/guides', 'scripts', 'sdk'])
  cpSync(join(root, path), join(copy, path), { recursive: true, filter: (from) => !notSources.test(from) })
cpSync(join(root, 'sdk/javascript/dist'), join(copy, 'sdk/javascript/dist'), { recursive: true })
for (const path of ['node_modules', 'sdk/javascript/node_modules', 'sdk/python/.venv'])
  symlinkSync(join(root, path), join(copy, path))
writeFileSync(join(copy, '.gitignore'), 'node_modules\n.venv\ndist\n__pycache__\n')
git('init', '--quiet')
commit('The sources')

function git(...args: string[]): string {
  const who = [
    '-c',
    'user.name=Release',
    '-c',
    'user.email=release@example.org',
    '-c',
    'commit.gpgsign=false',
  ]
  const { status, stdout, stderr } = spawnSync('git', [...who, ...args], { cwd: copy, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

function commit(subject: string): void {
  git('add', '--all')
  git('commit', '--quiet', '--message', subject)
}

function release(...args: (string | { env: NodeJS.ProcessEnv })[]) {
  const texts = args.filter((arg) => typeof arg === 'string')
  const { env } = args.find((arg) => typeof arg === 'object') ?? { env: process.env }
  return spawnSync(process.execPath, ['scripts/release.ts', ...texts], { cwd: copy, encoding: 'utf8', env })
}

function changed(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(join(copy, file), 'utf8')
  const text = before.replace(from, to)
  assert.notEqual(text, before)
  writeFileSync(join(copy, file), text)
}

test('a dirty tree is refused, and its files are named', () => {
  changed('sdk/php/README.md', /^# /, '# The ')
  const { status, stdout, stderr } = release()
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.equal(stderr, 'The tree is not clean; commit or remove: M sdk/php/README.md\n')
  git('checkout', '--', '.')
})

test('versions, changelogs and guides that disagree are all named at once', () => {
  changed('sdk/php/src/Comserv.php', "VERSION = '0.1.0'", "VERSION = '0.2.0'")
  changed('sdk/python/CHANGELOG.md', '## 0.1.0', '## Unreleased')
  changed('sdk/javascript/CHANGELOG.md', /(## 0\.1\.0\n)[\s\S]*/, '$1')
  changed('docs/guides/sdk-python.md', /comserv-0\.1\.0-py3/, 'comserv-0.0.9-py3')
  commit('Disagree')
  const { status, stderr } = release()
  git('revert', '--no-edit', 'HEAD')
  assert.equal(status, 1)
  assert.deepEqual(stderr.trim().split('\n'), [
    'sdk/php/src/Comserv.php states the version 0.2.0, not 0.1.0.',
    'sdk/javascript/CHANGELOG.md says nothing about 0.1.0.',
    'sdk/python/CHANGELOG.md begins with Unreleased, not with 0.1.0.',
    'docs/guides/sdk-python.md installs comserv-0.0.9-py3-none-any.whl, not 0.1.0.',
  ])
})

test('publishing needs the tag of the version, and one of the languages', () => {
  const untagged = release('--publish', 'python')
  assert.equal(untagged.status, 1)
  assert.equal(untagged.stderr, 'The commit has no tag v0.1.0: git tag --sign v0.1.0\n')
  const unknown = release('--publish', 'ruby')
  assert.equal(unknown.status, 1)
  assert.equal(unknown.stderr, '--publish takes one of javascript, python, php, not ruby.\n')
})

test('the JavaScript client is published with the repository that its provenance is signed in', () => {
  git('tag', 'v0.1.0')
  const missing = release('--publish', 'javascript')
  assert.equal(missing.status, 1)
  assert.match(
    missing.stderr,
    /package\.json has no repository, .* Add "repository": \{ "type": "git", "url": "git\+https:/,
  )
  const stated = (repository: object) => {
    changed(
      'sdk/javascript/package.json',
      '"license"',
      `"repository": ${JSON.stringify(repository)},\n  "license"`,
    )
    commit('State the repository')
    git('tag', '--force', 'v0.1.0')
    const env = {
      ...process.env,
      GITHUB_SERVER_URL: 'https://example.org',
      GITHUB_REPOSITORY: 'them/comserv',
    }
    const { status, stderr } = release('--publish', 'javascript', { env })
    git('reset', '--quiet', '--hard', 'HEAD~')
    assert.equal(status, 1)
    return stderr
  }
  const directory = 'sdk/javascript'
  for (const wrong of [{ type: 'git', url: 'git+https://example.org/them/comserv.git' }, { directory }])
    assert.match(stated(wrong), /^The repository in sdk\/javascript\/package\.json must be as in: /)
  const other = { type: 'git', url: 'git+https://example.org/us/comserv.git', directory }
  assert.match(
    stated(other),
    /us\/comserv, but the provenance would be signed in https:\/\/example\.org\/them\/comserv/,
  )
  git('tag', '--delete', 'v0.1.0')
})

test('a clean tree is built, checked, and told how to publish; nothing is published', () => {
  const { status, stdout, stderr } = release()
  assert.equal(status, 0, stderr)
  const packed = ['comserv-0.1.0-py3-none-any.whl', 'comserv-0.1.0.tgz', 'comserv-php-0.1.0.zip']
  assert.deepEqual(
    readdirSync(join(copy, 'sdk/dist')).sort(),
    ['SHA256SUMS', ...packed, 'manifest.json'].sort(),
  )
  const sums = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: join(copy, 'sdk/dist') })
  assert.equal(sums.status, 0)
  assert.match(stdout, /^Nothing was published\. /m)
  assert.match(stdout, /^unknown {2}provenance of the JavaScript package: .* has no repository, /m)
  assert.match(stdout, /^ +npm publish \.\/sdk\/dist\/comserv-0\.1\.0\.tgz --provenance --access public$/m)
  assert.match(stdout, /^ +twine upload --attestations sdk\/dist\/comserv-0\.1\.0-py3-none-any\.whl /m)
  assert.match(stdout, /^ +git subtree split --prefix sdk\/php --branch php-client$/m)
  assert.equal(git('status', '--porcelain'), '')
  assert.equal(git('branch', '--format', '%(refname:short)').trim().split('\n').length, 1)
})

test('a package that its registry would refuse is found, whatever its language', () => {
  changed('sdk/javascript/package.json', './dist/cjs/index.d.ts', './dist/cjs/types/index.d.ts')
  changed('sdk/php/composer.json', '"MIT"', '"Nothing known"')
  changed('sdk/python/pyproject.toml', '">=3.10"', '"3.10 or later"')
  // Not the whole script, which would compile the JavaScript client once more.
  const program = `
const { packClients, packedDir } = await import('./scripts/pack-clients.ts')
const { packageProblems } = await import('./scripts/release-packages.ts')
packClients()
console.log(JSON.stringify(await packageProblems(process.cwd(), packedDir)))`
  const args = ['--input-type=module', '--eval', program]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })
  git('checkout', '--', '.')
  assert.equal(stderr, '')
  const { wrong, unknown }: { wrong: string[]; unknown: { language: string }[] } = JSON.parse(stdout)
  const missing = wrong.filter((text) =>
    text.includes('points to ./dist/cjs/types/index.d.ts, which is not packed'),
  )
  assert.equal(missing.length, 1)
  for (const [language, sentence] of [
    ['python', 'The wheel is not valid: '],
    ['php', 'composer.json is not valid: '],
  ] as const)
    assert.ok(
      unknown.some((one) => one.language === language) || wrong.some((text) => text.startsWith(sentence)),
      language,
    )
})
