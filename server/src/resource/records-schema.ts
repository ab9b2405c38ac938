import type { Static } from 'typebox'
import { AnyObject, closed, Growing } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const Name = Type.String()
const Description = Type.String()
const item = <T extends Parameters<typeof closed>[0]>(title: string, properties: T) =>
  Type.Array(closed(properties, { title }))

const named = <T>(description: string) => Type.Unsafe<Record<string, T>>({ ...AnyObject, description })
/** Of the records of an extension: what clients need to show them. */
export const Records = closed(
  {
    extension: Type.String({ description: 'The name of the extension' }),
    named: Type.String({ description: 'The field by which people know a record' }),
    fields: item('CatalogField', {
      name: Name,
      kind: Growing(['line', 'lines', 'integer', 'number', 'date', 'choice']),
      required: Type.Boolean({ description: 'Whether a create needs it' }),
      unique: Type.Boolean({ description: 'Whether each record has another value' }),
      filter: Type.Boolean({ description: 'Whether lists are filtered by it' }),
      schema: named<unknown>('JSON Schema of its values'),
    }),
    labels: Type.Array(
      closed(
        {
          language: Type.String({ examples: ['en'] }),
          one: Type.String({ description: 'One of them, as in a sentence' }),
          many: Type.String({ description: 'Several of them' }),
          about: Description,
          fields: named<string>('By the name of the field'),
          hints: named<string>('Explanations of fields, by their names'),
          values: named<Record<string, string>>(
            'Of fields of the kind `choice`: by the field, then the value',
          ),
        },
        { title: 'CatalogLabels' },
      ),
      { description: 'Words for people, the first in English' },
    ),
  },
  { title: 'CatalogRecords', description: 'What an extension declares of its records; null for others' },
)

export type CatalogRecords = Static<typeof Records>
