import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../lib/command-error.ts'
import { flushFolder, renameDurably } from '../lib/durable-file.ts'
import { isBackupName } from './order.ts'
import { checksumLine, checksumName, type Draft, type Place } from './place.ts'

/** A folder. Files get their names when they are complete and verified. */
export function folderPlace(folder: string, signal: AbortSignal): Place {
  const pathOf = (name: string) => join(folder, name)
  const unfinished = (name: string) => pathOf(`.${name}.unfinished`)

  function requireFolder(): void {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
    throw new CommandError(
      `There is no folder ${folder}, which COMSERV_BACKUP_TO names: make it, or mount the disk that has it.`,
    )
  }

  /** Whole or not at all. */
  function put(name: string, text: string): void {
    writeFileSync(unfinished(name), text, { mode: 0o600, flush: true })
    renameDurably(unfinished(name), pathOf(name))
  }

  return {
    async tidy() {
      requireFolder()
      for (const name of readdirSync(folder))
        if (/^\.(comserv-|erasures\.register).*\.unfinished$/.test(name))
          rmSync(pathOf(name), { force: true })
    },
    async write(name, content) {
      requireFolder()
      if (existsSync(pathOf(name)))
        throw new CommandError(`${pathOf(name)} exists; a backup never overwrites anything.`)
      const file = unfinished(name)
      const { sha256, bytes } = await writeFile(file, content, signal)
      const draft: Draft = {
        sha256,
        bytes,
        read: () => createReadStream(file, { signal }),
        async publish() {
          put(checksumName(name), checksumLine(sha256, name))
          renameDurably(file, pathOf(name))
        },
        discard: async () => rmSync(file, { force: true }),
      }
      return draft
    },
    async list() {
      requireFolder()
      const names = new Set(readdirSync(folder))
      return [...names]
        .filter(isBackupName)
        .sort()
        .map((name) => ({
          name,
          bytes: statSync(pathOf(name), { throwIfNoEntry: false })?.size ?? 0,
          isVerified: names.has(checksumName(name)),
        }))
    },
    read: (name) => createReadStream(pathOf(name), { signal }),
    readText: async (name) => (existsSync(pathOf(name)) ? readFileSync(pathOf(name), 'utf8') : undefined),
    writeText: async (name, text) => put(name, text),
    async remove(name) {
      rmSync(pathOf(name), { force: true })
      rmSync(pathOf(checksumName(name)), { force: true })
      flushFolder(folder)
    },
  }
}

async function writeFile(file: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal) {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    await using handle = await open(file, 'wx', 0o600)
    for await (const chunk of content) {
      signal.throwIfAborted()
      hash.update(chunk)
      bytes += chunk.length
      await handle.writeFile(chunk)
    }
    await handle.sync()
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  }
  return { sha256: hash.digest('hex'), bytes }
}
