import type pg from 'pg'
import { driver } from '../lib/loading.ts'

/** The part of the driver's connection that a COPY uses; its types leave it out. */
interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** Runs `COPY … FROM STDIN` with data in its text format: twice as fast as the same rows in INSERT. */
export function copyFrom(client: pg.Client, statement: string, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = new (driver().Query)(statement, [], (error?: Error | null) =>
      error ? reject(error) : resolve(),
    )
    const handlers = {
      handleCopyInResponse(connection: CopyConnection) {
        connection.sendCopyFromChunk(Buffer.from(data))
        connection.endCopyFrom()
      },
    }
    client.query(Object.assign(query, handlers))
  })
}

/** A row in the text format of COPY. @param isBlob which of the values are bytes as hex */
export function copyLine(values: readonly (string | number | null)[], isBlob: readonly boolean[]): string {
  const fields = values.map((value, i) => {
    if (value === null) return '\\N'
    if (typeof value === 'number') return String(value)
    return isBlob[i] ? `\\\\x${value}` : escaped(value)
  })
  return `${fields.join('\t')}\n`
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(text: string): string {
  return /[\\\n\r\t]/.test(text) ? text.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? '') : text
}

/** Words, separated by spaces, as the text of a tsvector. */
export function tsvectorText(words: string): string {
  const each = words.split(' ').filter((word) => word !== '')
  return each.map((word) => `'${word.replaceAll(/['\\]/g, '$&$&')}'`).join(' ')
}
