/** The formats of an imported file. */
export const importFormats = ['ndjson', 'json', 'csv'] as const

/** One position of a file: a resource as written, the reason why it cannot be read, or a blank. */
export type Row = {
  /** Its first line, counted in the file from 1. */
  line: number
  /** The number of the row: its line, unless a line may hold several. */
  position: number
  /** The original bytes. */
  raw: Buffer
  /** What the row is known by in another version of the file, where that is not all of its value. */
  identity?: object
  /** Of its value: the same for the same row of another version of the file. */
  fingerprint?: string
} & ({ value: object } | { problem: string } | { isBlank: true })

/**
 * A content of a million characters, each of which may take twelve bytes (`😀` as `\ud83d\ude00`), and the other fields.
 */
export const rowBytesMax = 16 * 1024 * 1024

export const tooLong = `The row is longer than ${rowBytesMax / 1024 ** 2} MiB.`
export const notUtf8 =
  'The line is not valid UTF-8; for a file saved as Windows-1252 ("CSV" of Excel), give --encoding windows-1252.'

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** The column of a file of refused rows that gives the reason; an import skips it. */
export const reasonColumn = 'import_error'
