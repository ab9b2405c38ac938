import { CommandError } from '../lib/command-error.ts'

/** What stands at one place of a file: a resource as it was written, or why it cannot be read. */
export type Row = { line: number; bytes: number } & ({ value: object } | { problem: string })

/** A content of a million characters may take six bytes each, as `\uXXXX`. */
export const rowBytesMax = 8 * 1024 * 1024

/** Nothing can be read past this: the rest of the file would be taken for one row. */
export function tooLong(line: number, cause: string): CommandError {
  return new CommandError(
    `What begins in line ${line} is longer than ${rowBytesMax / 1024 ** 2} MiB: ${cause}. Nothing after it was read.`,
  )
}
