import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { settings } from '../server/src/config/env.ts'
import { scopeGroups, scopes } from '../server/src/credentials/scopes.ts'
import { errorCodes } from '../server/src/http/errors.ts'
import { clientTypesOf } from './client-types.ts'
import { runProgram } from './run-program.ts'

export const root = join(import.meta.dirname, '..')

export interface Generated {
  file: string
  committed: string
  wanted: string
}

/** Every committed file that is made out of the code, as it is and as it should be. */
export async function generatedFiles(): Promise<Generated[]> {
  const description = await openApi()
  return [
    description,
    await clientTypes(description.wanted),
    withTable('docs/guides/configuration.md', 'settings', settingsTable()),
    withTable('docs/guides/authentication.md', 'scopes', scopesTable()),
    withTable('docs/guides/errors.md', 'errors', errorsTable()),
  ]
}

async function openApi(): Promise<Generated> {
  const { code, stdout, output } = await runProgram(process.execPath, ['server/src/main.ts', 'openapi'])
  if (code !== 0) throw new Error(`The OpenAPI document cannot be made:\n${output}`)
  return { file: 'openapi.json', committed: read('openapi.json'), wanted: stdout }
}

async function clientTypes(openApiText: string): Promise<Generated> {
  const file = 'sdk/javascript/src/generated/api.ts'
  return { file, committed: read(file), wanted: await clientTypesOf(openApiText) }
}

/** The file with the lines between `<!-- generated: name -->` and `<!-- end -->` replaced. */
function withTable(file: string, name: string, table: string): Generated {
  const committed = read(file)
  const begin = `<!-- generated: ${name} -->\n`
  const [before, rest] = split(committed, begin)
  const [, after] = split(rest, '<!-- end -->')
  if (!committed.includes(begin) || !rest.includes('<!-- end -->'))
    throw new Error(`${file} has no place for the table: ${begin.trim()} … <!-- end -->`)
  return { file, committed, wanted: `${before}${begin}\n${table}\n\n<!-- end -->${after}` }
}

function settingsTable(): string {
  const rows = Object.entries(settings).map(([name, { describes, defaultText }]) => [
    `\`${name}\``,
    describes,
    defaultText,
  ])
  return markdownTable(['variable', 'meaning', 'when not set'], rows)
}

function scopesTable(): string {
  const single = Object.entries(scopes).map(([name, opens]) => [`\`${name}\``, opens])
  const groups = Object.entries(scopeGroups).map(([name, parts]) => [
    `\`${name}\``,
    `Stands for ${parts.map((part) => `\`${part}\``).join(', ')}`,
  ])
  return markdownTable(['scope', 'opens'], [...groups, ...single])
}

function errorsTable(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, message }]) => [
    String(status),
    `\`${code}\``,
    message,
  ])
  return markdownTable(['status', 'code', 'message'], rows)
}

function markdownTable(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function read(file: string): string {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return ''
  }
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at)
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)]
}
