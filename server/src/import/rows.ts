/** What a file of rows can be. */
export const importFormats = ['ndjson', 'json', 'csv'] as const

/** What stands at one place of a file: a resource as it was written, why it cannot be read, or that there is nothing. */
export type Row = {
  /** The first line of it, counted in the file from 1. */
  line: number
  /** Which row it is: the same as its line, unless a line may hold several. */
  position: number
  /** As it stands in the file. */
  raw: Buffer
} & ({ value: object } | { problem: string } | { isBlank: true })

/**
 * A content of a million characters, each of which may take twelve bytes (`😀` as `\ud83d\ude00`), and what stands
 * beside it.
 */
export const rowBytesMax = 16 * 1024 * 1024

export const tooLong = `The row is longer than ${rowBytesMax / 1024 ** 2} MiB.`
export const notUtf8 =
  'The line is not valid UTF-8; for a file saved as Windows-1252 ("CSV" of Excel), give --encoding windows-1252.'

/** The column of a file of refused rows that says why; an import passes over it. */
export const reasonColumn = 'import_error'
