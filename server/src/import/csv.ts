import type { TSchema } from 'typebox'
import { CommandError } from '../lib/command-error.ts'
import { columnSchema, columnsOf, setValueAt } from '../lib/csv-columns.ts'
import { readCsvRecords } from './csv-records.ts'
import type { Row } from './rows.ts'

/**
 * A record each, under a header that names the columns. An empty field is one that was not given: CSV knows no null.
 * @throws CommandError when the header is not one of this resource; the rest of the file would mean nothing
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>, schema: TSchema): AsyncGenerator<Row> {
  let columns: Column[] | undefined
  for await (const record of readCsvRecords(chunks)) {
    const { line, bytes } = record
    if (!columns) columns = readHeader('fields' in record ? record.fields : [], schema)
    else if ('problem' in record) yield record
    else if (record.fields.length === columns.length)
      yield { line, bytes, value: toObject(columns, record.fields) }
    else {
      const problem = `The record has ${record.fields.length} fields where the header names ${columns.length}.`
      yield { line, bytes, problem }
    }
  }
}

interface Column {
  name: string
  isInteger: boolean
}

function readHeader(fields: readonly string[], schema: TSchema): Column[] {
  const known = columnsOf(schema)
  const names = fields.map((field, i) => (i === 0 ? field.replace(/^\ufeff/, '') : field).trim())
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandError(`The column '${unknown}' is not known; the columns are: ${known.join(', ')}.`)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new CommandError(`The column '${twice}' is there twice.`)
  if (names.length === 0) throw new CommandError('The first line is not a header of column names.')
  return names.map((name) => ({
    name,
    isInteger: (columnSchema(schema, name) as { type?: unknown } | undefined)?.type === 'integer',
  }))
}

function toObject(columns: readonly Column[], fields: readonly string[]): object {
  const object: Record<string, unknown> = {}
  for (const [i, { name, isInteger }] of columns.entries()) {
    const text = fields[i] ?? ''
    if (text === '') continue
    setValueAt(object, name, isInteger && /^\d{1,15}$/.test(text) ? Number(text) : text)
  }
  return object
}
