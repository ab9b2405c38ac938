import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathOf } from '../src/docs/chapters.ts'
import { guideFiles } from './files.ts'

/** Where the console shows what a guide names as `*Admin > Users*`. */
const screens: Readonly<Record<string, string>> = {
  'Admin > Overview': '/console',
  'Admin > Users': '/console/users',
  'Admin > Roles': '/console/roles',
  'Admin > Documents': '/console/documents',
  'Admin > Categories': '/console/categories',
  'Admin > Automations': '/console/automations',
  'Admin > Mail': '/console/mail',
  'Admin > Audit log': '/console/audit',
  'Admin > Developer > API Credentials': '/console/developer/credentials',
  'Admin > Developer > Applications': '/console/developer/applications',
  'Admin > Developer > Key requests': '/console/developer/requests',
  'Admin > Developer > Webhooks': '/console/developer/webhooks',
  'Admin > Developer > Hooks': '/console/developer/hooks',
  'Admin > Developer > Events': '/console/developer/events',
  'Admin > Developer > Requests': '/console/developer/request-log',
  'Admin > My account': '/console/account',
}

export function screenNamed(name: string): string | undefined {
  if (!name.startsWith('Admin > ')) return undefined
  const path = screens[name]
  if (!path) throw new Error(`The console has no screen ${name}; console/guides/links.ts lists them.`)
  return path
}

/** The address on the site of what a guide links to by its file; undefined for a file of the repository that the site does not show. */
export function siteAddress(href: string, file: string): string | undefined {
  if (/^[a-z]+:/.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const hash = anchor === undefined ? '' : `#${anchor}`
  if (path === '') return hash
  const target = resolve(dirname(file), path)
  if (target === openApiFile) return `/docs/reference${hash}`
  const found = [...guideFiles()].find(([, known]) => known === target)
  if (found) return pathOf(found[0]) + hash
  if (existsSync(target)) return undefined
  throw new Error(`${file} links to ${href}, which does not exist.`)
}

export interface OperationEntry {
  id: string
  method: string
  path: string
  summary: string
  description: string
  tag: string
}

/** The calls of the API, as the description in the repository has them. */
export function readOperations(): OperationEntry[] {
  const { paths } = readOpenApi()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId = '', summary = '', description = '', tags = [] }]) => ({
        id: operationId,
        method: method.toUpperCase(),
        path,
        summary,
        description,
        tag: tags[0] ?? '',
      }),
    ),
  )
}

interface OpenApiFile {
  tags: { name: string; description: string }[]
  paths: Record<
    string,
    Record<string, { operationId?: string; summary?: string; description?: string; tags?: string[] }>
  >
}

function readOpenApi(): OpenApiFile {
  return JSON.parse(readFileSync(openApiFile, 'utf8'))
}

/** The groups of endpoints, in reading order. */
export function readTags(): { name: string; description: string }[] {
  return readOpenApi().tags
}

export const openApiFile = join(import.meta.dirname, '../../openapi.json')

/** Finds the call that a guide names as `GET /api/v1/users` or, in tables, as `GET /users`. */
export function operationFinder(): (text: string) => OperationEntry | undefined {
  const byName = new Map(
    readOperations().flatMap((operation) => {
      const { method, path } = operation
      const names = [`${method} ${path}`, `${method} ${path.replace('/api/v1', '')}`]
      return names.map((name) => [name, operation] as const)
    }),
  )
  return (text) => byName.get(text.replace(/\?.*/, ''))
}
