import type { Source } from '../../import/source.ts'
import { CommandError } from '../../lib/command-error.ts'

/** Of the longest text that V8 can hold, a safe part. */
const bytesMax = 400 * 1024 ** 2

/** A file that is one JSON value. @throws CommandError that names the line of what is wrong */
export async function parseWhole(source: Source): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of source.utf8()) {
    bytes += chunk.length
    if (bytes > bytesMax)
      throw new CommandError(
        `The file is larger than ${bytesMax / 1024 ** 2} MiB; export less at once. Nothing was imported.`,
      )
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  try {
    return JSON.parse(text)
  } catch (error) {
    const { message } = error as Error
    const at = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length)
    const line = text.slice(0, at).split('\n').length
    const what = message.replace(/ \(line.*$/, '').replace(/ in JSON at position \d+/, '')
    throw new CommandError(
      `The file is not JSON, or is cut off: line ${line}: ${what}. Export it again. Nothing was imported.`,
    )
  }
}
