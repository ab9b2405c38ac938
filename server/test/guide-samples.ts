import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * The samples of the documents, as a reader would paste them. What a test has to know beside the text stands behind the
 * language of the fence, where no page shows it:
 *
 *     ```sh status=404                the calls of this block answer 404; without it, 2xx
 *     ```sh keep=USER:id              `"id": …` of the answer becomes $USER for the blocks that follow
 *     ```sh lasts=true                a stream, which is left once something has arrived
 *     ```sh keep=TAG:etag             so does the header field `ETag`, of an answer shown by `curl -i`
 *     ```js file=receiver.mjs         the text of a file
 *     ```sh starts=receiver.mjs       the command that runs this file
 *     ```js tab=JavaScript            one of several that do the same, in as many languages; the site shows one at a time
 *     ```js part=sample.mjs           a part of the program that all parts together are
 */
export interface Sample {
  file: string
  line: number
  language: string
  text: string
  /** All that stand behind the language, in order. */
  marks: readonly (readonly [name: string, value: string])[]
}

const root = join(import.meta.dirname, '../..')

export function samplesOf(file: string): Sample[] {
  const document = readFileSync(join(root, file), 'utf8')
  return [...document.matchAll(/^```(\w+)([^\n]*)\n(.*?)^```$/gms)].map(
    ({ index, 1: language = '', 2: marks = '', 3: text = '' }) => ({
      file,
      line: document.slice(0, index).split('\n').length,
      language,
      text,
      marks: [...marks.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value] as const),
    }),
  )
}

export function markOf({ marks }: Sample, name: string): string | undefined {
  return marks.find(([known]) => known === name)?.[1]
}

/**
 * The samples of one language that bear the mark, as the one program that they are: each uses what those before it have
 * made. A file is a program of its own. @returns undefined when there is none
 */
export function programOf(file: string, language: string, mark: 'tab' | 'part'): string | undefined {
  const parts = samplesOf(file).filter(
    (part) => part.language === language && markOf(part, mark) && !markOf(part, 'file'),
  )
  return parts.length === 0 ? undefined : parts.map(({ text }) => text).join('\n')
}

/** Whether the block calls the API; what a command line does on the server's machine is tested with the command line. */
export function callsApi(sample: Sample): boolean {
  return sample.language === 'sh' && /\bcurl /.test(sample.text) && markOf(sample, 'starts') === undefined
}

/**
 * Runs one block word for word, but for the addresses. @returns what it printed
 * @param variables those of the reader's shell; what the block says to keep is added
 * @param addresses what stands in the documents, and what is there for the test
 * @param folder where files that a sample writes go
 */
export async function runCurl(
  sample: Sample,
  variables: Record<string, string>,
  addresses: Readonly<Record<string, string>>,
  folder = tmpdir(),
): Promise<string> {
  const where = `${sample.file}:${sample.line}`
  // Each call reports its status on standard error, where it cannot mix with what the example itself prints.
  const reporting = `curl() { command curl -sS --write-out '%{stderr}status=%{http_code}\\n' "$@"; }\n`
  const script = Object.entries(addresses).reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    sample.text,
  )
  const options = { cwd: folder, env: { PATH: process.env.PATH, ...variables } }
  if (markOf(sample, 'lasts')) return firstMessage(where, script, options)
  const { stdout, stderr } = await promisify(execFile)(
    'bash',
    ['-euo', 'pipefail', '-c', reporting + script],
    options,
  ).catch((error: { stderr: string }) => assert.fail(`${where} failed: ${error.stderr}`))
  const expected = markOf(sample, 'status') ?? '2'
  const statuses = [...stderr.matchAll(/status=(\d{3})/g)].map(([, code = '']) => code)
  assert.ok(
    statuses.length > 0 && statuses.every((code) => code.startsWith(expected)),
    `${where} answered ${statuses.join(', ')}, not ${expected}:\n${stdout}`,
  )
  for (const [mark, value] of sample.marks) {
    if (mark !== 'keep') continue
    const [variable = '', name = ''] = value.split(':')
    const [, field, text] =
      new RegExp(`"${name}":(\\d+|"([^"]*)")`).exec(stdout) ??
      new RegExp(`^${name}: *((.*?))\\r?$`, 'im').exec(stdout) ??
      assert.fail(`${where} keeps '${name}', which is not in the answer:\n${stdout}`)
    variables[variable] = text ?? field ?? ''
  }
  return stdout
}

/** What a stream brings until its first message is whole; then it is left, as by Ctrl-C. */
function firstMessage(
  where: string,
  script: string,
  options: { cwd: string; env: Record<string, string | undefined> },
): Promise<string> {
  // In the place of the shell, so that it is curl that is left.
  const child = spawn('bash', ['-euc', script.replace(/^curl /m, 'exec curl -sS ')], options)
  let printed = ''
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (/^data: .*\n\n/m.test(printed)) child.kill('SIGINT')
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    child.once('error', reject).once('close', () => {
      if (/^data: .*\n\n/m.test(printed)) resolve(printed)
      else reject(new Error(`${where} ended without a message:\n${printed}`))
    })
  })
}
