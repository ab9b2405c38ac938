/** The text of a cell; undefined for an empty cell, which differs from `""`. */
export type Cell = string | undefined

export type ReadingState =
  | 'whole'
  /** A quoted cell continues on the next line. */
  | 'open'
  /** A quote where RFC 4180 allows none: within a cell that does not begin with one, or after the closing one. */
  | 'stray quote'
  | 'text after quote'

/** Splits one record into cells (RFC 4180), line by line. Spaces around a quoted cell are skipped. */
export class RecordReading {
  readonly cells: Cell[] = []
  readonly #separator: string
  #open: string | undefined

  constructor(separator: string) {
    this.#separator = separator
  }

  /** @param text a line without its end @param endBefore the end of the line before, when the record goes on */
  read(text: string, endBefore = ''): ReadingState {
    if (this.#open !== undefined) this.#open += endBefore
    for (let at = 0; ; at++) {
      if (this.#open === undefined) {
        const quoted = this.#quotedFrom(text, at)
        if (quoted === undefined) {
          const found = text.indexOf(this.#separator, at)
          const end = found === -1 ? text.length : found
          const cell = text.slice(at, end)
          if (cell.includes('"')) return 'stray quote'
          this.cells.push(cell === '' ? undefined : cell)
          if (end === text.length) return 'whole'
          at = end
          continue
        }
        this.#open = ''
        at = quoted
      }
      const end = this.#readQuoted(text, at)
      if (end === undefined) return 'open'
      this.cells.push(this.#open)
      this.#open = undefined
      if (end === text.length) return 'whole'
      if (text[end] !== this.#separator) return 'text after quote'
      at = end
    }
  }

  /** @returns where the text of a quoted cell begins, or undefined when the cell is not quoted */
  #quotedFrom(text: string, from: number): number | undefined {
    let at = from
    while (text[at] === ' ') at++
    return text[at] === '"' ? at + 1 : undefined
  }

  /** @returns the position after the closing quote, or undefined when the line ends before it */
  #readQuoted(text: string, from: number): number | undefined {
    for (let at = from; ; ) {
      const end = text.indexOf('"', at)
      if (end === -1) {
        this.#open += text.slice(at)
        return undefined
      }
      this.#open += text.slice(at, end)
      at = end + 1
      if (text[at] !== '"') {
        while (text[at] === ' ') at++
        return at
      }
      this.#open += '"'
      at++
    }
  }
}
