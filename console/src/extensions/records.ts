import type { Catalog } from 'comserv'
import { comserv } from '../api/client.ts'
import { language } from '../i18n/language.ts'
import { t } from '../i18n/t.ts'
import { addWords } from '../i18n/words.ts'
import { type PlainField, type PlainKind, type PlainRecord, plainKind } from '../plain/plain-kind.ts'
import { admin } from '../shell/page.tsx'

type Resource = Catalog['resources'][number]
type Records = NonNullable<Resource['records']>
type Described = Records['fields'][number]
type Labels = Records['labels'][number]

/** So many fields are columns at first; others can be chosen. */
const listedMax = 5

const known = new WeakMap<Resource, PlainKind>()

/** The kinds of records that extensions add, from what the API says of them. */
export function recordKinds({ resources }: Catalog): PlainKind[] {
  return resources.flatMap((resource) => {
    const { records } = resource
    if (!records) return []
    const kind = known.get(resource) ?? kindOf(resource, records)
    known.set(resource, kind)
    return [kind]
  })
}

/** Of the records at a path, which may name them in the singular, as events do. */
export function kindAt(catalog: Catalog, extension: string, name: string): PlainKind | undefined {
  const place = `x/${extension}/`
  const found = catalog.resources.find(
    (one) => one.plural === place + name || (one.plural.startsWith(place) && one.name === name),
  )
  return recordKinds(catalog).find(({ plural }) => plural === found?.plural)
}

function kindOf({ name, plural, read_scope, write_scope }: Resource, records: Records): PlainKind {
  const labels = labelsOf(records)
  const noun = `x.${records.extension}.${name}`
  // As a label of a menu and a title; nouns of other languages are capitalised already or not at all.
  const title = labels.many.charAt(0).toUpperCase() + labels.many.slice(1)
  addWords(plural, { one: labels.one, many: labels.many })
  addWords(noun, { one: labels.one, many: labels.one })
  return plainKind<PlainRecord>({
    noun,
    plural,
    label: title,
    newTitle: t('New {{noun}}', { noun: labels.one }),
    noneTitle: t('No {{plural}} yet', { plural: labels.many }),
    iconPath: 'M4 7.5 12 3l8 4.5v9L12 21l-8-4.5zM4 7.5l8 4.5 8-4.5M12 12v9',
    lead: labels.about,
    guide: 'extensions#pages-in-the-console',
    under: [...admin, { label: t('Extensions') }],
    reads: read_scope,
    writes: write_scope,
    calls: callsOf(plural),
    named: records.named,
    fields: fieldsOf(records, labels),
  })
}

function callsOf(plural: string): PlainKind['calls'] {
  return comserv.resource<PlainRecord>(plural.replace(/^x\//, '')) as PlainKind['calls']
}

/** In the language of the page, or the first one: English. */
function labelsOf({ labels }: Records): Labels {
  const found = labels.find((one) => one.language === language) ?? labels[0]
  return found ?? { language, one: '', many: '', about: '', fields: {}, hints: {}, values: {} }
}

function fieldsOf({ fields, named }: Records, labels: Labels): PlainField<PlainRecord>[] {
  const columns = fields
    .filter(({ name, kind }) => name !== named && kind !== 'lines')
    .map(({ name }) => name)
  return fields.map((field) => {
    const { name, required, filter } = field
    const { hints } = labels
    const values = labels.values[name] as Record<string, string> | undefined
    const options = values && Object.entries(values).map(([value, label]) => ({ value, label }))
    const fallback = field.schema.default
    return {
      name,
      label: String(labels.fields[name] ?? name),
      kind: enteredAs(field),
      ...(name in hints ? { explains: String(hints[name]) } : {}),
      isRequired: required,
      isListed: columns.indexOf(name) >= 0 && columns.indexOf(name) < listedMax,
      isExtra: columns.indexOf(name) >= listedMax,
      isFilter: filter,
      ...(options ? { options } : {}),
      ...(typeof fallback === 'string' || typeof fallback === 'number' ? { fallback } : {}),
    }
  })
}

/** A kind of field that this version does not know is a line of text. */
function enteredAs({ kind }: Described): PlainField<PlainRecord>['kind'] {
  if (kind === 'integer' || kind === 'number') return 'number'
  return kind === 'lines' || kind === 'choice' || kind === 'date' || kind === 'user' ? kind : 'line'
}
