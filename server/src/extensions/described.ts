import type { TSchema } from 'typebox'
import type { Extension } from '../extension/declaration.ts'
import type { ExtensionResource, ResourceLabels } from '../extension/resources.ts'
import type { CatalogRecords } from '../resource/records-schema.ts'
import { capitalised } from '../resource/shown-as.ts'

type Field = CatalogRecords['fields'][number]
type Labels = Omit<CatalogRecords['labels'][number], 'language'>

/** Longer texts are entered in several lines. */
const lineLengthMax = 300

/** What the console makes the pages of these records from. */
export function describedRecords(
  { name }: Pick<Extension, 'name'>,
  declared: ExtensionResource,
): CatalogRecords {
  const { fields, unique = [], filters = [], labels = {} } = declared
  const english = labelsIn(declared, labels.en ?? {}, plainLabels(declared))
  const others = Object.entries(labels).filter(([language]) => language !== 'en')
  return {
    extension: name,
    named: namedOf(declared),
    fields: Object.entries(fields).map(([name, schema]) => ({
      name,
      kind: kindOf(schema),
      required: isRequired(schema),
      unique: unique.includes(name),
      filter: filters.includes(name),
      schema: { ...schema },
    })),
    labels: [
      { language: 'en', ...english },
      ...others.map(([language, given]) => ({ language, ...labelsIn(declared, given, english) })),
    ],
  }
}

function namedOf({ named, unique = [], fields }: ExtensionResource): string {
  const texts = Object.keys(fields).filter((name) => typesOf(fields[name]).includes('string'))
  const usual = texts.find((name) => name === 'title' || name === 'name')
  return named ?? unique[0] ?? usual ?? texts[0] ?? Object.keys(fields)[0] ?? 'id'
}

function kindOf(schema: TSchema): Field['kind'] {
  const {
    format,
    enum: values,
    maxLength = 0,
  } = schema as { format?: string; enum?: unknown[]; maxLength?: number }
  if (values) return 'choice'
  const [type] = typesOf(schema)
  if (type === 'integer' || type === 'number') return type
  if (format === 'date') return 'date'
  return maxLength > lineLengthMax ? 'lines' : 'line'
}

function isRequired(schema: TSchema): boolean {
  return !typesOf(schema).includes('null') && (schema as { default?: unknown }).default === undefined
}

function typesOf(schema: TSchema | undefined): string[] {
  return [(schema as { type?: string | string[] } | undefined)?.type ?? []].flat()
}

/** From the names alone: `amount_cents` is `Amount cents`. */
function plainLabels({ name, plural, about = '', fields }: ExtensionResource): Labels {
  const named = Object.keys(fields).map((field) => [field, capitalised(spaced(field))])
  const described = Object.entries(fields).flatMap(([field, schema]) => {
    const { description } = schema as { description?: string }
    return description ? [[field, description]] : []
  })
  const valued = Object.entries(fields).flatMap(([field, schema]) => {
    const { enum: values } = schema as { enum?: unknown[] }
    if (!values) return []
    const texts = values.filter((value) => value !== null).map(String)
    return [[field, Object.fromEntries(texts.map((value) => [value, spaced(value)]))]]
  })
  return {
    one: spaced(name),
    many: spaced(plural),
    about,
    fields: Object.fromEntries(named),
    hints: Object.fromEntries(described),
    values: Object.fromEntries(valued),
  }
}

function labelsIn({ fields }: ExtensionResource, given: ResourceLabels, otherwise: Labels): Labels {
  const valued = Object.keys(fields).filter((field) => otherwise.values[field])
  return {
    one: given.one ?? otherwise.one,
    many: given.many ?? otherwise.many,
    about: given.about ?? otherwise.about,
    fields: { ...otherwise.fields, ...given.fields },
    hints: { ...otherwise.hints, ...given.hints },
    values: Object.fromEntries(
      valued.map((field) => [field, { ...otherwise.values[field], ...given.values?.[field] }]),
    ),
  }
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ')
}
