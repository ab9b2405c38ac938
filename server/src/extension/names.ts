import { resolve } from 'node:path'
import type { Extension } from './declaration.ts'

type Named = Pick<Extension, 'name'>

/** Where their modules are. */
export function folderOf({ COMSERV_EXTENSIONS_DIR: given }: NodeJS.ProcessEnv): string {
  return resolve(given?.trim() || './extensions')
}

/** Before everything that an extension adds: no later name of the server collides with it. */
export function prefixOf({ name }: Named): `x.${string}` {
  return `x.${name}`
}

/** The scopes that an extension adds, each with what it allows. */
export function scopesOf({
  name,
  scopes = {},
  resources = [],
}: Pick<Extension, 'name' | 'scopes' | 'resources'>): Record<string, string> {
  const plurals = resources.map(({ plural }) => plural).join(' and ')
  const ofRecords =
    resources.length === 0 ? {} : { read: `Read ${plurals}`, write: `Create, change and delete ${plurals}` }
  return Object.fromEntries(
    Object.entries({ ...ofRecords, ...scopes }).map(([scope, allows]) => [
      `${prefixOf({ name })}.${scope}`,
      allows,
    ]),
  )
}

/** Its routes begin with it. */
export function pathOf({ name }: Named): string {
  return `/api/v1/x/${name}`
}

/** The group of its operations in the OpenAPI document. */
export function tagOf({ name }: Named): string {
  return `Extension ${name}`
}

/** What the server calls an extension in its log, its audit log and among its credentials. */
export function titleOf({ name }: Named): string {
  return `extension ${name}`
}

/** The scheme in the place of that of a URL. */
export const receiver = 'extension:'

/** In the place of a URL: what a webhook calls that delivers events of a type to an extension. */
export function receiverOf({ name }: Named, type: string): string {
  return `${receiver}${name}/${type}`
}

/** The extension that a webhook delivers to; undefined for a URL. */
export function extensionOf(url: string): string | undefined {
  return url.startsWith(receiver) ? url.slice(receiver.length).split('/', 1)[0] : undefined
}
